// shard_object.cc - class Shard of the addon: one Loop, run in slices by a worker.
#include <map>

#include "core/affinity.h"
#include "gate_argument.h"
#include "io/loop.h"
#include "io/memory.h"
#include "io/tap.h"
#include "offload_words.h"
#include "values.h"

namespace kubewire {

namespace {

constexpr uint64_t kMillisecond = 1'000'000;

class Shard : public Napi::ObjectWrap<Shard> {
 public:
  static Napi::Function Define(Napi::Env env) {
    return DefineClass(env, "Shard",
                       {InstanceMethod("addNode", &Shard::AddNode),
                        InstanceMethod("removeNode", &Shard::RemoveNode),
                        InstanceMethod("loadImage", &Shard::LoadImage),
                        InstanceMethod("patchImage", &Shard::PatchImage),
                        InstanceMethod("attachTap", &Shard::AttachTap),
                        InstanceMethod("attachMemory", &Shard::AttachMemory),
                        InstanceMethod("detach", &Shard::Detach),
                        InstanceMethod("put", &Shard::Put),
                        InstanceMethod("take", &Shard::Take),
                        InstanceMethod("connectRing", &Shard::ConnectRing),
                        InstanceMethod("run", &Shard::Run),
                        InstanceMethod("flows", &Shard::Flows),
                        InstanceMethod("losses", &Shard::Losses),
                        InstanceMethod("affinities", &Shard::Affinities),
                        InstanceMethod("trace", &Shard::Trace),
                        InstanceMethod("save", &Shard::Save),
                        InstanceMethod("link", &Shard::Link),
                        InstanceMethod("lendBy", &Shard::LendBy),
                        InstanceMethod("lent", &Shard::Lent),
                        InstanceMethod("close", &Shard::Close)});
  }

  /// new Shard(index, shards, wakeFd, ringFd, gate: Uint8Array of zeros, busyPollUs = 0), on the thread that will run it
  explicit Shard(const Napi::CallbackInfo& info) : Napi::ObjectWrap<Shard>(info) {
    const Napi::Env env = info.Env();
    uint32_t index = 0, shards = 0, busy_poll_us = 0;
    int wake_fd = -1, ring_fd = -1;
    uint8_t* gate = nullptr;
    if (!number_argument(env, info[0], &index, "index must be a number") ||
        !number_argument(env, info[1], &shards, "shards must be a number") ||
        !fd_argument(env, info[2], &wake_fd, "wakeFd must be a file descriptor") ||
        !fd_argument(env, info[3], &ring_fd, "ringFd must be a file descriptor") ||
        !gate_argument(env, info[4], &gate) ||
        (info.Length() > 5 && !number_argument(env, info[5], &busy_poll_us, "busyPollUs must be a number"))) {
      return;
    }
    if (shards == 0 || index >= shards) {
      wrong_argument(env, "index must be below shards");
      return;
    }
    auto loop = std::make_unique<Loop>(index, shards, wake_fd, ring_fd, Gate(gate));
    if (!throw_unless_ok(env, loop->open())) return;
    loop->busy_poll(busy_poll_us);
    loop_ = std::move(loop);
    gate_ = Napi::Persistent(info[4].As<Napi::Object>());
  }

  ~Shard() override { End(); }

 private:
  void End() {
    memory_.clear();
    loop_.reset();
  }

  bool open(Napi::Env env) { return loop_ != nullptr || wrong_argument(env, "the shard is closed"); }

  /// addNode(id, seed, flowCapacity, counters: BigUint64Array)
  Napi::Value AddNode(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    uint32_t id = 0, seed = 0, capacity = 0;
    uint64_t* counters = nullptr;
    size_t cells = 0;
    if (!open(env) || !number_argument(env, info[0], &id, "id must be a number") ||
        !number_argument(env, info[1], &seed, "seed must be a 32-bit number") ||
        !number_argument(env, info[2], &capacity, "flowCapacity must be a number") ||
        !cells_argument(env, info[3], &counters, &cells, "counters must be a BigUint64Array")) {
      return env.Undefined();
    }
    if (cells < KW_COUNTER_CELLS) return wrong_argument(env, "counters is too short"), env.Undefined();
    if (!throw_unless_ok(env, loop_->add_node(id, seed, capacity, counters))) return env.Undefined();
    counters_[id] = Napi::Persistent(info[3].As<Napi::Object>());
    return env.Undefined();
  }

  /// removeNode(id)
  Napi::Value RemoveNode(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    uint32_t id = 0;
    if (!open(env) || !number_argument(env, info[0], &id, "id must be a number")) return env.Undefined();
    if (throw_unless_ok(env, loop_->remove_node(id))) counters_.erase(id);
    return env.Undefined();
  }

