// scheduler_object.cc - class IpvsScheduler for JavaScript: one virtual server, asked directly instead of by packets.
#include <napi.h>

#include <new>
#include <vector>

#include "binding/args.h"
#include "engine/ipvs/server.h"

namespace kubewire {
namespace {

constexpr size_t kAddressBytes = 16;
/// Virtual addresses that lblc and lblcr remember: the kernel's 16 for each of 1,024 buckets, and half as many above that.
constexpr uint32_t kAddresses = 24576;
/// The most connections that a counter can hold.
constexpr uint32_t kConnectionsMaximum = 0x7fffffff;
constexpr double kNobody = -1;

bool address_argument(Napi::Env env, napi_value value, uint8_t** out, const char* message) {
  size_t length = 0;
  if (!bytes_argument(env, value, out, &length, message)) return false;
  return length == kAddressBytes || wrong_argument(env, message);
}

bool limited_argument(Napi::Env env, napi_value value, uint32_t most, uint32_t* out, const char* message) {
  return number_argument(env, value, out, message) && (*out <= most || wrong_argument(env, message));
}

bool weight_argument(Napi::Env env, napi_value value, uint32_t* out) {
  return limited_argument(env, value, KW_IPVS_WEIGHT, out, "weight must be a number from 0 to 65535");
}

}  // namespace

class IpvsScheduler : public Napi::ObjectWrap<IpvsScheduler> {
 public:
  static void Define(Napi::Env env, Napi::Object exports) {
    exports.Set("IpvsScheduler", DefineClass(env, "IpvsScheduler",
                                             {
                                                 InstanceMethod<&IpvsScheduler::Add>("add"),
                                                 InstanceMethod<&IpvsScheduler::SetWeight>("setWeight"),
                                                 InstanceMethod<&IpvsScheduler::Remove>("remove"),
                                                 InstanceMethod<&IpvsScheduler::SetOverload>("setOverload"),
                                                 InstanceMethod<&IpvsScheduler::SetConnections>("setConnections"),
                                                 InstanceMethod<&IpvsScheduler::Schedule>("schedule"),
                                             }));
  }

  /// new IpvsScheduler(scheduler: Scheduler with SchedulerFlag bits, totalconns: 0 | 1)
  explicit IpvsScheduler(const Napi::CallbackInfo& info)
      : Napi::ObjectWrap<IpvsScheduler>(info), server_(pool_, {KW_SCHEDULER_RR, 0}, kAddresses) {
    Napi::Env env = info.Env();
    uint32_t scheduler = 0, totalconns = 0;
    if (!number_argument(env, info[0], &scheduler, "scheduler must be a number") ||
        !limited_argument(env, info[1], 1, &totalconns, "totalconns must be 0 or 1")) {
      return;
    }
    if ((scheduler & 0xffu) < KW_SCHEDULER_RR || (scheduler & 0xffu) > KW_SCHEDULER_TWOS) {
      wrong_argument(env, "scheduler must be a scheduler of IPVS");
      return;
    }
    server_.change({scheduler & 0xffu, (scheduler & ~0xffu) | (totalconns ? KW_IPVS_TOTALCONNS : 0u)});
  }

 private:
  /// The row of a destination in the list.
  bool row_argument(Napi::Env env, napi_value value, uint32_t* row) {
    uint32_t id = 0;
    if (!number_argument(env, value, &id, "id must be a number")) return false;
    if (id >= rows_.size() || rows_[id] == KW_NONE) return wrong_argument(env, "no destination has this id");
    *row = rows_[id];
    return true;
  }

  /// add(address: Uint8Array(16), port, weight) -> id: 0, 1, 2 ..., never the same twice
  Napi::Value Add(const Napi::CallbackInfo& info) {
    Napi::Env env = info.Env();
    uint8_t* address = nullptr;
    uint32_t port = 0, weight = 0;
    if (!address_argument(env, info[0], &address, "address must be a Uint8Array of 16 bytes") ||
        !limited_argument(env, info[1], 0xffff, &port, "port must be a number from 0 to 65535") ||
        !weight_argument(env, info[2], &weight)) {
      return env.Undefined();
    }
    const uint32_t id = static_cast<uint32_t>(rows_.size());
    const uint32_t row = server_.add(address, static_cast<uint16_t>(port), static_cast<int32_t>(weight), id);
    if (row == KW_NONE) {
      Napi::RangeError::New(env, "mh has at most 4093 destinations").ThrowAsJavaScriptException();
      return env.Undefined();
    }
    rows_.push_back(row);
    return Napi::Number::New(env, id);
  }

