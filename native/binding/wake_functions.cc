// wake_functions.cc - functions of the addon around shards: eventfds that wake them.
#include "io/wake.h"
#include "values.h"

namespace kubewire {

namespace {

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

}  // namespace

Napi::Object InitWake(Napi::Env env, Napi::Object exports) {
  exports.Set("createWake", Napi::Function::New(env, CreateWake));
  exports.Set("wake", Napi::Function::New(env, Wake));
  return exports;
}

}  // namespace kubewire
