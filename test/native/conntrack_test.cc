// conntrack_test.cc - cells of the TCP state table, timeouts, and what makes a flow ASSURED.
#include "core/conntrack.h"

#include "harness.h"

namespace {

enum { NO, SS, SR, ES, FW, CW, LA, TW, CL, S2, IG, IV };
enum { ORIGINAL, REPLY };
constexpr uint32_t kStates = 10;

TEST("the three-way handshake, a close from either side, and the last ACK") {
  CHECK_EQ(kw_tcp_next(ORIGINAL, KW_TCP_SYN, NO), SS);
  CHECK_EQ(kw_tcp_next(REPLY, KW_TCP_SYNACK, SS), SR);
  CHECK_EQ(kw_tcp_next(ORIGINAL, KW_TCP_ACK, SR), ES);
  CHECK_EQ(kw_tcp_next(REPLY, KW_TCP_FIN, ES), FW);
  CHECK_EQ(kw_tcp_next(ORIGINAL, KW_TCP_ACK, FW), CW);
  CHECK_EQ(kw_tcp_next(ORIGINAL, KW_TCP_FIN, CW), LA);
  CHECK_EQ(kw_tcp_next(REPLY, KW_TCP_ACK, LA), TW);
}

TEST("simultaneous open") {
  CHECK_EQ(kw_tcp_next(REPLY, KW_TCP_SYN, SS), S2);
  CHECK_EQ(kw_tcp_next(ORIGINAL, KW_TCP_SYNACK, S2), SR);
  CHECK_EQ(kw_tcp_next(REPLY, KW_TCP_SYNACK, S2), SR);
}

TEST("loose pick-up by an ACK, and nothing else but SYN begins") {
  CHECK_EQ(kw_tcp_next(ORIGINAL, KW_TCP_ACK, NO), ES);
  CHECK_EQ(kw_tcp_next(ORIGINAL, KW_TCP_SYNACK, NO), IV);
  CHECK_EQ(kw_tcp_next(ORIGINAL, KW_TCP_FIN, NO), IV);
  CHECK_EQ(kw_tcp_next(ORIGINAL, KW_TCP_RST, NO), IV);
  for (uint32_t index = 0; index < 6; index++) CHECK_EQ(kw_tcp_next(REPLY, index, NO), IV);
}

TEST("RST closes from everywhere but NONE; no flags are invalid everywhere") {
  for (uint32_t direction = 0; direction < 2; direction++) {
    for (uint32_t state = 1; state < kStates; state++) CHECK_EQ(kw_tcp_next(direction, KW_TCP_RST, state), CL);
    for (uint32_t state = 0; state < kStates; state++) CHECK_EQ(kw_tcp_next(direction, KW_TCP_BARE, state), IV);
  }
}

TEST("a SYN in the middle is ignored; in TIME_WAIT and CLOSE it reopens") {
  for (const uint32_t state : {SR, ES, FW, CW, LA}) CHECK_EQ(kw_tcp_next(ORIGINAL, KW_TCP_SYN, state), IG);
  CHECK_EQ(kw_tcp_next(ORIGINAL, KW_TCP_SYN, TW), SS);
  CHECK_EQ(kw_tcp_next(ORIGINAL, KW_TCP_SYN, CL), SS);
  CHECK_EQ(kw_tcp_next(REPLY, KW_TCP_SYN, TW), SS);
  CHECK_EQ(kw_tcp_next(REPLY, KW_TCP_SYN, CL), IV);
  for (const uint32_t state : {SR, ES, FW, CW, LA, TW, CL}) CHECK_EQ(kw_tcp_next(REPLY, KW_TCP_SYNACK, state), IG);
}

TEST("an ACK of the client before the SYN-ACK is invalid, of the server ignored") {
  CHECK_EQ(kw_tcp_next(ORIGINAL, KW_TCP_ACK, SS), IV);
  CHECK_EQ(kw_tcp_next(REPLY, KW_TCP_ACK, SS), IG);
  CHECK_EQ(kw_tcp_next(REPLY, KW_TCP_ACK, S2), IG);
  CHECK_EQ(kw_tcp_next(REPLY, KW_TCP_ACK, SR), SR);
}

TEST("which column: RST before SYN before FIN before ACK") {
  CHECK_EQ(kw_tcp_index_of(0x04 | 0x02 | 0x10), KW_TCP_RST);
  CHECK_EQ(kw_tcp_index_of(0x02 | 0x10 | 0x01), KW_TCP_SYNACK);
  CHECK_EQ(kw_tcp_index_of(0x02 | 0x40), KW_TCP_SYN);
  CHECK_EQ(kw_tcp_index_of(0x01 | 0x10), KW_TCP_FIN);
  CHECK_EQ(kw_tcp_index_of(0x10 | 0x08), KW_TCP_ACK);
  CHECK_EQ(kw_tcp_index_of(0x28), KW_TCP_BARE);
}

TEST("timeouts of every protocol and TCP state") {
  const uint32_t tcp[] = {0, 120, 60, 86400, 120, 3600, 30, 120, 10, 120};
  for (uint8_t state = 1; state < kStates; state++) CHECK_EQ(kw_flow_timeout(6, state, 0), tcp[state]);
  CHECK_EQ(kw_flow_timeout(17, 0, 0), 30);
  CHECK_EQ(kw_flow_timeout(17, 0, KW_FLOW_FLAG_SEEN_REPLY), 120);
  CHECK_EQ(kw_flow_timeout(132, 0, 0), 30);
  CHECK_EQ(kw_flow_timeout(132, 0, KW_FLOW_FLAG_SEEN_REPLY), 210);
  CHECK_EQ(kw_flow_timeout(47, 0, 0), 600);
  kw_tuple echo{};
  echo.protocol = 1;
  echo.source[10] = echo.source[11] = 0xff;
  CHECK_EQ(kw_flow_lifetime_ns(&echo, 0, 0), 30 * KW_SECOND_NS);
  echo.protocol = 58;  // ICMPv6 inside IPv4 is just another protocol
  CHECK_EQ(kw_flow_lifetime_ns(&echo, 0, 0), 600 * KW_SECOND_NS);
}

TEST("a TCP flow is ASSURED in ESTABLISHED once a reply was seen, a UDP flow with the first reply") {
  kw_flow flow{};
  flow.original.protocol = 6;
  CHECK(!kw_track_apply(&flow, KW_DIRECTION_ORIGINAL, SS, 60, 1));
  CHECK(!kw_track_apply(&flow, KW_DIRECTION_REPLY, SR, 60, 1));
  CHECK(kw_track_apply(&flow, KW_DIRECTION_ORIGINAL, ES, 52, 1));
  CHECK(!kw_track_apply(&flow, KW_DIRECTION_ORIGINAL, ES, 52, 1));
  CHECK_EQ(flow.packets, 4);
  CHECK_EQ(flow.bytes, 224);
  CHECK_EQ(flow.expiry, 1 + 86400 * KW_SECOND_NS);
  kw_flow udp{};
  udp.original.protocol = 17;
  CHECK(!kw_track_apply(&udp, KW_DIRECTION_ORIGINAL, 0, 60, 0));
  CHECK(kw_track_apply(&udp, KW_DIRECTION_REPLY, 0, 60, 0));
}

}  // namespace
