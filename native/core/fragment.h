// fragment.h - later fragments have no ports, so the first one leaves its ports in a record for them (RFC 791 section
// 3.2).
//
// The engine stores the table: KW_FRAGMENT_PLACES places, direct-mapped; a newer record overwrites an older one.
#ifndef KUBEWIRE_CORE_FRAGMENT_H
#define KUBEWIRE_CORE_FRAGMENT_H

#include "core/hash.h"
#include "core/packet.h"

#define KW_FRAGMENT_PLACES 1024u
#define KW_FRAGMENT_LIFETIME_NS 30000000000ull

struct kw_fragment_key {
  uint8_t source[16];
  uint8_t destination[16];
  uint32_t identification_be;
  uint8_t protocol; /* of the fragment's own header */
  uint8_t family;   /* 4 or 6 */
  uint8_t zero[2];
};
KW_STATIC_ASSERT(sizeof(struct kw_fragment_key) == 40, "kw_fragment_key is hashed as 40 bytes");

struct kw_fragment_record {
  struct kw_fragment_key key;
  uint64_t expiry; /* 0 = empty place */
  uint16_t source_port_be;
  uint16_t destination_port_be;
  uint8_t protocol; /* after the extension headers */
  uint8_t icmp;
  uint8_t icmp_type;
  uint8_t icmp_code;
};

/* [FRAG-4] */
static inline void kw_fragment_key_of(struct kw_fragment_key *key, const struct kw_packet *packet) {
  kw_address_copy(key->source, packet->tuple.source);
  kw_address_copy(key->destination, packet->tuple.destination);
  key->identification_be = packet->identification_be;
  key->protocol = packet->fragment_next;
  key->family = packet->v4 ? 4 : 6;
  key->zero[0] = key->zero[1] = 0;
}

static inline uint32_t kw_fragment_place(const struct kw_fragment_key *key) {
  return kw_hash_key((const uint8_t *)key, sizeof *key, 0) & (KW_FRAGMENT_PLACES - 1); /* [FRAG-3] */
}

/* Records the ports, before any rewriting. Done for every protocol, whatever happens to the packet later. */
static inline void kw_fragment_write(struct kw_fragment_record *record, const struct kw_fragment_key *key,
                                     const struct kw_packet *packet, uint64_t now) {
  record->key = *key;
  record->expiry = now + KW_FRAGMENT_LIFETIME_NS; /* [FRAG-2] */
  record->source_port_be = packet->tuple.source_port_be;
  record->destination_port_be = packet->tuple.destination_port_be;
  record->protocol = packet->tuple.protocol;
  record->icmp = packet->icmp;
  record->icmp_type = packet->icmp_type;
  record->icmp_code = packet->tuple.icmp_code;
}

/* Fills in the ports of a later fragment from its record. Returns 0 if there is none. */
static inline int kw_fragment_read(const struct kw_fragment_record *record, const struct kw_fragment_key *key,
                                   struct kw_packet *packet, uint64_t now) {
  if (now >= record->expiry || __builtin_memcmp(&record->key, key, sizeof *key) != 0) return 0;
  const int query = record->icmp == KW_ICMP_REQUEST || record->icmp == KW_ICMP_REPLY;
  kw_tuple_set_query(&packet->tuple, record->source_port_be, record->destination_port_be, record->protocol,
                     query ? kw_icmp_query_of(record->icmp_type, packet->v4) : (uint8_t)KW_ICMP_NO_QUERY,
                     record->icmp_code);
  packet->icmp = record->icmp;
  packet->icmp_type = record->icmp_type;
  packet->tcp_flags = 0;
  return 1;
}

#endif
