// engine_object.cc - class NodeEngine for JavaScript: one Node on the caller's thread. Used by tests, trace and
// benchmarks.
#include <napi.h>
#include <time.h>

#include <cstring>
#include <memory>
#include <new>
#include <vector>

#include "binding/offload_words.h"
#include "binding/values.h"
#include "engine/node.h"

namespace kubewire {

class NodeEngine : public Napi::ObjectWrap<NodeEngine> {
 public:
  static void Define(Napi::Env env, Napi::Object exports) {
    exports.Set("NodeEngine", DefineClass(env, "NodeEngine",
                                          {
                                              InstanceMethod<&NodeEngine::Load>("load"),
                                              InstanceMethod<&NodeEngine::Patch>("patch"),
                                              InstanceMethod<&NodeEngine::Process>("process"),
                                              InstanceMethod<&NodeEngine::ProcessBatch>("processBatch"),
                                              InstanceMethod<&NodeEngine::ScriptRandom>("scriptRandom"),
                                              InstanceMethod<&NodeEngine::FlowCount>("flowCount"),
                                              InstanceMethod<&NodeEngine::Flows>("flows"),
                                              InstanceMethod<&NodeEngine::Sweep>("sweep"),
                                              InstanceMethod<&NodeEngine::Save>("save"),
                                              InstanceMethod<&NodeEngine::Restore>("restore"),
                                              InstanceMethod<&NodeEngine::Close>("close"),
                                          }));
  }

  /// new NodeEngine(seed, flowCapacity, counters: BigUint64Array of COUNTERS.cells)
  explicit NodeEngine(const Napi::CallbackInfo& info) : Napi::ObjectWrap<NodeEngine>(info) {
    Napi::Env env = info.Env();
    uint32_t seed = 0, capacity = 0;
    uint64_t* counters = nullptr;
    size_t cells = 0;
    if (!number_argument(env, info[0], &seed, "seed must be an unsigned 32-bit number")) return;
    if (!number_argument(env, info[1], &capacity, "flowCapacity must be an unsigned 32-bit number")) return;
    if (!cells_argument(env, info[2], &counters, &cells, "counters must be a BigUint64Array")) return;
    if (cells < KW_COUNTER_CELLS) {
      wrong_argument(env, "counters must have COUNTERS.cells cells");
      return;
    }
    std::unique_ptr<Node> node(new (std::nothrow) Node(seed, capacity, counters));
    if (!node || !node->ready()) {
      Napi::RangeError::New(env, "no memory for a flow table of this capacity").ThrowAsJavaScriptException();
      return;
    }
    counters_ = Napi::Persistent(info[2].As<Napi::Object>());
    node_ = std::move(node);
  }

 private:
  bool open(Napi::Env env) {
    if (node_) return true;
    if (!env.IsExceptionPending()) Napi::Error::New(env, "the engine is closed").ThrowAsJavaScriptException();
    return false;
  }

  /// load(image: Uint8Array, nowNs: bigint) -> ImageError. The image is copied, so JavaScript may change its own later.
  Napi::Value Load(const Napi::CallbackInfo& info) {
    Napi::Env env = info.Env();
    uint8_t* image = nullptr;
    size_t bytes = 0;
    uint64_t now = 0;
    if (!open(env) || !bytes_argument(env, info[0], &image, &bytes, "image must be a Uint8Array") ||
        !time_argument(env, info[1], &now, "nowNs must be an unsigned 64-bit bigint")) {
      return env.Undefined();
    }
    return Napi::Number::New(env, node_->load(image, bytes, now));
  }

  /// patch(patch: Uint8Array, nowNs: bigint) -> ImageError. Changes rows of the current image, or nothing.
  Napi::Value Patch(const Napi::CallbackInfo& info) {
    Napi::Env env = info.Env();
    uint8_t* patch = nullptr;
    size_t bytes = 0;
    uint64_t now = 0;
    if (!open(env) || !bytes_argument(env, info[0], &patch, &bytes, "patch must be a Uint8Array") ||
        !time_argument(env, info[1], &now, "nowNs must be an unsigned 64-bit bigint")) {
      return env.Undefined();
    }
    return Napi::Number::New(env, node_->patch(patch, bytes, now));
  }

