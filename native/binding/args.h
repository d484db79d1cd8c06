// args.h - argument checks of the binding: JavaScript values → pointers and numbers, or a TypeError and false.
//
// A typed array may be a view of a SharedArrayBuffer. Only napi_get_typedarray_info returns its memory on every Node
// version (the ArrayBuffer accessors fail or return wrong values), so nothing here asks for the underlying buffer.
#ifndef KUBEWIRE_BINDING_ARGS_H
#define KUBEWIRE_BINDING_ARGS_H

#include <napi.h>

#include <cstddef>
#include <cstdint>

namespace kubewire {

/// Throws a JavaScript TypeError; returns false so that a check can return it.
inline bool wrong_argument(Napi::Env env, const char* message) {
  if (!env.IsExceptionPending()) Napi::TypeError::New(env, message).ThrowAsJavaScriptException();
  return false;
}

/// The memory of a typed array of exactly this type. `count` is in elements.
template <typename Element>
bool typed_array(Napi::Env env, napi_value value, napi_typedarray_type want, Element** data, size_t* count,
                 const char* message) {
  bool is_typed_array = false;
  if (napi_is_typedarray(env, value, &is_typed_array) != napi_ok || !is_typed_array)
    return wrong_argument(env, message);
  napi_typedarray_type type;
  size_t length = 0;
  void* memory = nullptr;
  if (napi_get_typedarray_info(env, value, &type, &length, &memory, nullptr, nullptr) != napi_ok || type != want) {
    return wrong_argument(env, message);
  }
  *data = static_cast<Element*>(memory);
  *count = length;
  return true;
}

inline bool bytes_argument(Napi::Env env, napi_value value, uint8_t** data, size_t* count, const char* message) {
  return typed_array(env, value, napi_uint8_array, data, count, message);
}

inline bool words_argument(Napi::Env env, napi_value value, uint32_t** data, size_t* count, const char* message) {
  return typed_array(env, value, napi_uint32_array, data, count, message);
}

inline bool cells_argument(Napi::Env env, napi_value value, uint64_t** data, size_t* count, const char* message) {
  return typed_array(env, value, napi_biguint64_array, data, count, message);
}

/// An integer from 0 to 2^32 - 1.
inline bool number_argument(Napi::Env env, napi_value value, uint32_t* out, const char* message) {
  double number = 0;
  if (napi_get_value_double(env, value, &number) != napi_ok || !(number >= 0 && number <= 4294967295.0) ||
      number != static_cast<double>(static_cast<uint32_t>(number))) {
    return wrong_argument(env, message);
  }
  *out = static_cast<uint32_t>(number);
  return true;
}

/// A BigInt from 0 to 2^64 - 1.
inline bool time_argument(Napi::Env env, napi_value value, uint64_t* out, const char* message) {
  bool lossless = false;
  if (napi_get_value_bigint_uint64(env, value, out, &lossless) != napi_ok || !lossless) {
    return wrong_argument(env, message);
  }
  return true;
}

}  // namespace kubewire

#endif
