// pipeline_test.cc - whole frames through a Node with the world of world.ts: what leaves, by which name, and what is remembered.
#include <algorithm>
#include <cstring>

#include "engine/node.h"
#include "frames.h"
#include "harness.h"

namespace {

using frames::Bytes;
using frames::Packet;

constexpr uint64_t kSecond = 1000000000ull;
enum { HOST, UPLINK, POD_A, POD_B };

struct Sent {
  kw_decision decision;
  Bytes bytes;
};

/// A node with its image and a clock; frames run in a buffer of exactly the room that the contract asks for.
class World {
 public:
  explicit World(const char* name = "world.kwim", uint32_t capacity = 64)
      : image_(harness::fixture(name)), words_(image_.size() / 8 + 1), counters(KW_COUNTER_CELLS),
        node(7, capacity, counters.data()) {
    load();
  }

  void load() {
    std::memcpy(words_.data(), image_.data(), image_.size());
    CHECK_EQ(node.load(reinterpret_cast<const uint8_t*>(words_.data()), image_.size(), now), KW_IMAGE_ERROR_OK);
  }

  /// Another address for the endpoints with this address and port in the image that the next load takes.
  void move_endpoint(const char* from, uint16_t port, const char* to) {
    Bytes wanted = frames::mapped(from);
    wanted.insert(wanted.end(), {static_cast<uint8_t>(port >> 8), static_cast<uint8_t>(port)});
    auto at = std::search(image_.begin(), image_.end(), wanted.begin(), wanted.end());
    CHECK(at != image_.end());
    const Bytes other = frames::mapped(to);
    if (at != image_.end()) std::copy(other.begin(), other.end(), at);
  }

  Sent send(uint32_t port, const Bytes& bytes, const kw_frame& offload = {}) {
    std::vector<uint8_t> buffer(std::max<size_t>(bytes.size(), kubewire::kFrameCapacityMinimum));
    std::memcpy(buffer.data(), bytes.data(), bytes.size());
    kubewire::Frame frame = offload;
    frame.data = buffer.data();
    frame.length = static_cast<uint32_t>(bytes.size());
    frame.capacity = static_cast<uint32_t>(buffer.size());
    frame.port = port;
    Sent sent{};
    node.process(frame, now, sent.decision);
    sent.bytes.assign(frame.data, frame.data + (sent.decision.verdict == KW_VERDICT_DROP ? 0 : frame.length));
    return sent;
  }

  std::vector<kw_flow_row> flows() const {
    std::vector<kw_flow_row> rows(node.flow_count());
    rows.resize(node.flows(rows.data(), rows.size(), now));
    return rows;
  }

 private:
  Bytes image_;
  std::vector<uint64_t> words_;

