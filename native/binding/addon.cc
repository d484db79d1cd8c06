// addon.cc - the addon's entry: registers what the object files export. No state of its own, so any thread may load it.
#include <napi.h>

namespace kubewire {

Napi::Object InitEngine(Napi::Env env, Napi::Object exports);
[[gnu::weak]] Napi::Object InitShard(Napi::Env env, Napi::Object exports);
[[gnu::weak]] Napi::Object InitLab(Napi::Env env, Napi::Object exports);

static Napi::Object Init(Napi::Env env, Napi::Object exports) {
  InitEngine(env, exports);
  if (InitShard != nullptr) InitShard(env, exports);
  if (InitLab != nullptr) InitLab(env, exports);
  return exports;
}

}  // namespace kubewire

using kubewire::Init;
NODE_API_MODULE(kubewire, Init)
