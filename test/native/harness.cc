// harness.cc - runs every TEST and prints one line for each; exit code 1 when one failed.
#include "harness.h"

#include <cstdio>
#include <cstring>

namespace harness {
namespace {

int failures_in_case = 0;
std::string folder;

}  // namespace

std::vector<Case>& cases() {
  static std::vector<Case> all;
  return all;
}

void fail(const char* file, int line, const std::string& what) {
  if (++failures_in_case <= 5) std::printf("  %s:%d: %s\n", file, line, what.c_str());
}

void equal(const char* file, int line, const char* what, uint64_t actual, uint64_t expected) {
  if (actual == expected) return;
  fail(file, line, std::string(what) + " is " + std::to_string(actual) + ", not " + std::to_string(expected));
}

std::vector<uint8_t> fixture(const char* name) {
  std::vector<uint8_t> bytes;
  std::FILE* file = std::fopen((folder + "/" + name).c_str(), "rb");
  if (file == nullptr) {
    fail(name, 0, "fixture missing");
    return bytes;
  }
  uint8_t buffer[4096];
  for (size_t got; (got = std::fread(buffer, 1, sizeof buffer, file)) > 0;)
    bytes.insert(bytes.end(), buffer, buffer + got);
  std::fclose(file);
  return bytes;
}

static int run_all(const char* fixtures) {
  folder = fixtures;
  int failed = 0;
  for (const Case& test : cases()) {
    failures_in_case = 0;
    test.run();
    const char* slash = std::strrchr(test.file, '/');
    std::printf("%s %s: %s\n", failures_in_case == 0 ? "ok" : "not ok", slash ? slash + 1 : test.file, test.name);
    failed += failures_in_case != 0;
  }
  std::printf("%zu tests, %d failed\n", cases().size(), failed);
  return failed == 0 ? 0 : 1;
}

}  // namespace harness

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s FIXTURES\n", argv[0]);
    return 2;
  }
  return harness::run_all(argv[1]);
}