 public:
  uint64_t now = 5 * kSecond;
  std::vector<uint64_t> counters;
  kubewire::Node node;
};

bool is_from(const Sent& sent, const char* address) { return frames::source_of(sent.bytes) == frames::mapped(address); }
bool is_to(const Sent& sent, const char* address) {
  return frames::destination_of(sent.bytes) == frames::mapped(address);
}
uint16_t source_port(const Sent& sent) { return frames::be16(sent.bytes, frames::l4_of(sent.bytes)); }
uint16_t destination_port(const Sent& sent) { return frames::be16(sent.bytes, frames::l4_of(sent.bytes) + 2); }

TEST("no image: NO_TABLES; a port that the image lacks: the same") {
  std::vector<uint64_t> counters(KW_COUNTER_CELLS);
  kubewire::Node node(1, 8, counters.data());
  Bytes bytes = frames::make({"10.0.0.1", "10.0.0.2"});
  kubewire::Frame frame{};
  frame.data = bytes.data();
  frame.length = frame.capacity = static_cast<uint32_t>(bytes.size());
  kw_decision decision;
  node.process(frame, 1, decision);
  CHECK_EQ(decision.reason, KW_REASON_NO_TABLES);
  World world;
  CHECK_EQ(world.send(99, bytes).decision.reason, KW_REASON_NO_TABLES);
  CHECK_EQ(counters[KW_REASON_NO_TABLES], 1);
}

TEST("a cluster IP: rewritten there, and back on the way home") {
  World world;
  const Sent out = world.send(POD_B, frames::make({"10.244.1.6", "10.96.0.53", 17, 4444, 53}));
  CHECK_EQ(out.decision.verdict, KW_VERDICT_FORWARD);
  CHECK_EQ(out.decision.reason, KW_REASON_SERVICE);
  CHECK_EQ(out.decision.state, KW_FLOW_STATE_NEW);
  CHECK_EQ(out.decision.masquerade, KW_MASQUERADE_REASON_HAIRPIN);
  CHECK_EQ(out.decision.out_port, POD_B);
  CHECK(is_from(out, "192.168.0.11") && is_to(out, "10.244.1.6"));
  CHECK_EQ(destination_port(out), 5353);
  CHECK(frames::sound(out.bytes));
  CHECK_EQ(out.bytes[14 + 8], 63);
  const Sent home = world.send(POD_B, frames::make({"10.244.1.6", "192.168.0.11", 17, 5353, source_port(out)}));
  CHECK_EQ(home.decision.reason, KW_REASON_ESTABLISHED);
  CHECK_EQ(home.decision.state, KW_FLOW_STATE_REPLY);
  CHECK(is_from(home, "10.96.0.53") && is_to(home, "10.244.1.6"));
  CHECK_EQ(source_port(home), 53);
  CHECK_EQ(destination_port(home), 4444);
  CHECK(frames::sound(home.bytes));
  CHECK_EQ(world.flows().size(), 1);
  CHECK_EQ(world.flows()[0].packets, 2);
  CHECK_EQ(world.flows()[0].remaining_ms, 30000);
}

TEST("IPv6: the same Service in both families, each with its own flow") {
  World world;
  const Sent out = world.send(POD_B, frames::make({"fd00:10:244:1::6", "fd00:10:96::a", 17, 5000, 80}));
  CHECK_EQ(out.decision.reason, KW_REASON_SERVICE);
  CHECK_EQ(out.decision.out_port, POD_A);
  CHECK(is_to(out, "fd00:10:244:1::5"));
  CHECK_EQ(destination_port(out), 8080);
  CHECK(frames::sound(out.bytes));
  const Sent home = world.send(POD_A, frames::make({"fd00:10:244:1::5", "fd00:10:244:1::6", 17, 8080, 5000}));
  CHECK(is_from(home, "fd00:10:96::a"));
  CHECK(frames::sound(home.bytes));
}

TEST("a NodePort from outside is masqueraded; the load balancer's source ranges are judged") {
  World world;
  const Sent out = world.send(UPLINK, frames::make({"203.0.113.10", "192.168.0.11", 6, 1234, 30080}));
  CHECK_EQ(out.decision.masquerade, KW_MASQUERADE_REASON_EXTERNAL_CLUSTER);
  CHECK(is_from(out, "192.168.0.11"));
  CHECK(frames::sound(out.bytes));
  CHECK_EQ(world.send(UPLINK, frames::make({"198.51.100.1", "192.168.0.240"})).decision.reason, KW_REASON_SOURCE_RANGE);
  CHECK_EQ(world.send(UPLINK, frames::make({"203.0.113.9", "192.168.0.240"})).decision.reason, KW_REASON_SERVICE);
}

TEST("no endpoints and wrong ports are rejected with an ICMP error from the node, to the host from whom it asked") {
  World world;
  const Sent none = world.send(POD_A, frames::make({"10.244.1.5", "10.96.0.11", 6, 1, 81}));
  CHECK_EQ(none.decision.verdict, KW_VERDICT_REPLY);
  CHECK_EQ(none.decision.reason, KW_REASON_NO_ENDPOINTS);
  CHECK_EQ(none.bytes[34], 3);
  CHECK_EQ(none.bytes[35], 3);
  CHECK(is_from(none, "192.168.0.11") && is_to(none, "10.244.1.5"));
  CHECK(frames::sound(none.bytes));
  const Sent wrong = world.send(HOST, frames::make({"fd00:192:168::11", "fd00:10:96::a", 6, 1, 81}));
  CHECK_EQ(wrong.decision.reason, KW_REASON_UNKNOWN_SERVICE_PORT);
  CHECK(is_from(wrong, "fd00:10:96::a"));
  CHECK(frames::sound(wrong.bytes));
  CHECK_EQ(world.flows().size(), 0);
}

TEST("an answer that does not fit the buffer is a silent drop") {
  World world;
  Bytes bytes = frames::make({"10.244.1.5", "10.96.0.11", 6, 1, 81});
  kubewire::Frame frame{};
  frame.data = bytes.data();
  frame.length = frame.capacity = static_cast<uint32_t>(bytes.size());
  frame.port = POD_A;
  kw_decision decision;
  world.node.process(frame, world.now, decision);
  CHECK_EQ(decision.verdict, KW_VERDICT_DROP);
  CHECK_EQ(decision.reason, KW_REASON_REJECTED_SILENT);
}

TEST("TTL: expired is answered and nothing is remembered") {
  World world;
  Packet packet{"10.244.1.5", "10.96.0.10"};
  packet.ttl = 1;
  const Sent sent = world.send(POD_A, frames::make(packet));
  CHECK_EQ(sent.decision.reason, KW_REASON_TTL_EXPIRED);
  CHECK_EQ(sent.bytes[34], 11);
  CHECK(is_from(sent, "10.96.0.10"));
  CHECK_EQ(world.node.flow_count(), 0);
}

TEST("too big: fragmentation needed with DF, silence without, and GSO counts its segments") {
  World world;
  Packet packet{"10.244.1.5", "203.0.113.10"};
  packet.payload = 2000;
  const Bytes big = frames::make(packet);
  const Sent sent = world.send(POD_A, big);
  CHECK_EQ(sent.decision.reason, KW_REASON_TOO_BIG);
  CHECK_EQ(frames::be16(sent.bytes, 34 + 6), 1500);
  CHECK(is_from(sent, "192.168.0.11"));
  kw_frame offload = {};
  offload.gso_type = 1;
  offload.gso_size = 1460;
  CHECK_EQ(world.send(POD_A, big, offload).decision.reason, KW_REASON_FORWARDED);
  offload.gso_size = 1461;
  packet.source_port++;
  CHECK_EQ(world.send(POD_A, frames::make(packet), offload).decision.reason, KW_REASON_TOO_BIG);
  packet.dont_fragment = false;
  CHECK_EQ(world.send(POD_A, frames::make(packet)).decision.reason, KW_REASON_TOO_BIG_SILENT);
}

TEST("ARP and neighbour solicitation are answered with the node's MAC") {
  World world;
  Bytes arp = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2,    0,  0,   0, 0, 0xc1, 8, 6, 0, 1, 8, 0,   6,   4, 0,
               1,    2,    0,    0,    0,    0,    0xc1, 10, 244, 1, 5, 0,    0, 0, 0, 0, 0, 169, 254, 1, 1};
  const Sent answer = world.send(POD_A, arp);
  CHECK_EQ(answer.decision.reason, KW_REASON_ARP_REPLY);
  CHECK_EQ(answer.bytes.size(), 42);
  CHECK_EQ(answer.bytes[21], 2);
  CHECK_EQ(answer.bytes[27], 1);  // 02:00:00:00:00:01
  CHECK_EQ(world.send(UPLINK, arp).decision.reason, KW_REASON_ARP_IGNORED);
  Bytes body = {0, 0, 0, 0};
  const Bytes target = frames::address("fe80::1");
  body.insert(body.end(), target.begin(), target.end());
  Bytes solicitation = frames::make_icmp("fe80::5", "ff02::1:ff00:1", 135, 0, body);
  solicitation[14 + 7] = 255;
  const Sent advertisement = world.send(POD_A, solicitation);
  CHECK_EQ(advertisement.decision.reason, KW_REASON_NEIGHBOUR_ADVERTISEMENT);
  CHECK_EQ(advertisement.bytes.size(), 86);
  CHECK(is_from(advertisement, "fe80::1") && is_to(advertisement, "fe80::5"));
  CHECK(frames::sound(advertisement.bytes));
}