  /// process(frame, length, port, offload: Uint32Array(6), nowNs, decision: Uint8Array(64), out: Uint8Array) -> bytes in out.
  /// The frame is copied to `out` and run there; `offload` holds what leaves afterwards.
  Napi::Value Process(const Napi::CallbackInfo& info) {
    Napi::Env env = info.Env();
    uint8_t *bytes = nullptr, *decision_bytes = nullptr, *out = nullptr;
    uint32_t* offload = nullptr;
    size_t there = 0, fields = 0, decision_length = 0, out_length = 0;
    uint32_t length = 0, port = 0;
    uint64_t now = 0;
    if (!open(env) || !bytes_argument(env, info[0], &bytes, &there, "frame must be a Uint8Array") ||
        !number_argument(env, info[1], &length, "length must be an unsigned 32-bit number") ||
        !number_argument(env, info[2], &port, "port must be an unsigned 32-bit number") ||
        !words_argument(env, info[3], &offload, &fields, "offload must be a Uint32Array") ||
        !time_argument(env, info[4], &now, "nowNs must be an unsigned 64-bit bigint") ||
        !bytes_argument(env, info[5], &decision_bytes, &decision_length, "decision must be a Uint8Array") ||
        !bytes_argument(env, info[6], &out, &out_length, "out must be a Uint8Array")) {
      return env.Undefined();
    }
    if (length > there || length > out_length || fields < kOffloadFields || decision_length < sizeof(kw_decision) ||
        out_length < kFrameCapacityMinimum) {
      wrong_argument(env, "length, offload, decision or out has the wrong size");
      return env.Undefined();
    }
    std::memmove(out, bytes, length);
    Frame frame{};
    frame.data = out;
    frame.length = length;
    frame.capacity = static_cast<uint32_t>(out_length < UINT32_MAX ? out_length : UINT32_MAX);
    frame.port = port;
    take_offload(frame, offload);
    kw_decision decision;
    node_->process(frame, now, decision);
    give_offload(frame, offload);
    std::memcpy(decision_bytes, &decision, sizeof decision);
    return Napi::Number::New(env, decision.verdict == KW_VERDICT_DROP ? 0 : frame.length);
  }

  /// processBatch(frames: Uint8Array, lengths: Uint32Array, ports: Uint32Array, rounds, nowNs) -> {nsPerFrame,
  /// forwarded}. For benchmarks: runs all frames (stored one after the other in `frames`) `rounds` times in one call.
  /// Each frame is restored before it runs; the time for that is measured separately and subtracted. Times are CPU time
  /// of this thread.
  Napi::Value ProcessBatch(const Napi::CallbackInfo& info);

  Napi::Value ScriptRandom(const Napi::CallbackInfo& info) {
    Napi::Env env = info.Env();
    uint32_t* draws = nullptr;
    size_t count = 0;
    if (!open(env) || !words_argument(env, info[0], &draws, &count, "draws must be a Uint32Array"))
      return env.Undefined();
    node_->script_random(draws, count);
    return env.Undefined();
  }

  /// flowCount() -> an upper bound for flows()
  Napi::Value FlowCount(const Napi::CallbackInfo& info) {
    Napi::Env env = info.Env();
    if (!open(env)) return env.Undefined();
    return Napi::Number::New(env, static_cast<double>(node_->flow_count()));
  }

