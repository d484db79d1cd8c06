// terminal.h - pseudo-terminals for interactive programs, and their size.
#ifndef KUBEWIRE_IO_TERMINAL_H
#define KUBEWIRE_IO_TERMINAL_H

#include <cstdint>

#include "status.h"

namespace kubewire {

/// Makes a pseudo-terminal (pty(7)): `*outer` is ours to read and write, `*inner` becomes stdio of a program.
Status open_terminal(int* outer, int* inner);

/// Sets its size and tells the programs in it (SIGWINCH).
Status resize_terminal(int fd, uint16_t columns, uint16_t rows);

}  // namespace kubewire

#endif
