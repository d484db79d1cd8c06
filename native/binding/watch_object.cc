// watch_object.cc - addon functions to read many TAPs without a shard: which of them have a frame, and the frame.
#include <unistd.h>

#include "io/watch.h"
#include "values.h"

namespace kubewire {

namespace {

/// createWatch(): fd
Napi::Value CreateWatch(const Napi::CallbackInfo& info) {
  int watch = -1;
  if (!throw_unless_ok(info.Env(), create_watch(&watch))) return info.Env().Undefined();
  return Napi::Number::New(info.Env(), watch);
}

/// watchFd(watch, fd)
Napi::Value WatchFd(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  int watch = -1, fd = -1;
  if (fd_argument(env, info[0], &watch, "watch must be a file descriptor") &&
      fd_argument(env, info[1], &fd, "fd must be a file descriptor")) {
    throw_unless_ok(env, watch_fd(watch, fd));
  }
  return env.Undefined();
}

/// readyFds(watch, timeoutMs): [fd]
Napi::Value ReadyFds(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  int watch = -1;
  uint32_t timeout_ms = 0;
  std::vector<int> ready;
  if (!fd_argument(env, info[0], &watch, "watch must be a file descriptor") ||
      !number_argument(env, info[1], &timeout_ms, "timeoutMs must be a number") ||
      !throw_unless_ok(env, ready_fds(watch, static_cast<int>(timeout_ms), &ready))) {
    return env.Undefined();
  }
  Napi::Array result = Napi::Array::New(env, ready.size());
  for (uint32_t i = 0; i < ready.size(); i++) result.Set(i, Napi::Number::New(env, ready[i]));
  return result;
}

/// readFrame(fd of a TAP, buffer: Uint8Array): bytes read, its virtio-net header included; 0 = nothing is there
Napi::Value ReadFrame(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  int fd = -1;
  uint8_t* buffer = nullptr;
  size_t length = 0;
  if (!fd_argument(env, info[0], &fd, "fd must be a file descriptor") ||
      !bytes_argument(env, info[1], &buffer, &length, "buffer must be a Uint8Array")) {
    return env.Undefined();
  }
  const ssize_t size = read(fd, buffer, length);
  if (size < 0 && errno != EAGAIN && errno != EINTR) {
    return throw_unless_ok(env, Status::failed("read a TAP")), env.Undefined();
  }
  return Napi::Number::New(env, size < 0 ? 0 : static_cast<double>(size));
}

}  // namespace

Napi::Object InitWatch(Napi::Env env, Napi::Object exports) {
  exports.Set("createWatch", Napi::Function::New(env, CreateWatch));
  exports.Set("watchFd", Napi::Function::New(env, WatchFd));
  exports.Set("readyFds", Napi::Function::New(env, ReadyFds));
  exports.Set("readFrame", Napi::Function::New(env, ReadFrame));
  return exports;
}

}  // namespace kubewire