  /// loadImage(id, image: Uint8Array): ImageError. The image is copied.
  Napi::Value LoadImage(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    uint32_t id = 0;
    uint8_t* image = nullptr;
    size_t bytes = 0;
    kw_image_error error = KW_IMAGE_ERROR_OK;
    if (!open(env) || !number_argument(env, info[0], &id, "id must be a number") ||
        !bytes_argument(env, info[1], &image, &bytes, "image must be a Uint8Array") ||
        !throw_unless_ok(env, loop_->load(id, image, bytes, &error))) {
      return env.Undefined();
    }
    return Napi::Number::New(env, error);
  }

  /// patchImage(id, patch: Uint8Array): ImageError. Changes rows of the current image, or nothing.
  Napi::Value PatchImage(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    uint32_t id = 0;
    uint8_t* patch = nullptr;
    size_t bytes = 0;
    kw_image_error error = KW_IMAGE_ERROR_OK;
    if (!open(env) || !number_argument(env, info[0], &id, "id must be a number") ||
        !bytes_argument(env, info[1], &patch, &bytes, "patch must be a Uint8Array") ||
        !throw_unless_ok(env, loop_->patch(id, patch, bytes, &error))) {
      return env.Undefined();
    }
    return Napi::Number::New(env, error);
  }

  bool PortArguments(const Napi::CallbackInfo& info, uint32_t* id, uint32_t* port) {
    return open(info.Env()) && number_argument(info.Env(), info[0], id, "id must be a number") &&
           number_argument(info.Env(), info[1], port, "port must be a number");
  }

  /// lendBy(ways, leases, count) of a yard, before there are nodes: established connections are lent from now on.
  Napi::Value LendBy(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    LendingMaps maps;
    if (!open(env) || !fd_argument(env, info[0], &maps.ways, "ways must be a file descriptor") ||
        !fd_argument(env, info[1], &maps.leases, "leases must be a file descriptor") ||
        !number_argument(env, info[2], &maps.count, "count must be a number")) {
      return env.Undefined();
    }
    throw_unless_ok(env, loop_->lend_by(maps));
    return env.Undefined();
  }

  /// lent(): [connections that are lent now, frames that BPF programs carried so far]
  Napi::Value Lent(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    if (!open(env)) return env.Undefined();
    const auto [connections, frames] = loop_->catch_up();
    Napi::Array result = Napi::Array::New(env, 2);
    result.Set(0u, Napi::Number::New(env, connections));
    result.Set(1u, Napi::Number::New(env, static_cast<double>(frames)));
    return result;
  }

  /// attachTap(id, port, fd, headerBytes, offloads, cable): the shard owns the fd from now on, unless this throws.
  Napi::Value AttachTap(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    uint32_t id = 0, port = 0, cable = 0;
    Tap tap;
    if (!PortArguments(info, &id, &port) || !fd_argument(env, info[2], &tap.fd, "fd must be a file descriptor") ||
        !number_argument(env, info[3], &tap.header_bytes, "headerBytes must be a number") ||
        !number_argument(env, info[4], &tap.offloads, "offloads must be a number") ||
        !number_argument(env, info[5], &cable, "cable must be a number")) {
      return env.Undefined();
    }
    if (tap.fd < 0 || (tap.header_bytes != 0 && (tap.header_bytes < 10 || tap.header_bytes > kFrameLead))) {
      return wrong_argument(env, "not a TAP"), env.Undefined();
    }
    if (!throw_unless_ok(env, loop_->may_attach(id, port))) return env.Undefined();
    throw_unless_ok(env, loop_->attach(id, port, std::make_unique<TapDevice>(tap), cable));
    return env.Undefined();
  }

  /// attachMemory(id, port, offloads): frames come by put() and leave by take().
  Napi::Value AttachMemory(const Napi::CallbackInfo& info) {
    uint32_t id = 0, port = 0, offloads = 0;
    if (!PortArguments(info, &id, &port) ||
        !number_argument(info.Env(), info[2], &offloads, "offloads must be a number")) {
      return info.Env().Undefined();
    }
    auto device = std::make_unique<MemoryDevice>(offloads);
    MemoryDevice* memory = device.get();
    if (throw_unless_ok(info.Env(), loop_->attach(id, port, std::move(device)))) memory_[{id, port}] = memory;
    return info.Env().Undefined();
  }

  /// detach(id, port): closes the device.
  Napi::Value Detach(const Napi::CallbackInfo& info) {
    uint32_t id = 0, port = 0;
    if (!PortArguments(info, &id, &port)) return info.Env().Undefined();
    memory_.erase({id, port});
    throw_unless_ok(info.Env(), loop_->detach(id, port));
    return info.Env().Undefined();
  }

