// harness.h - the smallest test harness that names what failed: TEST, CHECK, CHECK_EQ, and a main in harness.cc.
#ifndef KUBEWIRE_TEST_HARNESS_H
#define KUBEWIRE_TEST_HARNESS_H

#include <cstdint>
#include <string>
#include <vector>

namespace harness {

struct Case {
  const char* file;
  const char* name;
  void (*run)();
};

std::vector<Case>& cases();
void fail(const char* file, int line, const std::string& what);
void equal(const char* file, int line, const char* what, uint64_t actual, uint64_t expected);

struct Registration {
  Registration(const char* file, const char* name, void (*run)()) { cases().push_back({file, name, run}); }
};

/// Seeded numbers for tests that try many values.
class Dice {
 public:
  explicit Dice(uint64_t seed) : state_(seed) {}
  uint32_t next() {
    state_ += 0x9e3779b97f4a7c15ull;
    uint64_t z = (state_ ^ (state_ >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return static_cast<uint32_t>(z >> 32);
  }
  uint32_t below(uint32_t limit) { return next() % limit; }

 private:
  uint64_t state_;
};

/// Bytes of a file made by world.ts; its folder is the program's argument.
std::vector<uint8_t> fixture(const char* name);

}  // namespace harness

#define HARNESS_JOIN2(a, b) a##b
#define HARNESS_JOIN(a, b) HARNESS_JOIN2(a, b)
#define TEST(name)                                                                                                   \
  static void HARNESS_JOIN(test_, __LINE__)();                                                                       \
  static harness::Registration HARNESS_JOIN(registration_, __LINE__)(__FILE__, name, HARNESS_JOIN(test_, __LINE__)); \
  static void HARNESS_JOIN(test_, __LINE__)()

#define CHECK(condition)                                             \
  do {                                                               \
    if (!(condition)) harness::fail(__FILE__, __LINE__, #condition); \
  } while (0)

/// Both sides are compared and printed as unsigned 64-bit numbers.
#define CHECK_EQ(actual, expected) \
  harness::equal(__FILE__, __LINE__, #actual, static_cast<uint64_t>(actual), static_cast<uint64_t>(expected))

#endif
