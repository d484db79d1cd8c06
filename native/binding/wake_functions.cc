// wake_functions.cc - functions of the addon around shards: eventfds that wake them, and the floor forwarder.
#include "io/floor.h"
#include "io/wake.h"
#include "values.h"

namespace kubewire {

namespace {

constexpr uint64_t kMillisecond = 1'000'000;

/// createWake(): fd
Napi::Value CreateWake(const Napi::CallbackInfo& info) {
  const int fd = create_wake();
  if (fd < 0) return throw_unless_ok(info.Env(), Status::failed("eventfd")), info.Env().Undefined();
  return Napi::Number::New(info.Env(), fd);
}

/// wake(fd)
Napi::Value Wake(const Napi::CallbackInfo& info) {
  int fd = -1;
  if (fd_argument(info.Env(), info[0], &fd, "fd must be a file descriptor")) wake(fd);
  return info.Env().Undefined();
}

/// copyLoop(fdA, fdB, sliceMs): frames copied
Napi::Value CopyLoop(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  int a = -1, b = -1;
  uint32_t slice = 0;
  if (!fd_argument(env, info[0], &a, "fdA must be a file descriptor") ||
      !fd_argument(env, info[1], &b, "fdB must be a file descriptor") ||
      !number_argument(env, info[2], &slice, "sliceMs must be a number")) {
    return env.Undefined();
  }
  return Napi::Number::New(env, copy_loop(a, b, slice * kMillisecond));
}

}  // namespace

Napi::Object InitWake(Napi::Env env, Napi::Object exports) {
  exports.Set("createWake", Napi::Function::New(env, CreateWake));
  exports.Set("wake", Napi::Function::New(env, Wake));
  exports.Set("copyLoop", Napi::Function::New(env, CopyLoop));
  return exports;
}

}  // namespace kubewire
