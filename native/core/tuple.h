// tuple.h - kw_tuple: who talks to whom; the key of flows.
#ifndef KUBEWIRE_CORE_TUPLE_H
#define KUBEWIRE_CORE_TUPLE_H

#include "core/bytes.h"

/* Ports in network order. An ICMP query has (identifier, 0), the answer to it (0, identifier), so that reversing one
 * gives the other. Other protocols have 0, 0. */
struct kw_tuple {
  uint8_t source[16];
  uint8_t destination[16];
  uint16_t source_port_be;
  uint16_t destination_port_be;
  uint8_t protocol;
  uint8_t query;     /* of ICMP: kw_icmp_query, | KW_ICMP_ANSWER; otherwise 0 */
  uint8_t icmp_code; /* with it */
  uint8_t zero;
};
KW_STATIC_ASSERT(sizeof(struct kw_tuple) == 40, "kw_tuple is hashed and compared as 40 bytes");

#define KW_PROTOCOL_ICMP 1u
#define KW_PROTOCOL_TCP 6u
#define KW_PROTOCOL_UDP 17u
#define KW_PROTOCOL_ICMPV6 58u
#define KW_PROTOCOL_SCTP 132u

/* Questions of ICMP and ICMPv6 that have an answer. Even numbers: an answer is one more. */
enum kw_icmp_query {
  KW_ICMP_NO_QUERY = 0,
  KW_ICMP_ECHO = 2,
  KW_ICMP_TIMESTAMP = 4,
  KW_ICMP_INFORMATION = 6,
  KW_ICMP_ADDRESS_MASK = 8,
  KW_ICMP_NODE_INFORMATION = 10,
};
#define KW_ICMP_ANSWER 1u

static inline int kw_tuple_equal(const struct kw_tuple *a, const struct kw_tuple *b) {
  const uint8_t *x = (const uint8_t *)a;
  const uint8_t *y = (const uint8_t *)b;
  return ((kw_load64(x) ^ kw_load64(y)) | (kw_load64(x + 8) ^ kw_load64(y + 8)) |
          (kw_load64(x + 16) ^ kw_load64(y + 16)) | (kw_load64(x + 24) ^ kw_load64(y + 24)) |
          (kw_load64(x + 32) ^ kw_load64(y + 32))) == 0;
}

/* Writes all that follows the addresses in one 8-byte store, because hashing loads it as 8 bytes. */
static inline void kw_tuple_set_query(struct kw_tuple *tuple, uint16_t source_be, uint16_t destination_be,
                                      uint8_t protocol, uint8_t query, uint8_t icmp_code) {
  const uint64_t word = source_be | ((uint64_t)destination_be << 16) | ((uint64_t)protocol << 32) |
                        ((uint64_t)query << 40) | ((uint64_t)icmp_code << 48);
  __builtin_memcpy((uint8_t *)tuple + offsetof(struct kw_tuple, source_port_be), &word, sizeof word);
}

static inline void kw_tuple_reverse(struct kw_tuple *to, const struct kw_tuple *from) {
  kw_address_copy(to->source, from->destination);
  kw_address_copy(to->destination, from->source);
  const uint8_t query = (uint8_t)(from->query ^ (from->query != KW_ICMP_NO_QUERY)); /* KW_ICMP_ANSWER is one */
  kw_tuple_set_query(to, from->destination_port_be, from->source_port_be, from->protocol, query, from->icmp_code);
}

/* TCP, UDP and SCTP: the protocols of Services. */
static inline int kw_protocol_has_ports(uint8_t protocol) {
  return protocol == KW_PROTOCOL_TCP || protocol == KW_PROTOCOL_UDP || protocol == KW_PROTOCOL_SCTP;
}

#endif