  MemoryDevice* Memory(const Napi::CallbackInfo& info) {
    uint32_t id = 0, port = 0;
    if (!PortArguments(info, &id, &port)) return nullptr;
    const auto found = memory_.find({id, port});
    if (found == memory_.end()) return wrong_argument(info.Env(), "no memory device at this port"), nullptr;
    return found->second;
  }

  /// put(id, port, bytes: Uint8Array, offload?: Uint32Array of needsChecksum, gsoType, gsoSize, headerLength,
  /// checksumStart, checksumOffset)
  Napi::Value Put(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    MemoryDevice* memory = Memory(info);
    uint8_t* bytes = nullptr;
    size_t size = 0;
    if (memory == nullptr || !bytes_argument(env, info[2], &bytes, &size, "bytes must be a Uint8Array")) {
      return env.Undefined();
    }
    StoredFrame stored{{}, std::vector<uint8_t>(bytes, bytes + size)};
    if (!info[3].IsUndefined()) {
      uint32_t* words = nullptr;
      size_t count = 0;
      if (!words_argument(env, info[3], &words, &count, "offload must be a Uint32Array") || count < kOffloadFields) {
        return env.Undefined();
      }
      take_offload(stored.meta, words);
    }
    memory->incoming.push_back(std::move(stored));
    return env.Undefined();
  }

  /// take(id, port): Uint8Array[] of the frames that left since the last call.
  Napi::Value Take(const Napi::CallbackInfo& info) {
    MemoryDevice* memory = Memory(info);
    if (memory == nullptr) return info.Env().Undefined();
    Napi::Array frames = Napi::Array::New(info.Env(), memory->outgoing.size());
    for (uint32_t i = 0; i < memory->outgoing.size(); i++) {
      const std::vector<uint8_t>& bytes = memory->outgoing[i].bytes;
      frames.Set(i, bytes_value(info.Env(), bytes, bytes.size()));
    }
    memory->outgoing.clear();
    return frames;
  }

  /// connectRing(direction: 'in' | 'out', shard, memory: Uint8Array, ringFd of the consumer)
  Napi::Value ConnectRing(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    std::string direction;
    uint32_t shard = 0;
    uint8_t* memory = nullptr;
    size_t bytes = 0;
    int fd = -1;
    if (!open(env) || !text_argument(env, info[0], &direction, "direction must be text") ||
        !number_argument(env, info[1], &shard, "shard must be a number") ||
        !bytes_argument(env, info[2], &memory, &bytes, "memory must be a Uint8Array") ||
        !fd_argument(env, info[3], &fd, "ringFd must be a file descriptor")) {
      return env.Undefined();
    }
    if (direction != "in" && direction != "out") {
      return wrong_argument(env, "direction must be in or out"), env.Undefined();
    }
    if (!Ring::fits(memory, bytes)) return wrong_argument(env, "memory of a ring is too small"), env.Undefined();
    auto ring = std::make_unique<Ring>(memory, bytes, fd);
    const Status status =
        direction == "in" ? loop_->connect_in(std::move(ring)) : loop_->connect_out(shard, std::move(ring));
    if (throw_unless_ok(env, status)) rings_.push_back(Napi::Persistent(info[2].As<Napi::Object>()));
    return env.Undefined();
  }

  /// run(sliceMs, idleMs): number of frames read
  Napi::Value Run(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    uint32_t slice = 0, idle = 0;
    if (!open(env) || !number_argument(env, info[0], &slice, "sliceMs must be a number") ||
        !number_argument(env, info[1], &idle, "idleMs must be a number")) {
      return env.Undefined();
    }
    return Napi::Number::New(env, loop_->run(slice * kMillisecond, idle * kMillisecond));
  }

  /// The node of the first argument; null with an exception thrown.
  const Node* Asked(const Napi::CallbackInfo& info) {
    uint32_t id = 0;
    if (!open(info.Env()) || !number_argument(info.Env(), info[0], &id, "id must be a number")) return nullptr;
    const Node* node = loop_->node(id);
    if (node == nullptr) throw_unless_ok(info.Env(), Status::failed(ENOENT, "no such node"));
    return node;
  }

  /// Rows as a Uint8Array. `fill` writes at most `most` of them and returns how many.
  template <typename Row, typename Fill>
  static Napi::Value Rows(Napi::Env env, size_t most, Fill fill) {
    std::vector<Row> rows(most);
    return bytes_value(env, rows, fill(rows.data()));
  }

