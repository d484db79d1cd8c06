// packet.h - kw_packet: what parse.h found in a frame. Every offset in it is inside the frame.
#ifndef KUBEWIRE_CORE_PACKET_H
#define KUBEWIRE_CORE_PACKET_H

#include "core/frame.h"
#include "core/tuple.h"

enum kw_fragment_kind {
  KW_FRAGMENT_NONE = 0,  /* a whole packet */
  KW_FRAGMENT_FIRST = 1, /* more follow; its L4 header is here */
  KW_FRAGMENT_LATER = 2, /* no L4 header; ports come from the record of the first */
};

/* Which ICMP a packet is, seen from connection tracking. */
enum kw_icmp_class {
  KW_ICMP_NONE = 0,      /* not ICMP of the packet's own family */
  KW_ICMP_REQUEST = 1,   /* a query: echo and its like */
  KW_ICMP_REPLY = 2,     /* the answer to one */
  KW_ICMP_ERROR = 3,     /* about another packet */
  KW_ICMP_NEIGHBOUR = 4, /* ICMPv6 types 133 to 137 */
  KW_ICMP_LISTENER = 5,  /* reports and queries of multicast listeners (RFC 2710, RFC 3810): not tracked */
  KW_ICMP_OTHER = 6,     /* no state */
};

struct kw_packet {
  struct kw_tuple tuple;      /* as in the frame */
  uint8_t *ip;                /* IP header */
  uint32_t ip_length;         /* bytes of the IP packet, padding cut off */
  uint32_t l4_offset;         /* from ip; after all extension headers */
  uint32_t l4_length;         /* bytes there */
  uint32_t identification_be; /* of a fragment, in network order (IPv4: in the last two bytes of memory) */
  uint8_t v4;                 /* 1 IPv4, 0 IPv6 */
  uint8_t fragment;           /* kw_fragment_kind */
  uint8_t fragment_next;      /* protocol field of the fragment's own header, for its key */
  uint8_t extended;           /* has IPv6 extension headers */
  uint8_t ttl;                /* TTL or hop limit */
  uint8_t icmp;               /* kw_icmp_class */
  uint8_t icmp_type;          /* of ICMP and ICMPv6 of the packet's own family */
  uint8_t tcp_flags;          /* of TCP */
};

static inline uint8_t *kw_packet_l4(const struct kw_packet *packet) { return packet->ip + packet->l4_offset; }

/* Query of an ICMP type, | KW_ICMP_ANSWER: RFC 792, RFC 950; of ICMPv6: RFC 4443, RFC 4620. */
static inline uint8_t kw_icmp_query_of(uint8_t type, int v4) {
  if (v4) {
    if (type == 8) return KW_ICMP_ECHO;
    if (type == 0) return KW_ICMP_ECHO | KW_ICMP_ANSWER;
    return type >= 13 && type <= 18 ? (uint8_t)(type - 13 + KW_ICMP_TIMESTAMP) : (uint8_t)KW_ICMP_NO_QUERY;
  }
  if (type == 128 || type == 129) return (uint8_t)(type - 128 + KW_ICMP_ECHO);
  return type == 139 || type == 140 ? (uint8_t)(type - 139 + KW_ICMP_NODE_INFORMATION) : (uint8_t)KW_ICMP_NO_QUERY;
}

/* Type of the question of a query; 0 for KW_ICMP_NO_QUERY. */
static inline uint8_t kw_icmp_question_type(uint8_t query, int v4) {
  if (query == KW_ICMP_NO_QUERY) return 0;
  if (query < KW_ICMP_TIMESTAMP) return v4 ? 8 : 128;
  return v4 ? (uint8_t)((query & ~KW_ICMP_ANSWER) - KW_ICMP_TIMESTAMP + 13) : 139;
}

static inline uint8_t kw_icmp_classify(uint8_t type, int v4) {
  const uint8_t query = kw_icmp_query_of(type, v4);
  if (query != KW_ICMP_NO_QUERY) return query & KW_ICMP_ANSWER ? KW_ICMP_REPLY : KW_ICMP_REQUEST;
  if (v4) return (type >= 3 && type <= 5) || type == 11 || type == 12 ? KW_ICMP_ERROR : KW_ICMP_OTHER;
  if (type >= 1 && type <= 4) return KW_ICMP_ERROR;
  if (type >= 133 && type <= 137) return KW_ICMP_NEIGHBOUR;
  return (type >= 130 && type <= 132) || type == 143 ? KW_ICMP_LISTENER : KW_ICMP_OTHER;
}

#endif
