// values.h - more argument checks: text, lists of text, and Status → a JavaScript Error with errno.
#ifndef KUBEWIRE_BINDING_VALUES_H
#define KUBEWIRE_BINDING_VALUES_H

#include <napi.h>

#include <cstring>
#include <string>
#include <vector>

#include "args.h"
#include "io/status.h"

namespace kubewire {

inline bool text_argument(Napi::Env env, napi_value value, std::string* out, const char* message) {
  size_t length = 0;
  if (napi_get_value_string_utf8(env, value, nullptr, 0, &length) != napi_ok) return wrong_argument(env, message);
  out->resize(length);
  napi_get_value_string_utf8(env, value, out->data(), length + 1, &length);
  // The kernel would cut the text off at a NUL.
  return out->find('\0') == std::string::npos || wrong_argument(env, message);
}

constexpr uint32_t kTextsMaximum = 1 << 20;

inline bool texts_argument(Napi::Env env, napi_value value, std::vector<std::string>* out, const char* message) {
  bool is_array = false;
  uint32_t length = 0;
  if (napi_is_array(env, value, &is_array) != napi_ok || !is_array) return wrong_argument(env, message);
  napi_get_array_length(env, value, &length);
  // No list for the kernel is longer. Without a limit, an empty array with a huge length could exhaust the memory.
  if (length > kTextsMaximum) return wrong_argument(env, message);
  out->resize(length);
  for (uint32_t i = 0; i < length; i++) {
    napi_value element;
    if (napi_get_element(env, value, i, &element) != napi_ok) return wrong_argument(env, message);
    if (!text_argument(env, element, &(*out)[i], message)) return false;
  }
  return true;
}

/// A file descriptor, or -1 for "none".
inline bool fd_argument(Napi::Env env, napi_value value, int* out, const char* message) {
  double number = 0;
  if (napi_get_value_double(env, value, &number) != napi_ok || !(number >= -1 && number <= 1 << 30) ||
      number != static_cast<int>(number)) {
    return wrong_argument(env, message);
  }
  *out = static_cast<int>(number);
  return true;
}

inline bool flag_argument(Napi::Env env, napi_value value, bool* out, const char* message) {
  return napi_get_value_bool(env, value, out) == napi_ok || wrong_argument(env, message);
}

/// Rows that lie in a Uint8Array, one after another.
template <typename Row>
bool rows_argument(Napi::Env env, napi_value value, std::vector<Row>* rows, const char* message) {
  uint8_t* bytes = nullptr;
  size_t size = 0;
  if (!bytes_argument(env, value, &bytes, &size, message)) return false;
  rows->resize(size / sizeof(Row));
  if (!rows->empty()) memcpy(rows->data(), bytes, rows->size() * sizeof(Row));
  return true;
}

/// A Uint8Array with a copy of the first `count` rows.
template <typename Row>
Napi::Value bytes_value(Napi::Env env, const std::vector<Row>& rows, size_t count) {
  Napi::Uint8Array bytes = Napi::Uint8Array::New(env, count * sizeof(Row));
  if (count != 0) memcpy(bytes.Data(), rows.data(), count * sizeof(Row));
  return bytes;
}

/// Throws an Error with `errno` and `what` unless the status is OK; returns whether it was.
inline bool throw_unless_ok(Napi::Env env, const Status& status) {
  if (status.ok()) return true;
  Napi::Error error = Napi::Error::New(env, status.what + ": " + strerror(status.error));
  error.Set("errno", Napi::Number::New(env, status.error));
  error.Set("what", Napi::String::New(env, status.what));
  error.ThrowAsJavaScriptException();
  return false;
}

}  // namespace kubewire

#endif
