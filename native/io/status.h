// status.h - Status: why a system call failed, or that it did not.
#ifndef KUBEWIRE_IO_STATUS_H
#define KUBEWIRE_IO_STATUS_H

#include <cerrno>
#include <string>
#include <utility>

namespace kubewire {

/// `error` is an errno value, 0 when all went well; `what` says what was tried.
struct Status {
  int error = 0;
  std::string what;

  bool ok() const { return error == 0; }
  static Status failed(std::string what) { return {errno, std::move(what)}; }
  static Status failed(int error, std::string what) { return {error, std::move(what)}; }
};

}  // namespace kubewire

#endif