TEST("an ICMP error about a rewritten packet is translated outside and inside") {
  World world;
  const Sent out = world.send(POD_B, frames::make({"10.244.1.6", "10.96.0.12", 6, 777, 82}));
  CHECK_EQ(out.decision.reason, KW_REASON_SERVICE);
  Bytes body = {0, 0, 5, 0};
  body.insert(body.end(), out.bytes.begin() + 14, out.bytes.begin() + 14 + 28);
  const Sent error = world.send(UPLINK, frames::make_icmp("192.168.0.12", "10.244.1.6", 3, 4, body));
  CHECK_EQ(error.decision.reason, KW_REASON_RELATED);
  CHECK_EQ(error.decision.state, KW_FLOW_STATE_RELATED);
  CHECK(is_from(error, "10.96.0.12") && is_to(error, "10.244.1.6"));
  CHECK(frames::sound(error.bytes));
  const Bytes quoted(error.bytes.begin() + 28,
                     error.bytes.end());  // as if its IP header stood behind an Ethernet header
  CHECK(frames::destination_of(quoted) == frames::mapped("10.96.0.12"));
  CHECK_EQ(frames::be16(quoted, 36), 82);
  CHECK_EQ(frames::ones_sum(&quoted[14], 20), 0xffff);
}

TEST("INVALID passes untouched; a rule against it stops what is forwarded, not what stays here") {
  const Bytes quoted = frames::make({"10.244.1.6", "10.244.2.7", 17, 777, 9});
  Bytes body(4);
  body.insert(body.end(), quoted.begin() + 14, quoted.end());
  const Bytes unmatched = frames::make_icmp("192.168.0.12", "10.244.1.6", 3, 3, body);
  Bytes broken = unmatched;
  broken[37] ^= 1;
  const Bytes solicitation = frames::make_icmp("10.244.2.7", "10.244.1.6", 10, 0, Bytes(20));
  const Bytes solicitation_here = frames::make_icmp("10.244.2.7", "192.168.0.11", 10, 0, Bytes(20));
  World open, closed("iptables.kwim");
  const std::pair<const Bytes&, uint32_t> rows[] = {{unmatched, KW_REASON_ICMP_ERROR_UNMATCHED},
                                                    {broken, KW_REASON_BAD_ICMP_CHECKSUM},
                                                    {solicitation, KW_REASON_INVALID_STATE}};
  for (const auto& [frame, reason] : rows) {
    const Sent passed = open.send(UPLINK, frame);
    CHECK_EQ(passed.decision.reason, KW_REASON_FORWARDED);
    CHECK_EQ(passed.decision.state, KW_FLOW_STATE_UNTRACKED);
    CHECK(std::equal(frame.begin() + 26, frame.end(), passed.bytes.begin() + 26));  // all behind the header checksum
    const Sent refused = closed.send(UPLINK, frame);
    CHECK_EQ(refused.decision.reason, reason);
    CHECK_EQ(refused.decision.state, KW_FLOW_STATE_INVALID);
  }
  CHECK_EQ(closed.send(UPLINK, solicitation_here).decision.reason, KW_REASON_LOCAL_DELIVERY);
  CHECK_EQ(open.flows().size() + closed.flows().size(), 0);
}

