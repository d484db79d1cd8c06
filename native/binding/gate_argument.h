// gate_argument.h - a gate (io/gate.h) as it comes from JavaScript.
#ifndef KUBEWIRE_BINDING_GATE_ARGUMENT_H
#define KUBEWIRE_BINDING_GATE_ARGUMENT_H

#include "io/gate.h"
#include "values.h"

namespace kubewire {

/// The memory of a gate from a typed array; false with a TypeError thrown.
inline bool gate_argument(Napi::Env env, const Napi::Value& value, uint8_t** memory) {
  size_t bytes = 0;
  if (!bytes_argument(env, value, memory, &bytes, "gate must be a Uint8Array")) return false;
  return Gate::fits(*memory, bytes) || wrong_argument(env, "memory of a gate is too small");
}

}  // namespace kubewire

#endif