  /// flows(id): Uint8Array of FlowRow
  Napi::Value Flows(const Napi::CallbackInfo& info) {
    const Node* node = Asked(info);
    if (node == nullptr) return info.Env().Undefined();
    loop_->catch_up();
    const size_t most = node->flow_count();
    return Rows<kw_flow_row>(info.Env(), most, [&](kw_flow_row* to) { return node->flows(to, most, monotonic_ns()); });
  }

  /// affinities(id): Uint8Array of AffinityRow
  Napi::Value Affinities(const Napi::CallbackInfo& info) {
    const Node* node = Asked(info);
    if (node == nullptr) return info.Env().Undefined();
    constexpr size_t most = KW_AFFINITY_SETS * KW_AFFINITY_WAYS;
    return Rows<kw_affinity_row>(info.Env(), most, [&](kw_affinity_row* to) { return node->affinities(to, most); });
  }

  /// losses(id): Uint8Array of LossRow
  Napi::Value Losses(const Napi::CallbackInfo& info) {
    const Node* node = Asked(info);
    if (node == nullptr) return info.Env().Undefined();
    constexpr size_t most = KW_COUNTER_REASONS;
    return Rows<kw_loss_row>(info.Env(), most, [&](kw_loss_row* to) { return node->losses(to, most); });
  }

  /// trace(reader, memory: Uint8Array | null): tells a reader what becomes of every frame, or no longer.
  Napi::Value Trace(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    uint32_t reader = 0;
    if (!open(env) || !number_argument(env, info[0], &reader, "reader must be a number")) return env.Undefined();
    if (reader >= Loop::kReaders) return wrong_argument(env, "no such reader"), env.Undefined();
    uint8_t* memory = nullptr;
    size_t bytes = 0;
    const bool ends = info[1].IsNull();
    if (!ends && !bytes_argument(env, info[1], &memory, &bytes, "memory must be a Uint8Array")) return env.Undefined();
    if (!ends && !kubewire::Trace::fits(memory, bytes)) {
      return wrong_argument(env, "memory of a trace is too small"), env.Undefined();
    }
    loop_->tell(reader, ends ? nullptr : std::make_unique<kubewire::Trace>(memory, bytes));
    traced_[reader] = ends ? Napi::ObjectReference() : Napi::Persistent(info[1].As<Napi::Object>());
    return env.Undefined();
  }

  /// save(id): everything that decides about later frames of a node, for NodeEngine.restore; empty before its first image.
  Napi::Value Save(const Napi::CallbackInfo& info) {
    const Node* node = Asked(info);
    if (node == nullptr) return info.Env().Undefined();
    const std::vector<uint8_t> state = node->save();
    return bytes_value(info.Env(), state, state.size());
  }

  /// link(rows: of LinkRow, ends: of LinkEndRow, samples: of int16, cells: BigUint64Array): links that misbehave.
  Napi::Value Link(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    Links::Rows links;
    uint64_t* cells = nullptr;
    size_t cell_count = 0;
    if (!open(env) || !rows_argument(env, info[0], &links.links, "rows must be a Uint8Array") ||
        !rows_argument(env, info[1], &links.ends, "ends must be a Uint8Array") ||
        !rows_argument(env, info[2], &links.samples, "samples must be a Uint8Array") ||
        !cells_argument(env, info[3], &cells, &cell_count, "cells must be a BigUint64Array")) {
      return env.Undefined();
    }
    if (cell_count < links.links.size() * KW_LINK_CELL_CELLS)
      return wrong_argument(env, "cells is too short"), env.Undefined();
    if (!throw_unless_ok(env, loop_->link(std::move(links), cells))) return env.Undefined();
    linked_ = Napi::Persistent(info[3].As<Napi::Object>());
    return env.Undefined();
  }

  /// close(): closes every device.
  Napi::Value Close(const Napi::CallbackInfo& info) {
    End();
    counters_.clear();
    rings_.clear();
    gate_.Reset();
    for (Napi::ObjectReference& traced : traced_) traced.Reset();
    linked_.Reset();
    return info.Env().Undefined();
  }

  /// Typed arrays whose memory a node uses, so that they are not garbage-collected.
  std::map<uint32_t, Napi::ObjectReference> counters_;
  std::vector<Napi::ObjectReference> rings_;
  std::map<std::pair<uint32_t, uint32_t>, MemoryDevice*> memory_;
  Napi::ObjectReference gate_, linked_;
  std::array<Napi::ObjectReference, Loop::kReaders> traced_;
  /// The last member, so that it is destroyed first, while the memory it points into is still held.
  std::unique_ptr<Loop> loop_;
};

}  // namespace

Napi::Object InitShard(Napi::Env env, Napi::Object exports) {
  exports.Set("Shard", Shard::Define(env));
  return exports;
}

}  // namespace kubewire
