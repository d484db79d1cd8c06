// sctp.h - SCTP in connection tracking: chunks, verification tags and the state table (native/law/conntrack.md).
//
// The rules are those of nf_conntrack_proto_sctp.c in Linux 6.x. Section numbers refer to RFC 9260.
#ifndef KUBEWIRE_CORE_SCTP_H
#define KUBEWIRE_CORE_SCTP_H

#include "core/flow.h"

enum kw_sctp_chunk_type {
  KW_SCTP_DATA = 0,
  KW_SCTP_INIT = 1,
  KW_SCTP_INIT_ACK = 2,
  KW_SCTP_HEARTBEAT = 4,
  KW_SCTP_HEARTBEAT_ACK = 5,
  KW_SCTP_ABORT = 6,
  KW_SCTP_SHUTDOWN = 7,
  KW_SCTP_SHUTDOWN_ACK = 8,
  KW_SCTP_ERROR = 9,
  KW_SCTP_COOKIE_ECHO = 10,
  KW_SCTP_COOKIE_ACK = 11,
  KW_SCTP_SHUTDOWN_COMPLETE = 14,
};

#define KW_SCTP_HEADER 12u
#define KW_SCTP_CHUNK_HEADER 4u
#define KW_SCTP_INIT_LENGTH 20u /* of INIT and INIT ACK, with the chunk header, without parameters */
#define KW_SCTP_FLAG_T 1u
#define KW_SCTP_INVALID 9u

/* Lifetime of a flow in a state, in seconds. */
static inline uint32_t kw_sctp_timeout(uint32_t state) {
  static const uint32_t seconds[9] = {0, 10, 3, 3, 210, 3, 3, 3, 30};
  return seconds[state];
}

/* The next state after a chunk. Chunks without a row keep the state. */
static inline uint32_t kw_sctp_next(uint32_t direction, uint32_t type, uint32_t state) {
  enum { NO, CL, CW, CE, ES, SS, SR, SA, HS, IV };
  static const uint8_t rows[15] = {11, 0, 1, 11, 9, 10, 2, 3, 4, 5, 6, 7, 11, 11, 8};
  static const uint8_t table[2][11][9] = {
      {
          /* from              NO  CL  CW  CE  ES  SS  SR  SA  HS */
          /* INIT          */ {CL, CL, CW, CE, ES, CL, CL, SA, CW},
          /* INIT ACK      */ {CL, CL, CW, CE, ES, SS, SR, SA, CL},
          /* ABORT         */ {CL, CL, CL, CL, CL, CL, CL, CL, CL},
          /* SHUTDOWN      */ {CL, CL, CW, CE, SS, SS, SR, SA, CL},
          /* SHUTDOWN ACK  */ {SA, CL, CW, CE, ES, SA, SA, SA, SA},
          /* ERROR         */ {CL, CL, CW, CE, ES, SS, SR, SA, CL},
          /* COOKIE ECHO   */ {CL, CL, CE, CE, ES, SS, SR, SA, CL},
          /* COOKIE ACK    */ {CL, CL, CW, ES, ES, SS, SR, SA, CL},
          /* SHUTDOWN COMP */ {CL, CL, CW, CE, ES, SS, SR, CL, CL},
          /* HEARTBEAT     */ {HS, CL, CW, CE, ES, SS, SR, SA, HS},
          /* HEARTBEAT ACK */ {CL, CL, CW, CE, ES, SS, SR, SA, HS},
      },
      {
          /* INIT          */ {IV, CL, CW, CE, ES, SS, SR, SA, IV},
          /* INIT ACK      */ {IV, CW, CW, CE, ES, SS, SR, SA, IV},
          /* ABORT         */ {IV, CL, CL, CL, CL, CL, CL, CL, IV},
          /* SHUTDOWN      */ {IV, CL, CW, CE, SR, SS, SR, SA, IV},
          /* SHUTDOWN ACK  */ {IV, CL, CW, CE, ES, SA, SA, SA, IV},
          /* ERROR         */ {IV, CL, CW, CL, ES, SS, SR, SA, IV},
          /* COOKIE ECHO   */ {IV, CL, CE, CE, ES, SS, SR, SA, IV},
          /* COOKIE ACK    */ {IV, CL, CW, ES, ES, SS, SR, SA, IV},
          /* SHUTDOWN COMP */ {IV, CL, CW, CE, ES, SS, SR, CL, IV},
          /* HEARTBEAT     */ {IV, CL, CW, CE, ES, SS, SR, SA, HS},
          /* HEARTBEAT ACK */ {IV, CL, CW, CE, ES, SS, SR, SA, ES},
      },
  };
  const uint32_t row = type < 15 ? rows[type] : 11;
  return row == 11 ? state : table[direction & 1u][row][state];
}

/* Walks over the chunks of a packet. `at` starts at 0 and then points after the header of each chunk. */
struct kw_sctp_walk {
  const uint8_t *l4;
  uint32_t length;
  uint32_t next;
  const uint8_t *chunk;
  uint32_t left; /* bytes from the chunk's header to the end of the packet */
};

static inline void kw_sctp_walk_start(struct kw_sctp_walk *walk, const struct kw_packet *packet) {
  walk->l4 = kw_packet_l4(packet);
  walk->length = packet->l4_length;
  walk->next = KW_SCTP_HEADER;
  walk->chunk = NULL;
  walk->left = 0;
}

/* Returns 0 at the end. It always ends: kw_sctp_sound has refused chunks of length zero. */
static inline int kw_sctp_walk_on(struct kw_sctp_walk *walk) {
  if (walk->next + KW_SCTP_CHUNK_HEADER > walk->length) return 0;
  walk->chunk = walk->l4 + walk->next;
  walk->left = walk->length - walk->next;
  walk->next += (kw_load_be16(walk->chunk + 2) + 3u) & ~3u;
  return 1;
}

/* The bit of a chunk type in a set of types. Types without a bit do not matter here. */
static inline uint32_t kw_sctp_bit(uint32_t type) { return type < 15 ? 1u << type : 0; }

/* Are the chunks well-formed? INIT, INIT ACK and SHUTDOWN COMPLETE must be alone, COOKIE ECHO and COOKIE ACK first.
 * Sets `set` to the chunk types found. */
static inline int kw_sctp_sound(const struct kw_packet *packet, uint32_t *set) {
  const uint32_t lonely =
      kw_sctp_bit(KW_SCTP_INIT) | kw_sctp_bit(KW_SCTP_INIT_ACK) | kw_sctp_bit(KW_SCTP_SHUTDOWN_COMPLETE);
  const uint32_t leading = kw_sctp_bit(KW_SCTP_COOKIE_ECHO) | kw_sctp_bit(KW_SCTP_COOKIE_ACK);
  struct kw_sctp_walk walk;
  uint32_t count = 0;
  *set = 0;
  kw_sctp_walk_start(&walk, packet);
  while (kw_sctp_walk_on(&walk)) {
    const uint32_t bit = kw_sctp_bit(walk.chunk[0]);
    if (kw_load_be16(walk.chunk + 2) == 0) return 0;
    if (count != 0 && (((*set | bit) & lonely) || (bit & leading))) return 0;
    *set |= bit;
    count++;
  }
  return count != 0;
}

#endif
