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
  KW_ICMP_REQUEST = 1,   /* echo request */
  KW_ICMP_REPLY = 2,     /* echo reply */
  KW_ICMP_ERROR = 3,     /* about another packet */
  KW_ICMP_NEIGHBOUR = 4, /* ICMPv6 types 133 to 137 */
  KW_ICMP_OTHER = 5,     /* no state */
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

static inline uint8_t kw_icmp_classify(uint8_t type, int v4) {
  if (v4) {
    if (type == 8) return KW_ICMP_REQUEST;
    if (type == 0) return KW_ICMP_REPLY;
    return (type >= 3 && type <= 5) || type == 11 || type == 12 ? KW_ICMP_ERROR : KW_ICMP_OTHER;
  }
  if (type == 128) return KW_ICMP_REQUEST;
  if (type == 129) return KW_ICMP_REPLY;
  if (type >= 1 && type <= 4) return KW_ICMP_ERROR;
  return type >= 133 && type <= 137 ? KW_ICMP_NEIGHBOUR : KW_ICMP_OTHER;
}

#endif