  /// flows(out: Uint8Array, nowNs) -> rows written
  Napi::Value Flows(const Napi::CallbackInfo& info) {
    Napi::Env env = info.Env();
    uint8_t* out = nullptr;
    size_t bytes = 0;
    uint64_t now = 0;
    if (!open(env) || !bytes_argument(env, info[0], &out, &bytes, "out must be a Uint8Array") ||
        !time_argument(env, info[1], &now, "nowNs must be an unsigned 64-bit bigint")) {
      return env.Undefined();
    }
    if (reinterpret_cast<uintptr_t>(out) % alignof(kw_flow_row) != 0) {
      wrong_argument(env, "out must start at a multiple of 8 bytes");
      return env.Undefined();
    }
    const size_t rows = node_->flows(reinterpret_cast<kw_flow_row*>(out), bytes / sizeof(kw_flow_row), now);
    return Napi::Number::New(env, static_cast<double>(rows));
  }

  /// sweep(nowNs, places)
  Napi::Value Sweep(const Napi::CallbackInfo& info) {
    Napi::Env env = info.Env();
    uint64_t now = 0;
    uint32_t places = 0;
    if (!open(env) || !time_argument(env, info[0], &now, "nowNs must be an unsigned 64-bit bigint") ||
        !number_argument(env, info[1], &places, "places must be an unsigned 32-bit number")) {
      return env.Undefined();
    }
    node_->sweep(now, places);
    return env.Undefined();
  }

  /// save() -> Uint8Array; empty before the first image
  Napi::Value Save(const Napi::CallbackInfo& info) {
    Napi::Env env = info.Env();
    if (!open(env)) return env.Undefined();
    const std::vector<uint8_t> state = node_->save();
    return bytes_value(env, state, state.size());
  }

  /// restore(state: Uint8Array, nowNs) -> boolean. Before anything else; if false, the engine may only be closed.
  Napi::Value Restore(const Napi::CallbackInfo& info) {
    Napi::Env env = info.Env();
    uint8_t* state = nullptr;
    size_t bytes = 0;
    uint64_t now = 0;
    if (!open(env) || !bytes_argument(env, info[0], &state, &bytes, "state must be a Uint8Array") ||
        !time_argument(env, info[1], &now, "nowNs must be an unsigned 64-bit bigint")) {
      return env.Undefined();
    }
    return Napi::Boolean::New(env, node_->restore(state, bytes, now));
  }

  Napi::Value Close(const Napi::CallbackInfo& info) {
    node_.reset();
    counters_.Reset();
    return info.Env().Undefined();
  }

  std::unique_ptr<Node> node_;
  Napi::ObjectReference counters_;
};

namespace {

/// Frames of a benchmark: where each starts, and a buffer that they run in.
struct Batch {
  const uint8_t* frames;
  const uint32_t* lengths;
  const uint32_t* ports;
  size_t count;
  std::vector<uint8_t> buffer;
};

/// CPU time of this thread, so that other threads do not count.
uint64_t thread_ns() {
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(now.tv_nsec);
}

/// A shard decides anew after so many frames whether it looks ahead.
constexpr size_t kTurn = 64;

/// Glances at the frames of a batch before their turn, as a shard does with frames that it has read.
class Ahead {
 public:
  static constexpr uint64_t kFrames = 16;
  static constexpr uint64_t kApart = 4;

  Ahead(const Batch& batch, const Node* node) : batch_(batch), node_(node) {}

  /// Looks at the first frames: `i`, which is at `at`, and those after it.
  void start(const uint8_t* at, size_t i) {
    at_ = at;
    for (size_t ahead = 0; ahead < kFrames; ahead++) move(i + ahead);
  }

  /// What the looks found for frame i.
  const Glance& of(size_t i) const { return glances_[i % kFrames]; }

  /// Looks at frame `far`, and at three that are nearer. Whose turn it is is kFrames before it.
  void move(uint64_t far) {
    for (uint64_t ahead = kApart; ahead < kFrames; ahead += kApart) {
      node_->glance_on(glances_[(far + ahead) % kFrames], static_cast<uint32_t>(ahead));
    }
    if (far >= batch_.count) return glances_[far % kFrames].forget();
    Frame frame{};
    frame.data = const_cast<uint8_t*>(at_);
    frame.length = batch_.lengths[far];
    node_->glance(frame, glances_[far % kFrames]);
    at_ += frame.length;
  }

