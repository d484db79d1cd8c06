// terminal.cc - pseudo-terminals for interactive programs, and their size.
#include "terminal.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace kubewire {

namespace {

Status open_inner(int outer, int* inner) {
  char name[64];
  if (grantpt(outer) != 0) return Status::failed("grantpt");
  if (unlockpt(outer) != 0) return Status::failed("unlockpt");
  const int error = ptsname_r(outer, name, sizeof name);
  if (error != 0) return Status::failed(error, "ptsname");
  *inner = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
  return *inner < 0 ? Status::failed("open a terminal") : Status{};
}

}  // namespace

Status open_terminal(int* outer, int* inner) {
  *inner = -1;
  *outer = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
  if (*outer < 0) return Status::failed("open /dev/ptmx");
  const Status status = open_inner(*outer, inner);
  if (!status.ok()) {
    close(*outer);
    *outer = -1;
  }
  return status;
}

Status resize_terminal(int fd, uint16_t columns, uint16_t rows) {
  winsize size{};
  size.ws_col = columns;
  size.ws_row = rows;
  return ioctl(fd, TIOCSWINSZ, &size) == 0 ? Status{} : Status::failed("TIOCSWINSZ");
}

}  // namespace kubewire
