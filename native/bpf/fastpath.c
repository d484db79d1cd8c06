// fastpath.c - BPF programs at the node side of every cable: packets of lent connections go straight to their receiver,
// all others to the engine, and what the engine sends goes to the machine (README.md).
//
// `npm run bpf` compiles this into program.gen.h.
#include <linux/bpf.h>
#include <linux/pkt_cls.h>

#include "core/lease.h"

#define SECTION(name) __attribute__((section(name), used))

/* Helpers of the kernel, by number (linux/bpf.h). */
static void *(*const bpf_map_lookup_elem)(void *map, const void *key) = (void *)BPF_FUNC_map_lookup_elem;
static uint64_t (*const bpf_ktime_get_ns)(void) = (void *)BPF_FUNC_ktime_get_ns;
static long (*const bpf_l4_csum_replace)(struct __sk_buff *skb, uint32_t offset, uint64_t from, uint64_t to,
                                         uint64_t flags) = (void *)BPF_FUNC_l4_csum_replace;
static long (*const bpf_skb_change_type)(struct __sk_buff *skb, uint32_t type) = (void *)BPF_FUNC_skb_change_type;
static long (*const bpf_skb_pull_data)(struct __sk_buff *skb, uint32_t length) = (void *)BPF_FUNC_skb_pull_data;
static long (*const bpf_redirect)(uint32_t interface, uint64_t flags) = (void *)BPF_FUNC_redirect;
static long (*const bpf_redirect_peer)(uint32_t interface, uint64_t flags) = (void *)BPF_FUNC_redirect_peer;

/* Maps, by the number that the loader (io/bpf.cc) replaces with a descriptor. */
#define MAP(number) ((void *)(0x6b77626d61700000ull + (number)))
#define WAYS MAP(0)   /* kw_way_key -> kw_way_value */
#define LEASES MAP(1) /* index -> kw_lease */
#define PORTS MAP(2)  /* interface -> interface: of a machine's cable the engine's, and back */

#define PACKET_HOST 0
/* How often a packet tries to get a lease that another processor has, before it is left to the engine. */
#define TRIES 64

/* What was read of a packet that may be one of a lent connection. */
struct head {
  struct kw_way_key key;
  struct kw_segment segment;
  uint32_t l4;        /* offset in the frame */
  uint32_t ip_length; /* of the IP packet */
  uint32_t wire;      /* of the longest IP packet that a device would make of it */
  uint32_t ttl;
  uint32_t v4;
};

KW_INLINE uint32_t fold(uint64_t sum) {
  sum = (sum & 0xffffffffu) + (sum >> 32);
  sum = (sum & 0xffffu) + (sum >> 16);
  sum = (sum & 0xffffu) + (sum >> 16);
  return (uint32_t)((sum & 0xffffu) + (sum >> 16));
}

KW_INLINE void copy_address(uint8_t *to, const uint8_t *from) {
  kw_store64(to, kw_load64(from));
  kw_store64(to + 8, kw_load64(from + 8));
}

/* To the engine, which knows what to do with every packet. */
KW_INLINE int ask(struct __sk_buff *skb) {
  const uint32_t interface = skb->ifindex;
  const uint32_t *engine = bpf_map_lookup_elem(PORTS, &interface);
  return engine == 0 ? TC_ACT_SHOT : (int)bpf_redirect(*engine, 0);
}

/* Reads the IPv4 header. Returns the protocol; 0: the engine's. */
KW_INLINE uint32_t read_ipv4(struct head *head, const uint8_t *ip, uint32_t length, uint64_t *pseudo) {
  if (ip[0] != 0x45 || (kw_load16(ip + 6) & 0xffbfu) != 0) return 0; /* options, fragments */
  uint64_t sum = 0;
  for (int at = 0; at < 20; at += 4) sum += kw_load32(ip + at);
  head->ip_length = kw_load_be16(ip + 2);
  if (fold(sum) != 0xffff || head->ip_length != length) return 0;
  kw_address_from_v4(head->key.tuple.source, ip + 12);
  kw_address_from_v4(head->key.tuple.destination, ip + 16);
  *pseudo = (uint64_t)kw_load32(ip + 12) + kw_load32(ip + 16);
  head->ttl = ip[8];
  return ip[9];
}

KW_INLINE uint32_t read_ipv6(struct head *head, const uint8_t *ip, uint32_t length, uint64_t *pseudo) {
  if (ip[0] >> 4 != 6) return 0;
  head->ip_length = 40 + (uint32_t)kw_load_be16(ip + 4);
  if (head->ip_length != length) return 0;
  copy_address(head->key.tuple.source, ip + 8);
  copy_address(head->key.tuple.destination, ip + 24);
  *pseudo = 0;
  for (int at = 8; at < 40; at += 4) *pseudo += kw_load32(ip + at);
  head->ttl = ip[7];
  return ip[6];
}

