// bpf.cc - maps and programs of the kernel's BPF machine, by plain bpf(2).
#include "bpf.h"

#include <linux/bpf.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstring>
#include <string>

namespace kubewire {

namespace {

/// The upper half of what fastpath.c has for a map; the lower half is its number.
constexpr uint32_t kMapMark = 0x6b77626d, kMapWord = 0x61700000;
constexpr uint8_t kLoadWide = BPF_LD | BPF_IMM | BPF_DW;

long bpf(int command, bpf_attr* attributes) { return syscall(SYS_bpf, command, attributes, sizeof *attributes); }

uint64_t pointer(const void* to) { return reinterpret_cast<uintptr_t>(to); }

Status create_map(uint32_t type, uint32_t key_bytes, uint32_t value_bytes, uint32_t rows, uint32_t flags, int* fd) {
  bpf_attr attributes{};
  attributes.map_type = type;
  attributes.key_size = key_bytes;
  attributes.value_size = value_bytes;
  attributes.max_entries = rows;
  attributes.map_flags = flags;
  *fd = static_cast<int>(bpf(BPF_MAP_CREATE, &attributes));
  return *fd < 0 ? Status::failed("make a BPF map") : Status{};
}

/// A constant is loaded by two instructions, each with one half of it.
void insert_maps(std::vector<bpf_insn>* code, const std::vector<int>& maps) {
  for (size_t at = 0; at + 1 < code->size(); at++) {
    bpf_insn& low = (*code)[at];
    bpf_insn& high = (*code)[at + 1];
    if (low.code != kLoadWide) continue;
    const uint32_t number = static_cast<uint32_t>(low.imm) - kMapWord;
    if (static_cast<uint32_t>(high.imm) == kMapMark && number < maps.size()) {
      low.src_reg = BPF_PSEUDO_MAP_FD;
      low.imm = maps[number];
      high.imm = 0;
    }
    at++;
  }
}

}  // namespace

Status create_hash(uint32_t key_bytes, uint32_t value_bytes, uint32_t rows, int* fd) {
  return create_map(BPF_MAP_TYPE_HASH, key_bytes, value_bytes, rows, 0, fd);
}

Status create_array(uint32_t value_bytes, uint32_t rows, int* fd) {
  return create_map(BPF_MAP_TYPE_ARRAY, sizeof(uint32_t), value_bytes, rows, BPF_F_MMAPABLE, fd);
}

Status map_rows(int fd, size_t bytes, void** memory) {
  *memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  return *memory == MAP_FAILED ? Status::failed("map a BPF array") : Status{};
}

Status put_entry(int map, const void* key, const void* value) {
  bpf_attr attributes{};
  attributes.map_fd = static_cast<uint32_t>(map);
  attributes.key = pointer(key);
  attributes.value = pointer(value);
  return bpf(BPF_MAP_UPDATE_ELEM, &attributes) != 0 ? Status::failed("write to a BPF map") : Status{};
}

Status delete_entry(int map, const void* key) {
  bpf_attr attributes{};
  attributes.map_fd = static_cast<uint32_t>(map);
  attributes.key = pointer(key);
  return bpf(BPF_MAP_DELETE_ELEM, &attributes) != 0 ? Status::failed("delete from a BPF map") : Status{};
}

Status load_program(const uint64_t* code, size_t instructions, const std::vector<int>& maps, int* fd) {
  std::vector<bpf_insn> patched(instructions);
  memcpy(patched.data(), code, instructions * sizeof(bpf_insn));
  insert_maps(&patched, maps);
  static const char license[] = "Dual MIT/GPL";
  // What the verifier says of a program that it refuses ends with the reason.
  std::vector<char> log(1 << 20);
  bpf_attr attributes{};
  attributes.prog_type = BPF_PROG_TYPE_SCHED_CLS;
  attributes.insns = pointer(patched.data());
  attributes.insn_cnt = static_cast<uint32_t>(instructions);
  attributes.license = pointer(license);
  *fd = static_cast<int>(bpf(BPF_PROG_LOAD, &attributes));
  if (*fd >= 0) return {};
  const int error = errno;
  attributes.log_level = 1;
  attributes.log_buf = pointer(log.data());
  attributes.log_size = static_cast<uint32_t>(log.size());
  *fd = static_cast<int>(bpf(BPF_PROG_LOAD, &attributes));
  std::string said(log.data());
  constexpr size_t kSaid = 1500;
  if (said.size() > kSaid) said = said.substr(said.size() - kSaid);
  return Status::failed(error, "load a BPF program" + (said.empty() ? "" : ": " + said));
}

}  // namespace kubewire