  /// setWeight(id, weight)
  Napi::Value SetWeight(const Napi::CallbackInfo& info) {
    Napi::Env env = info.Env();
    uint32_t row = 0, weight = 0;
    if (row_argument(env, info[0], &row) && weight_argument(env, info[1], &weight)) {
      server_.set_weight(row, static_cast<int32_t>(weight));
    }
    return env.Undefined();
  }

  /// remove(id)
  Napi::Value Remove(const Napi::CallbackInfo& info) {
    Napi::Env env = info.Env();
    uint32_t row = 0;
    if (!row_argument(env, info[0], &row)) return env.Undefined();
    rows_[pool_[row].id] = KW_NONE;
    server_.remove(row);
    return env.Undefined();
  }

  /// setOverload(id, 0 | 1)
  Napi::Value SetOverload(const Napi::CallbackInfo& info) {
    Napi::Env env = info.Env();
    uint32_t row = 0, on = 0;
    if (row_argument(env, info[0], &row) && limited_argument(env, info[1], 1, &on, "overload must be 0 or 1")) {
      const uint32_t rest = pool_[row].flags & ~KW_IPVS_OVERLOAD;
      pool_[row].flags = static_cast<uint16_t>(on ? rest | KW_IPVS_OVERLOAD : rest);
    }
    return env.Undefined();
  }

  /// setConnections(id, active, inactive)
  Napi::Value SetConnections(const Napi::CallbackInfo& info) {
    Napi::Env env = info.Env();
    uint32_t row = 0, active = 0, inactive = 0;
    const char* message = "connections must be numbers from 0 to 2147483647";
    if (row_argument(env, info[0], &row) && limited_argument(env, info[1], kConnectionsMaximum, &active, message) &&
        limited_argument(env, info[2], kConnectionsMaximum, &inactive, message)) {
      pool_[row].active = static_cast<int32_t>(active);
      pool_[row].inactive = static_cast<int32_t>(inactive);
    }
    return env.Undefined();
  }

  /// schedule(source: Uint8Array(16), sourcePort, destination: Uint8Array(16), nowNs, draw1, draw2) -> id, or -1
  Napi::Value Schedule(const Napi::CallbackInfo& info) {
    Napi::Env env = info.Env();
    uint8_t *source = nullptr, *destination = nullptr;
    uint32_t port = 0;
    kw_ipvs_request request{};
    if (!address_argument(env, info[0], &source, "source must be a Uint8Array of 16 bytes") ||
        !limited_argument(env, info[1], 0xffff, &port, "sourcePort must be a number from 0 to 65535") ||
        !address_argument(env, info[2], &destination, "destination must be a Uint8Array of 16 bytes") ||
        !time_argument(env, info[3], &request.now, "nowNs must be an unsigned 64-bit bigint") ||
        !number_argument(env, info[4], &request.draws[0], "draws must be unsigned 32-bit numbers") ||
        !number_argument(env, info[5], &request.draws[1], "draws must be unsigned 32-bit numbers")) {
      return env.Undefined();
    }
    request.source = source;
    request.destination = destination;
    request.source_port = static_cast<uint16_t>(port);
    server_.settle();
    const uint32_t row = server_.schedule(request);
    return Napi::Number::New(env, row == KW_NONE ? kNobody : pool_[row].id);
  }

  DestinationPool pool_;
  VirtualServer server_;
  std::vector<uint32_t> rows_;  // by id; KW_NONE when removed
};

Napi::Object InitScheduler(Napi::Env env, Napi::Object exports) {
  IpvsScheduler::Define(env, exports);
  return exports;
}

}  // namespace kubewire