/* An ACK and nothing else, without options or with timestamps alone. Returns the length of its header; 0: the engine's. */
KW_INLINE uint32_t read_tcp(struct kw_segment *segment, const uint8_t *l4, const uint8_t *end, uint32_t length) {
  if (l4 + 20 > end) return 0;
  const uint32_t header = (l4[12] >> 4) * 4u;
  if ((l4[13] & (KW_TCP_ACK | KW_TCP_SYN | KW_TCP_FIN | KW_TCP_RST)) != KW_TCP_ACK) return 0;
  if (header != 20) {
    if (header != 32 || l4 + 32 > end || kw_load32(l4 + 20) != 0x0a080101u) return 0;
  }
  segment->sequence = __builtin_bswap32(kw_load32(l4 + 4));
  segment->ack = __builtin_bswap32(kw_load32(l4 + 8));
  segment->window = kw_swap16(kw_load16(l4 + 14));
  segment->flags = KW_TCP_ACK;
  segment->index = KW_TCP_INDEX_ACK;
  segment->end = segment->sequence + (length - header);
  return header;
}

/* Reads what leads to the lease. False: a packet that only the engine understands. */
KW_INLINE int read_head(struct __sk_buff *skb, struct head *head) {
  const uint8_t *data = (const uint8_t *)(long)skb->data, *end = (const uint8_t *)(long)skb->data_end;
  const uint8_t *ip = data + KW_ETHERNET_HEADER;
  uint64_t pseudo;
  uint32_t protocol, ip_header;
  if (ip + 20 > end) return 0;
  head->v4 = kw_load16(data + 12) == 0x0008;
  const uint32_t length = skb->len - KW_ETHERNET_HEADER;
  if (head->v4) {
    ip_header = 20;
    protocol = read_ipv4(head, ip, length, &pseudo);
  } else {
    if (kw_load16(data + 12) != 0xdd86 || ip + 40 > end) return 0;
    ip_header = 40;
    protocol = read_ipv6(head, ip, length, &pseudo);
  }
  const uint8_t *l4 = ip + ip_header;
  if (protocol == 0 || l4 + 8 > end || head->ip_length < ip_header + 8) return 0;
  const uint32_t l4_length = head->ip_length - ip_header;
  uint32_t header, checksum;
  if (protocol == KW_PROTOCOL_TCP) {
    header = read_tcp(&head->segment, l4, end, l4_length);
    if (header == 0 || header > l4_length) return 0;
    checksum = kw_load16(l4 + 16);
  } else if (protocol == KW_PROTOCOL_UDP) {
    header = 8;
    if (kw_load_be16(l4 + 4) != l4_length) return 0;
    checksum = kw_load16(l4 + 6);
  } else {
    return 0;
  }
  /* Only a checksum that is left to the device need not be judged. It holds the sum of the pseudo-header. */
  pseudo += ((uint64_t)protocol << 8) + kw_swap16((uint16_t)l4_length);
  const int none = protocol == KW_PROTOCOL_UDP && head->v4 && checksum == 0;
  if (!none && checksum != fold(pseudo)) return 0;
  kw_tuple_set_query(&head->key.tuple, kw_load16(l4), kw_load16(l4 + 2), (uint8_t)protocol, 0, 0);
  head->key.interface = skb->ifindex;
  head->key.zero = 0;
  head->l4 = KW_ETHERNET_HEADER + ip_header;
  head->wire = skb->gso_size != 0 ? ip_header + header + skb->gso_size : head->ip_length;
  return 1;
}

KW_INLINE int same_key(const struct kw_way_key *a, const struct kw_way_key *b) {
  return kw_tuple_equal(&a->tuple, &b->tuple) && a->interface == b->interface;
}

/* Takes the lease, unless it is the engine's. */
KW_INLINE int take(struct kw_lease *lease) {
  for (int i = 0; i < TRIES; i++) {
    const uint32_t state = __sync_val_compare_and_swap(&lease->state, KW_LEASE_LENT, KW_LEASE_BUSY);
    if (state == KW_LEASE_LENT) return 1;
    if (state == KW_LEASE_KEPT) return 0;
  }
  return 0;
}

/* Would every node on the way send the packet on as one of an established connection? */
KW_INLINE int allowed(const struct kw_lease *lease, const struct kw_way *way, const struct head *head, uint64_t now) {
  if (!same_key(&way->key, &head->key) || way->out == 0) return 0;
  if (head->ttl <= way->ttl || head->wire > way->mtu) return 0;
  for (uint32_t i = 0; i < KW_LEASE_FLOWS; i++) {
    if (i >= lease->flow_count) break;
    const struct kw_flow *flow = &lease->flows[i].flow;
    if (now >= flow->expiry) return 0;
    if (head->key.tuple.protocol != KW_PROTOCOL_TCP) continue;
    if (!kw_lease_fits(flow, way->directions >> i, &head->segment)) return 0;
  }
  return 1;
}

