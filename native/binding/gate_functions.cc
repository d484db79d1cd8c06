// gate_functions.cc - what another thread may do to a shard that sleeps.
#include "gate_argument.h"
#include "io/loop.h"

namespace kubewire {

namespace {

/// patchAsleep(gate, id, patch: Uint8Array): ImageError; null if the shard of this gate is awake or does not exist.
Napi::Value PatchAsleep(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  uint32_t id = 0;
  uint8_t *memory = nullptr, *patch = nullptr;
  size_t bytes = 0;
  if (!gate_argument(env, info[0], &memory) || !number_argument(env, info[1], &id, "id must be a number") ||
      !bytes_argument(env, info[2], &patch, &bytes, "patch must be a Uint8Array")) {
    return env.Undefined();
  }
  Gate gate(memory);
  Loop* sleeping = gate.enter();
  if (sleeping == nullptr) return env.Null();
  kw_image_error error = KW_IMAGE_ERROR_OK;
  const Status status = sleeping->patch(id, patch, bytes, &error);
  gate.leave();
  return throw_unless_ok(env, status) ? Napi::Number::New(env, error) : env.Undefined();
}

}  // namespace

Napi::Object InitGate(Napi::Env env, Napi::Object exports) {
  exports.Set("patchAsleep", Napi::Function::New(env, PatchAsleep));
  return exports;
}

}  // namespace kubewire
