// conntrack_test.cc - cells of the TCP state table, timeouts, and what makes a flow ASSURED.
#include "core/conntrack.h"

#include <utility>
#include <vector>

#include "harness.h"

namespace {

enum { NO, SS, SR, ES, FW, CW, LA, TW, CL, S2, IG, IV };
enum { ORIGINAL, REPLY };
constexpr uint32_t kStates = 10;

kw_node_row nodeRow() {
  kw_node_row node{};
  node.tcp_established_seconds = 86400;
  node.tcp_close_wait_seconds = 3600;
  node.udp_seconds = 30;
  node.udp_stream_seconds = 120;
  return node;
}

const kw_node_row kNode = nodeRow();

TEST("the three-way handshake, a close from either side, and the last ACK") {
  CHECK_EQ(kw_tcp_next(ORIGINAL, KW_TCP_INDEX_SYN, NO), SS);
  CHECK_EQ(kw_tcp_next(REPLY, KW_TCP_INDEX_SYNACK, SS), SR);
  CHECK_EQ(kw_tcp_next(ORIGINAL, KW_TCP_INDEX_ACK, SR), ES);
  CHECK_EQ(kw_tcp_next(REPLY, KW_TCP_INDEX_FIN, ES), FW);
  CHECK_EQ(kw_tcp_next(ORIGINAL, KW_TCP_INDEX_ACK, FW), CW);
  CHECK_EQ(kw_tcp_next(ORIGINAL, KW_TCP_INDEX_FIN, CW), LA);
  CHECK_EQ(kw_tcp_next(REPLY, KW_TCP_INDEX_ACK, LA), TW);
}

TEST("simultaneous open") {
  CHECK_EQ(kw_tcp_next(REPLY, KW_TCP_INDEX_SYN, SS), S2);
  CHECK_EQ(kw_tcp_next(ORIGINAL, KW_TCP_INDEX_SYNACK, S2), SR);
  CHECK_EQ(kw_tcp_next(REPLY, KW_TCP_INDEX_SYNACK, S2), SR);
}

TEST("loose pick-up by an ACK, and nothing else but SYN begins") {
  CHECK_EQ(kw_tcp_next(ORIGINAL, KW_TCP_INDEX_ACK, NO), ES);
  CHECK_EQ(kw_tcp_next(ORIGINAL, KW_TCP_INDEX_SYNACK, NO), IV);
  CHECK_EQ(kw_tcp_next(ORIGINAL, KW_TCP_INDEX_FIN, NO), IV);
  CHECK_EQ(kw_tcp_next(ORIGINAL, KW_TCP_INDEX_RST, NO), IV);
  for (uint32_t index = 0; index < 6; index++) CHECK_EQ(kw_tcp_next(REPLY, index, NO), IV);
}

TEST("RST closes from everywhere but NONE; no flags are invalid everywhere") {
  for (uint32_t direction = 0; direction < 2; direction++) {
    for (uint32_t state = 1; state < kStates; state++) CHECK_EQ(kw_tcp_next(direction, KW_TCP_INDEX_RST, state), CL);
    for (uint32_t state = 0; state < kStates; state++) CHECK_EQ(kw_tcp_next(direction, KW_TCP_INDEX_NONE, state), IV);
  }
}

TEST("a SYN in the middle is ignored; in TIME_WAIT and CLOSE it reopens") {
  for (const uint32_t state : {SR, ES, FW, CW, LA}) CHECK_EQ(kw_tcp_next(ORIGINAL, KW_TCP_INDEX_SYN, state), IG);
  CHECK_EQ(kw_tcp_next(ORIGINAL, KW_TCP_INDEX_SYN, TW), SS);
  CHECK_EQ(kw_tcp_next(ORIGINAL, KW_TCP_INDEX_SYN, CL), SS);
  CHECK_EQ(kw_tcp_next(REPLY, KW_TCP_INDEX_SYN, TW), SS);
  CHECK_EQ(kw_tcp_next(REPLY, KW_TCP_INDEX_SYN, CL), IV);
  for (const uint32_t state : {SR, ES, FW, CW, LA, TW, CL})
    CHECK_EQ(kw_tcp_next(REPLY, KW_TCP_INDEX_SYNACK, state), IG);
}

TEST("an ACK of the client before the SYN-ACK is invalid, of the server ignored") {
  CHECK_EQ(kw_tcp_next(ORIGINAL, KW_TCP_INDEX_ACK, SS), IV);
  CHECK_EQ(kw_tcp_next(REPLY, KW_TCP_INDEX_ACK, SS), IG);
  CHECK_EQ(kw_tcp_next(REPLY, KW_TCP_INDEX_ACK, S2), IG);
  CHECK_EQ(kw_tcp_next(REPLY, KW_TCP_INDEX_ACK, SR), SR);
}

TEST("which column: RST before SYN before FIN before ACK") {
  CHECK_EQ(kw_tcp_index_of(0x04 | 0x02 | 0x10), KW_TCP_INDEX_RST);
  CHECK_EQ(kw_tcp_index_of(0x02 | 0x10 | 0x01), KW_TCP_INDEX_SYNACK);
  CHECK_EQ(kw_tcp_index_of(0x02 | 0x40), KW_TCP_INDEX_SYN);
  CHECK_EQ(kw_tcp_index_of(0x01 | 0x10), KW_TCP_INDEX_FIN);
  CHECK_EQ(kw_tcp_index_of(0x10 | 0x08), KW_TCP_INDEX_ACK);
  CHECK_EQ(kw_tcp_index_of(0x28), KW_TCP_INDEX_NONE);
}

TEST("timeouts of every TCP and SCTP state") {
  const uint32_t tcp[] = {0, 120, 60, 86400, 120, 3600, 30, 120, 10, 120};
  for (uint8_t state = 1; state < kStates; state++) CHECK_EQ(kw_tcp_timeout(&kNode, state), tcp[state]);
  const uint32_t sctp[] = {0, 10, 3, 3, 210, 3, 3, 3, 30};
  for (uint8_t state = 1; state < 9; state++) CHECK_EQ(kw_sctp_timeout(state), sctp[state]);
}

/// A packet of a protocol without states, one way or the other.
void pass(kw_flow* flow, uint32_t direction, uint64_t now) {
  kw_packet packet{};
  packet.ip_length = 60;
  CHECK_EQ(kw_track_follow(&kNode, flow, direction, &packet, now), KW_TRACK_ACCEPT);
}

kw_flow begun(uint8_t protocol, bool v4) {
  kw_flow flow{};
  kw_packet packet{};
  kw_beginning beginning{};
  packet.ip_length = 60;
  flow.original.protocol = protocol;
  if (protocol == (v4 ? KW_PROTOCOL_ICMP : KW_PROTOCOL_ICMPV6)) flow.original.query = KW_ICMP_ECHO;
  if (v4) flow.original.source[10] = flow.original.source[11] = 0xff;
  kw_track_begin(&kNode, &flow, &packet, &beginning, 0);
  return flow;
}

TEST("a UDP flow lives 30 s until it went both ways for more than two seconds, then 120 s and ASSURED") {
  kw_flow flow = begun(17, true);
  CHECK_EQ(flow.expiry, 30 * KW_SECOND_NS);
  pass(&flow, REPLY, 5 * KW_SECOND_NS);
  CHECK_EQ(flow.expiry, 35 * KW_SECOND_NS);
  CHECK_EQ(flow.flags, KW_FLOW_FLAG_SEEN_REPLY);
  pass(&flow, REPLY, 6 * KW_SECOND_NS);
  CHECK_EQ(flow.expiry, 126 * KW_SECOND_NS);
  CHECK_EQ(flow.flags, KW_FLOW_FLAG_SEEN_REPLY | KW_FLOW_FLAG_ASSURED);
  CHECK_EQ(flow.packets, 3);
  CHECK_EQ(flow.bytes, 180);
  kw_flow brief = begun(17, true);
  pass(&brief, REPLY, KW_SECOND_NS);
  pass(&brief, ORIGINAL, 2 * KW_SECOND_NS);
  CHECK_EQ(brief.flags, KW_FLOW_FLAG_SEEN_REPLY);
}

TEST("GRE lives 30 s, answered 180 s; an ICMP query of its own family 30 s, all else 600 s and never ASSURED") {
  kw_flow gre = begun(47, true);
  CHECK_EQ(gre.expiry, 30 * KW_SECOND_NS);
  pass(&gre, REPLY, 0);
  pass(&gre, ORIGINAL, 0);
  CHECK_EQ(gre.expiry, 180 * KW_SECOND_NS);
  CHECK(!kw_flow_may_go(&gre));
  kw_flow echo = begun(1, true);
  pass(&echo, REPLY, 0);
  pass(&echo, ORIGINAL, 0);
  CHECK_EQ(echo.expiry, 30 * KW_SECOND_NS);
  CHECK(kw_flow_may_go(&echo));
  // ICMPv6 inside IPv4 is just another protocol.
  CHECK_EQ(begun(58, true).expiry, 600 * KW_SECOND_NS);
  CHECK_EQ(begun(58, false).expiry, 30 * KW_SECOND_NS);
  CHECK_EQ(begun(99, true).expiry, 600 * KW_SECOND_NS);
}

TEST("an ICMP answer is the reverse of its question, and only of that") {
  const std::vector<std::pair<int, int>> pairs4{{8, 0}, {13, 14}, {15, 16}, {17, 18}}, pairs6{{128, 129}, {139, 140}};
  for (const int v4 : {0, 1}) {
    uint32_t queries = 0;
    for (const auto& [question, answer] : v4 ? pairs4 : pairs6) {
      kw_tuple asked{}, answered{}, reversed;
      kw_tuple_set_query(&asked, 7, 0, 1, kw_icmp_query_of(static_cast<uint8_t>(question), v4), 3);
      kw_tuple_set_query(&answered, 0, 7, 1, kw_icmp_query_of(static_cast<uint8_t>(answer), v4), 3);
      kw_tuple_reverse(&reversed, &asked);
      CHECK(kw_tuple_equal(&reversed, &answered));
      kw_tuple_reverse(&reversed, &answered);
      CHECK(kw_tuple_equal(&reversed, &asked));
      CHECK_EQ(kw_icmp_question_type(answered.query, v4), question);
      queries += 2;
    }
    for (int type = 0; type < 256; type++) queries -= kw_icmp_query_of(static_cast<uint8_t>(type), v4) != 0;
    CHECK_EQ(queries, 0);
  }
}

TEST("flags that a TCP never sends together are told") {
  for (const uint8_t flags : {0x02, 0x22, 0x12, 0x04, 0x14, 0x11, 0x31, 0x10, 0x30, 0x18, 0xd2}) {
    CHECK(kw_tcp_flags_valid(flags));
  }
  for (const uint8_t flags : {0x00, 0x01, 0x03, 0x06, 0x24, 0x34, 0x13, 0x32, 0x15, 0x20, 0x08}) {
    CHECK(!kw_tcp_flags_valid(flags));
  }
}

}  // namespace