/* Every node on the way counts the packet. */
KW_INLINE void follow(struct kw_lease *lease, struct kw_way *way, const struct head *head, uint64_t now) {
  for (uint32_t i = 0; i < KW_LEASE_FLOWS; i++) {
    if (i >= lease->flow_count) break;
    struct kw_flow *flow = &lease->flows[i].flow;
    const struct kw_node_row *node = &lease->flows[i].node;
    const uint32_t direction = (way->directions >> i) & 1u;
    if (head->key.tuple.protocol == KW_PROTOCOL_TCP) {
      kw_lease_segment(node, flow, direction, &head->segment, head->ip_length, now);
    } else {
      kw_udp_follow(node, flow, head->ip_length, now);
    }
    if (direction == KW_DIRECTION_REPLY) flow->flags |= KW_FLOW_FLAG_SEEN_REPLY;
  }
  way->frames++;
  way->bytes += head->ip_length + KW_ETHERNET_HEADER;
}

KW_INLINE void rewrite_ipv4(uint8_t *ip, const struct kw_way *way) {
  kw_store32(ip + 12, kw_load32(way->to.source + 12));
  kw_store32(ip + 16, kw_load32(way->to.destination + 12));
  ip[8] -= (uint8_t)way->ttl;
  kw_store16(ip + 10, 0);
  uint64_t sum = 0;
  for (int at = 0; at < 20; at += 4) sum += kw_load32(ip + at);
  kw_store16(ip + 10, (uint16_t)~fold(sum));
}

/* What all nodes on the way would have written. */
KW_INLINE int rewrite(struct __sk_buff *skb, const struct kw_way *way, const struct head *head) {
  const int tcp = head->key.tuple.protocol == KW_PROTOCOL_TCP;
  const uint32_t field = head->l4 + (tcp ? 16 : 6);
  const uint64_t udp = tcp ? 0 : BPF_F_MARK_MANGLED_0;
  /* A sum of 0 as the old value: the new one is a difference. Ports are no part of a sum of the pseudo-header. */
  if (way->address_difference != 0 &&
      bpf_l4_csum_replace(skb, field, 0, way->address_difference, BPF_F_PSEUDO_HDR | udp) != 0) {
    return 0;
  }
  if (way->port_difference != 0 && bpf_l4_csum_replace(skb, field, 0, way->port_difference, udp) != 0) return 0;
  uint8_t *data = (uint8_t *)(long)skb->data, *end = (uint8_t *)(long)skb->data_end;
  uint8_t *ip = data + KW_ETHERNET_HEADER, *l4 = ip + (head->v4 ? 20 : 40);
  if (l4 + 8 > end) return 0;
  kw_store64(data, kw_load64(way->macs));
  kw_store32(data + 8, kw_load32(way->macs + 8));
  if (head->v4) {
    rewrite_ipv4(ip, way);
  } else {
    copy_address(ip + 8, way->to.source);
    copy_address(ip + 24, way->to.destination);
    ip[7] -= (uint8_t)way->ttl;
  }
  kw_store16(l4, way->to.source_port_be);
  kw_store16(l4 + 2, way->to.destination_port_be);
  return 1;
}

/* What a machine sends. */
SECTION("tc/from_machine") int from_machine(struct __sk_buff *skb) {
  struct head head;
  /* Some packets have their headers elsewhere. 86: of IPv6, and TCP with timestamps. */
  if (skb->data_end - skb->data < 86) bpf_skb_pull_data(skb, 0);
  if (!read_head(skb, &head)) return ask(skb);
  const struct kw_way_value *found = bpf_map_lookup_elem(WAYS, &head.key);
  if (found == 0) return ask(skb);
  const uint32_t index = found->lease, which = found->way & 1u;
  struct kw_lease *lease = bpf_map_lookup_elem(LEASES, &index);
  if (lease == 0 || !take(lease)) return ask(skb);
  struct kw_way *way = &lease->ways[which];
  const uint64_t now = bpf_ktime_get_ns();
  uint32_t out = 0;
  if (allowed(lease, way, &head, now)) {
    follow(lease, way, &head, now);
    out = rewrite(skb, way, &head) ? way->out : ~0u;
  }
  __sync_lock_test_and_set(&lease->state, KW_LEASE_LENT);
  if (out == 0) return ask(skb);
  if (out == ~0u) return TC_ACT_SHOT; /* no memory */
  bpf_skb_change_type(skb, PACKET_HOST);
  return (int)bpf_redirect_peer(out, 0);
}

/* What the engine sends to a machine. */
SECTION("tc/from_engine") int from_engine(struct __sk_buff *skb) {
  const uint32_t interface = skb->ifindex;
  const uint32_t *machine = bpf_map_lookup_elem(PORTS, &interface);
  if (machine == 0) return TC_ACT_SHOT;
  bpf_skb_change_type(skb, PACKET_HOST);
  return (int)bpf_redirect_peer(*machine, 0);
}
