// yard_object.cc - class Yard of the addon: cables of machines, and the maps of what is lent.
#include "io/yard.h"
#include "values.h"

namespace kubewire {

namespace {

constexpr uint32_t kLeasesMaximum = 65536;

class YardObject : public Napi::ObjectWrap<YardObject> {
 public:
  static Napi::Function Define(Napi::Env env) {
    return DefineClass(env, "Yard",
                       {InstanceMethod("plug", &YardObject::Plug), InstanceMethod("maps", &YardObject::Maps),
                        InstanceMethod("close", &YardObject::Close)});
  }

  /// new Yard(namespace, leases). It throws where BPF is not allowed, and where the kernel is too old for it.
  explicit YardObject(const Napi::CallbackInfo& info) : Napi::ObjectWrap<YardObject>(info) {
    const Napi::Env env = info.Env();
    int ns = -1;
    uint32_t leases = 0;
    if (!fd_argument(env, info[0], &ns, "namespace must be a file descriptor") ||
        !number_argument(env, info[1], &leases, "leases must be a number")) {
      return;
    }
    if (leases == 0 || leases > kLeasesMaximum) {
      wrong_argument(env, "leases must be 1 to 65536");
      return;
    }
    if (!throw_unless_ok(env, Yard::open(ns, leases, &yard_))) yard_.reset();
  }

 private:
  bool open(Napi::Env env) { return yard_ != nullptr || wrong_argument(env, "the yard is closed"); }

  /// plug(machine's namespace, name, mac, mtu, port): { fd, headerBytes, offloads, cable }
  Napi::Value Plug(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    int machine = -1;
    std::string port;
    InterfaceConfig config;
    if (!open(env) || !fd_argument(env, info[0], &machine, "namespace must be a file descriptor") ||
        !text_argument(env, info[1], &config.name, "name must be text") ||
        !text_argument(env, info[2], &config.mac, "mac must be text") ||
        !number_argument(env, info[3], &config.mtu, "mtu must be a number") ||
        !text_argument(env, info[4], &port, "port must be text")) {
      return env.Undefined();
    }
    Tap tap;
    uint32_t cable = 0;
    if (!throw_unless_ok(env, yard_->plug(machine, config, port, &tap, &cable))) return env.Undefined();
    Napi::Object result = Napi::Object::New(env);
    result.Set("fd", Napi::Number::New(env, tap.fd));
    result.Set("headerBytes", Napi::Number::New(env, tap.header_bytes));
    result.Set("offloads", Napi::Number::New(env, tap.offloads));
    result.Set("cable", Napi::Number::New(env, cable));
    return result;
  }

  /// maps(): { ways, leases, count } as Shard.lendBy takes them. The descriptors are open as long as the yard.
  Napi::Value Maps(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    if (!open(env)) return env.Undefined();
    Napi::Object result = Napi::Object::New(env);
    const LendingMaps maps = yard_->maps();
    result.Set("ways", Napi::Number::New(env, maps.ways));
    result.Set("leases", Napi::Number::New(env, maps.leases));
    result.Set("count", Napi::Number::New(env, maps.count));
    return result;
  }

  /// close(): the maps and programs end with what still uses them.
  Napi::Value Close(const Napi::CallbackInfo& info) {
    yard_.reset();
    return info.Env().Undefined();
  }

  std::unique_ptr<Yard> yard_;
};

}  // namespace

Napi::Object InitYard(Napi::Env env, Napi::Object exports) {
  exports.Set("Yard", YardObject::Define(env));
  return exports;
}

}  // namespace kubewire