TEST("affinity lasts as long as it says, to the nanosecond, and a script of draws is followed") {
  World world;
  const uint32_t draws[] = {0x80000000u, 0, 0xffffffffu};
  world.node.script_random(draws, 3);
  auto ask = [&](uint16_t port) { return world.send(POD_B, frames::make({"10.244.1.6", "10.96.0.12", 6, port, 82})); };
  const uint32_t first = ask(1).decision.backend;
  world.now += 10 * kSecond;
  const Sent again = ask(2);
  CHECK_EQ(again.decision.backend, first);
  CHECK(again.decision.flags & KW_DECISION_FLAG_AFFINITY);
  world.now += 10 * kSecond + 1;
  CHECK(!(ask(3).decision.flags & KW_DECISION_FLAG_AFFINITY));
}

TEST("a full table drops the oldest flow that is not ASSURED, and refuses when all are") {
  World world("world.kwim", 8);
  auto datagram = [&](uint16_t port) {
    return world.send(POD_A, frames::make({"10.244.1.5", "203.0.113.10", 17, port, 9})).decision.reason;
  };
  auto reply = [&](uint16_t port) {
    return world.send(UPLINK, frames::make({"203.0.113.10", "10.244.1.5", 17, 9, port})).decision.state;
  };
  for (uint16_t port = 1; port <= 8; port++) CHECK_EQ(datagram(port), KW_REASON_FORWARDED);
  // A flow is ASSURED once it was answered and went on for more than two seconds.
  auto converse = [&](uint16_t port) {
    CHECK_EQ(reply(port), KW_FLOW_STATE_REPLY);
    CHECK_EQ(datagram(port), KW_REASON_ESTABLISHED);
  };
  world.now += 3 * kSecond;
  converse(1);
  CHECK_EQ(datagram(100), KW_REASON_FORWARDED);  // pushes out 2: 1 is ASSURED
  CHECK_EQ(world.node.flow_count(), 8);
  world.now += 3 * kSecond;
  for (uint16_t port = 3; port <= 8; port++) converse(port);
  converse(100);
  CHECK_EQ(datagram(200), KW_REASON_FLOW_TABLE_FULL);
  world.now += 121 * kSecond;
  world.node.sweep(world.now, 4);
  CHECK_EQ(world.node.flow_count(), 4);
  world.node.sweep(world.now, 4);
  CHECK_EQ(world.node.flow_count(), 0);
  CHECK_EQ(datagram(200), KW_REASON_FORWARDED);
}

