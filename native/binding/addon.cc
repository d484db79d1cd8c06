// addon.cc - the entry of the addon: registers what the other files export. It has no state, so any thread may load it.
#include <napi.h>

namespace kubewire {

Napi::Object InitEngine(Napi::Env env, Napi::Object exports);
Napi::Object InitShard(Napi::Env env, Napi::Object exports);
Napi::Object InitGate(Napi::Env env, Napi::Object exports);
Napi::Object InitWake(Napi::Env env, Napi::Object exports);
Napi::Object InitLab(Napi::Env env, Napi::Object exports);
Napi::Object InitPrograms(Napi::Env env, Napi::Object exports);
Napi::Object InitWatch(Napi::Env env, Napi::Object exports);
Napi::Object InitScheduler(Napi::Env env, Napi::Object exports);
Napi::Object InitYard(Napi::Env env, Napi::Object exports);

static Napi::Object Init(Napi::Env env, Napi::Object exports) {
  InitEngine(env, exports);
  InitShard(env, exports);
  InitGate(env, exports);
  InitWake(env, exports);
  InitLab(env, exports);
  InitPrograms(env, exports);
  InitWatch(env, exports);
  InitScheduler(env, exports);
  InitYard(env, exports);
  return exports;
}

}  // namespace kubewire

using kubewire::Init;
NODE_API_MODULE(kubewire, Init)
