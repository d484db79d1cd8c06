// bpf.h - maps and programs of the kernel's BPF machine, by plain bpf(2).
#ifndef KUBEWIRE_IO_BPF_H
#define KUBEWIRE_IO_BPF_H

#include <cstddef>
#include <cstdint>
#include <vector>

#include "status.h"

namespace kubewire {

/// A map for `rows` of these sizes. Its memory is taken at once.
Status create_hash(uint32_t key_bytes, uint32_t value_bytes, uint32_t rows, int* fd);
/// The same, of rows that map_rows() can see.
Status create_array(uint32_t value_bytes, uint32_t rows, int* fd);

/// The rows of an array in this process's memory, all `bytes` of them.
Status map_rows(int fd, size_t bytes, void** memory);

Status put_entry(int map, const void* key, const void* value);
/// ENOENT if there is none.
Status delete_entry(int map, const void* key);

/// Loads a program for tc. Its maps are in the order of their numbers in native/bpf/fastpath.c.
Status load_program(const uint64_t* code, size_t instructions, const std::vector<int>& maps, int* fd);

}  // namespace kubewire

#endif