TEST("many flows come and go and are found again: the index heals behind every removal") {
  World world("world.kwim", 4096);
  harness::Dice dice(9);
  for (int round = 0; round < 20000; round++) {
    const uint16_t port = static_cast<uint16_t>(1 + dice.below(6000));
    const Packet packet{"10.244.1.5", "203.0.113.10", 17, port, 9};
    CHECK_EQ(world.send(POD_A, frames::make(packet)).decision.verdict, KW_VERDICT_FORWARD);
    CHECK_EQ(world.send(POD_A, frames::make(packet)).decision.state, KW_FLOW_STATE_ORIGINAL);
    world.now += kSecond / 100;
    if (dice.below(50) == 0) world.node.sweep(world.now, 300);
  }
  CHECK(world.node.flow_count() <= 4096);
}

TEST("stale UDP flows go when an image is taken, served ones stay") {
  World world;
  auto ask = [&](const char* to, uint16_t port) { world.send(POD_A, frames::make({"10.244.1.5", to, 17, port, 53})); };
  ask("10.96.0.53", 4444);
  ask("203.0.113.10", 4444);
  world.load();
  CHECK_EQ(world.node.flow_count(), 2);
  world.move_endpoint("10.244.1.6", 5353, "10.244.1.7");
  world.load();
  CHECK_EQ(world.node.flow_count(), 1);
  CHECK_EQ(world.flows()[0].service_id, KW_NONE);
}

TEST("a router spreads by hash, the same way for every packet, and forwards the rest untracked") {
  World world("router.kwim");
  const Sent first = world.send(2, frames::make({"203.0.113.10", "192.168.0.240", 6, 1000, 80}));
  CHECK_EQ(first.decision.reason, KW_REASON_SPREAD);
  CHECK_EQ(first.decision.next_hop, first.decision.backend + 1);
  CHECK(is_to(first, "192.168.0.240"));
  Packet ack{"203.0.113.10", "192.168.0.240", 6, 1000, 80};
  ack.tcp_flags = 0x02;
  const Sent second = world.send(2, frames::make(ack));
  CHECK_EQ(second.decision.reason, KW_REASON_ESTABLISHED);
  CHECK_EQ(second.decision.next_hop, first.decision.next_hop);
  uint32_t hops = 0;
  for (uint16_t port = 2000; port < 2064; port++) {
    hops |= 1u << world.send(2, frames::make({"203.0.113.10", "192.168.0.240", 6, port, 80})).decision.next_hop;
  }
  CHECK_EQ(hops, 6);
  const Sent through = world.send(0, frames::make({"192.168.0.11", "192.168.0.12"}));
  CHECK_EQ(through.decision.reason, KW_REASON_FORWARDED);
  CHECK_EQ(through.decision.state, KW_FLOW_STATE_UNTRACKED);
}

TEST("a GSO frame of 64 KiB with total length 0 is one frame") {
  World world;
  Packet packet{"10.244.1.5", "10.96.0.12", 6, 4000, 82};
  packet.payload = 65536 - 40;
  Bytes bytes = frames::make(packet);
  bytes[16] = bytes[17] = 0;
  bytes[24] = bytes[25] = 0;
  const uint16_t sum = static_cast<uint16_t>(~frames::ones_sum(&bytes[14], 20));
  bytes[24] = static_cast<uint8_t>(sum >> 8);
  bytes[25] = static_cast<uint8_t>(sum);
  kw_frame offload = {};
  offload.gso_type = 1;
  offload.gso_size = 1400;
  offload.needs_checksum = 1;
  const Sent sent = world.send(POD_A, bytes, offload);
  CHECK_EQ(sent.decision.reason, KW_REASON_SERVICE);
  CHECK_EQ(sent.bytes.size(), bytes.size());
  CHECK_EQ(world.flows()[0].bytes, 65536);
}

}  // namespace