 private:
  const Batch& batch_;
  const Node* node_;
  const uint8_t* at_ = nullptr;
  Glance glances_[kFrames];
};

uint64_t run_batch(Batch& batch, Node* node, uint32_t rounds, uint64_t now, uint64_t* forwarded) {
  const uint64_t start = thread_ns();
  for (uint32_t round = 0; round < rounds; round++) {
    const uint8_t* at = batch.frames;
    Ahead ahead(batch, node);
    bool looks = false;
    for (size_t i = 0; i < batch.count; i++) {
      if (!looks && i % kTurn == 0 && node != nullptr && node->looks_ahead()) {
        looks = true;
        ahead.start(at, i);
      }
      if (looks) {
        node->recall(ahead.of(i));
        ahead.move(i + Ahead::kFrames);
      }
      std::memcpy(batch.buffer.data(), at, batch.lengths[i]);
      asm volatile("" : : "r"(batch.buffer.data()) : "memory");
      at += batch.lengths[i];
      if (node == nullptr) continue;
      Frame frame{};
      frame.data = batch.buffer.data();
      frame.length = batch.lengths[i];
      frame.capacity = static_cast<uint32_t>(batch.buffer.size());
      frame.port = batch.ports[i];
      kw_decision decision;
      node->process(frame, now, decision);
      *forwarded += decision.verdict == KW_VERDICT_FORWARD;
    }
  }
  return thread_ns() - start;
}

}  // namespace

Napi::Value NodeEngine::ProcessBatch(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  uint8_t* frames = nullptr;
  uint32_t *lengths = nullptr, *ports = nullptr;
  size_t bytes = 0, count = 0, port_count = 0;
  uint32_t rounds = 0;
  uint64_t now = 0;
  if (!open(env) || !bytes_argument(env, info[0], &frames, &bytes, "frames must be a Uint8Array") ||
      !words_argument(env, info[1], &lengths, &count, "lengths must be a Uint32Array") ||
      !words_argument(env, info[2], &ports, &port_count, "ports must be a Uint32Array") ||
      !number_argument(env, info[3], &rounds, "rounds must be an unsigned 32-bit number") ||
      !time_argument(env, info[4], &now, "nowNs must be an unsigned 64-bit bigint")) {
    return env.Undefined();
  }
  uint64_t total = 0, longest = kFrameCapacityMinimum;
  for (size_t i = 0; i < count; i++) {
    total += lengths[i];
    if (lengths[i] > longest) longest = lengths[i];
  }
  if (count == 0 || rounds == 0 || port_count != count || total > bytes) {
    wrong_argument(env, "frames, lengths, ports or rounds has the wrong size");
    return env.Undefined();
  }
  Batch batch{frames, lengths, ports, count, std::vector<uint8_t>(longest)};
  uint64_t forwarded = 0;
  const uint64_t restoring = run_batch(batch, nullptr, rounds, now, &forwarded);
  const uint64_t running = run_batch(batch, node_.get(), rounds, now, &forwarded);
  const double runs = static_cast<double>(count) * rounds;
  Napi::Object result = Napi::Object::New(env);
  result.Set("nsPerFrame", running > restoring ? static_cast<double>(running - restoring) / runs : 0.0);
  result.Set("forwarded", static_cast<double>(forwarded));
  return result;
}

/// abi() -> {version: number, layoutHash: bigint}
static Napi::Value Abi(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  Napi::Object result = Napi::Object::New(env);
  result.Set("version", KW_ABI_VERSION);
  result.Set("layoutHash", Napi::BigInt::New(env, static_cast<uint64_t>(KW_LAYOUT_HASH)));
  return result;
}

Napi::Object InitEngine(Napi::Env env, Napi::Object exports) {
  NodeEngine::Define(env, exports);
  exports.Set("abi", Napi::Function::New(env, Abi, "abi"));
  return exports;
}

}  // namespace kubewire
