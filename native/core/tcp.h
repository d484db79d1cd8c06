// tcp.h - TCP states of connection tracking: the state a segment leads to, and how long an idle flow lives in it.
//
// The transitions are those of nf_conntrack_proto_tcp.c in Linux 6.x (loose pick-up).
#ifndef KUBEWIRE_CORE_TCP_H
#define KUBEWIRE_CORE_TCP_H

#include "core/segment.h"

/* Two outcomes of the table that are no states. */
#define KW_TCP_IGNORED 10u /* rewritten as the flow says; only the segment is remembered */
#define KW_TCP_INVALID 11u

#define KW_TCP_REPEATS 3u      /* nf_conntrack_tcp_max_retrans */
#define KW_TCP_IMPATIENCE 300u /* seconds: nf_conntrack_tcp_timeout_max_retrans and _unacknowledged */

/* Lifetime in seconds in this state, unless there is a reason to be impatient. */
static inline uint32_t kw_tcp_timeout(const struct kw_node_row *node, uint32_t state) {
  static const uint32_t seconds[10] = {0, 120, 60, 0, 120, 0, 30, 120, 10, 120};
  if (KW_LIKELY(state == KW_TCP_STATE_ESTABLISHED)) return node->tcp_established_seconds;
  return state == KW_TCP_STATE_CLOSE_WAIT ? node->tcp_close_wait_seconds : seconds[state];
}

/* The next state by direction, flags and state, as in tcp_conntracks of nf_conntrack_proto_tcp.c.
 *
 *   NONE         only a SYN, or (loose) an ACK, starts a flow.
 *   SYN_SENT     waits for SYN-ACK; a SYN of the other side is a simultaneous open (SYN_SENT2).
 *   SYN_RECV     waits for the ACK of direction ORIGINAL; repeated SYN and SYN-ACK are ignored.
 *   ESTABLISHED  until FIN or RST. SYN and SYN-ACK are ignored: they may belong to a connection that the tracker missed.
 *   FIN_WAIT     one FIN seen; an ACK leads to CLOSE_WAIT, the other FIN to LAST_ACK.
 *   CLOSE_WAIT   the FIN was acknowledged; waits for the other FIN, an hour long.
 *   LAST_ACK     both FINs seen; the last ACK leads to TIME_WAIT.
 *   TIME_WAIT    a SYN in either direction may reopen (the caller deletes the flow and starts anew).
 *   CLOSE        RST seen, lives ten seconds; a SYN of direction ORIGINAL may reopen.
 *   SYN_SENT2    both SYNs seen; the first SYN-ACK leads to SYN_RECV.
 *
 * RST leads to CLOSE from everywhere but NONE; a segment without flags is invalid everywhere. */
static inline uint32_t kw_tcp_next(uint32_t direction, uint32_t index, uint32_t state) {
  enum { NO, SS, SR, ES, FW, CW, LA, TW, CL, S2, IG, IV };
  static const uint8_t table[2][6][10] = {
      {
          /* from     NO  SS  SR  ES  FW  CW  LA  TW  CL  S2 */
          /* SYN    */ {SS, SS, IG, IG, IG, IG, IG, SS, SS, S2},
          /* SYNACK */ {IV, IV, SR, IV, IV, IV, IV, IV, IV, SR},
          /* FIN    */ {IV, IV, FW, FW, LA, LA, LA, TW, CL, IV},
          /* ACK    */ {ES, IV, ES, ES, CW, CW, TW, TW, CL, IV},
          /* RST    */ {IV, CL, CL, CL, CL, CL, CL, CL, CL, CL},
          /* none   */ {IV, IV, IV, IV, IV, IV, IV, IV, IV, IV},
      },
      {
          /* SYN    */ {IV, S2, IV, IV, IV, IV, IV, SS, IV, S2},
          /* SYNACK */ {IV, SR, IG, IG, IG, IG, IG, IG, IG, SR},
          /* FIN    */ {IV, IV, FW, FW, LA, LA, LA, TW, CL, IV},
          /* ACK    */ {IV, IG, SR, ES, CW, CW, TW, TW, CL, IG},
          /* RST    */ {IV, CL, CL, CL, CL, CL, CL, CL, CL, CL},
          /* none   */ {IV, IV, IV, IV, IV, IV, IV, IV, IV, IV},
      },
  };
  return table[direction & 1u][index][state];
}

#endif
