// abi.gen.h - Generated from src/abi/layout.ts by `npm run abi`. Do not edit.
#ifndef KUBEWIRE_ABI_GEN_H
#define KUBEWIRE_ABI_GEN_H

#ifndef KW_ABI_TYPES
#include <stddef.h>
#include <stdint.h>
#endif

#ifdef __cplusplus
#define KW_STATIC_ASSERT(condition, text) static_assert(condition, text)
#else
#define KW_STATIC_ASSERT(condition, text) _Static_assert(condition, text)
#endif

#define KW_ABI_VERSION 1u
#define KW_LAYOUT_HASH 0x4a66f4a72942467bull
#define KW_IMAGE_MAGIC 0x4d49574bu
#define KW_PATCH_MAGIC 0x5450574bu
#define KW_NONE 0xffffffffu
#define KW_SECTION_ALIGNMENT 64u
#define KW_COUNTER_REASONS 128u
#define KW_COUNTER_RECEIVED_FRAMES 128u
#define KW_COUNTER_RECEIVED_BYTES 129u
#define KW_COUNTER_SENT_FRAMES 130u
#define KW_COUNTER_SENT_BYTES 131u
#define KW_COUNTER_FLOWS 132u
#define KW_COUNTER_GENERATION 133u
#define KW_COUNTER_FLOWS_DROPPED 134u
#define KW_COUNTER_FLOW_CAPACITY 135u
#define KW_COUNTER_CELLS 144u
#define KW_LINK_CELL_MATCHED 0u
#define KW_LINK_CELL_BYTES 1u
#define KW_LINK_CELL_LOST 2u
#define KW_LINK_CELL_DOWN 3u
#define KW_LINK_CELL_OVERFLOWED 4u
#define KW_LINK_CELL_TOO_LONG 5u
#define KW_LINK_CELL_DUPLICATED 6u
#define KW_LINK_CELL_REORDERED 7u
#define KW_LINK_CELL_CORRUPTED 8u
#define KW_LINK_CELL_WAITING 9u
#define KW_LINK_CELL_CELLS 16u

/* How the plan was compiled. */
enum kw_strategy {
  KW_STRATEGY_NFTABLES = 1, /* kube-proxy nftables mode: verdict maps */
  KW_STRATEGY_IPTABLES = 2, /* kube-proxy iptables mode: ordered chains */
  KW_STRATEGY_IPVS = 3, /* kube-proxy ipvs mode: virtual-server hash */
  KW_STRATEGY_EBPF = 4, /* Cilium-like: service map, backend slots, random or Maglev choice */
  KW_STRATEGY_PERFECT = 5, /* ours: minimal perfect hash, one probe to the verdict */
};
#define KW_STRATEGY_FIRST 1u
#define KW_STRATEGY_LAST 5u

/* Sections of an image. */
enum kw_section {
  KW_SECTION_NODE = 1, /* NodeRow, exactly one */
  KW_SECTION_PORT = 2, /* PortRow */
  KW_SECTION_ROUTE = 3, /* RouteRow, longest prefix first */
  KW_SECTION_ROUTE_SLOT = 4, /* IndexRow: hash of the /128 routes (key: prefix) */
  KW_SECTION_LOCAL_ADDRESS = 5, /* LocalAddressRow */
  KW_SECTION_CIDR = 6, /* CidrRow: local detector, Service ranges */
  KW_SECTION_SOURCE_RANGE = 7, /* CidrRow: loadBalancerSourceRanges */
  KW_SECTION_FRONTEND = 8, /* FrontendRow, in the order of the strategy */
  KW_SECTION_FRONTEND_SLOT = 9, /* IndexRow: hash of FRONTEND (key: address, port_be, protocol) */
  KW_SECTION_SERVICE = 10, /* ServiceRow */
  KW_SECTION_MEMBER = 11, /* IndexRow into BACKEND */
  KW_SECTION_BACKEND = 12, /* BackendRow */
  KW_SECTION_RING = 13, /* IndexRow into BACKEND: Maglev rings */
  KW_SECTION_CLUSTER_IP_SLOT = 14, /* IndexRow into FRONTEND: hash of the active cluster IPs (key: address) */
  KW_SECTION_PILOT = 15, /* IndexRow: pilots of the minimal perfect hash over PERFECT; empty under other strategies */
  KW_SECTION_PERFECT = 16, /* PerfectRow, in the order of the minimal perfect hash; empty under other strategies */
};
#define KW_SECTION_FIRST 1u
#define KW_SECTION_LAST 16u

/* Bits of NodeRow.flags. */
enum kw_node_flag {
  KW_NODE_FLAG_ROUTER = 1, /* not a Kubernetes node: the fabric between nodes and the outside; tracks only flows of its own frontends */
  KW_NODE_FLAG_EGRESS_MASQUERADE = 2, /* pods that leave the cluster get the node address (what a CNI does); CIDR rows of kind EGRESS_KEEP are exempt */
  KW_NODE_FLAG_TCP_BE_LIBERAL = 4, /* --conntrack-tcp-be-liberal: segments outside of the window are let pass */
};
#define KW_NODE_FLAG_ALL 0x7u

/* Bits of NodeRow.serviceFlags: points in which kube-proxy modes and options differ. */
enum kw_service_mode_flag {
  KW_SERVICE_MODE_FLAG_MASQUERADE_ALL = 1, /* --masquerade-all */
  KW_SERVICE_MODE_FLAG_DETECT_LOCAL = 2, /* IPv4 has a local detector (CIDR rows of kind DETECT_LOCAL say who is a pod) */
  KW_SERVICE_MODE_FLAG_REJECT_UNKNOWN_PORT = 4, /* nftables, ipvs: a port that an address of CLUSTER_IP_SLOT does not have is rejected */
  KW_SERVICE_MODE_FLAG_DROP_UNALLOCATED = 8, /* nftables: an address of a Service range that no Service has is dropped */
  KW_SERVICE_MODE_FLAG_FIREWALL_FIRST = 16, /* nftables: source ranges are judged before "no endpoints" */
  KW_SERVICE_MODE_FLAG_HAIRPIN_LOCAL_ONLY = 32, /* nftables: hairpin masquerade only for endpoints on this node */
  KW_SERVICE_MODE_FLAG_NODE_SKIPS_EXTERNAL_REJECT = 64, /* iptables: traffic of the node itself to a non-local external address without endpoints is not rejected */
  KW_SERVICE_MODE_FLAG_LOCAL_FALLS_BACK = 128, /* ipvs: policy Local without local endpoints uses all endpoints */
  KW_SERVICE_MODE_FLAG_DETECT_LOCAL_6 = 512, /* IPv6 has a local detector */
  KW_SERVICE_MODE_FLAG_DROPS_INVALID = 1024, /* iptables: what connection tracking calls INVALID is not forwarded (KUBE-FORWARD) */
};
#define KW_SERVICE_MODE_FLAG_ALL 0x6ffu

/* What is at the other end of a port. */
enum kw_port_kind {
  KW_PORT_KIND_HOST = 1, /* the node's own namespace: packets from it took OUTPUT, packets to it take INPUT */
  KW_PORT_KIND_POD = 2, /* a pod */
  KW_PORT_KIND_UPLINK = 3, /* other nodes and the outside */
};
#define KW_PORT_KIND_FIRST 1u
#define KW_PORT_KIND_LAST 3u

/* What a route does. */
enum kw_route_kind {
  KW_ROUTE_KIND_FORWARD = 1, /* send through port */
  KW_ROUTE_KIND_LOCAL = 2, /* deliver to the node's own namespace (port is the HOST port) */
  KW_ROUTE_KIND_UNREACHABLE = 3, /* answer with ICMP host unreachable */
  KW_ROUTE_KIND_BLACKHOLE = 4, /* drop silently */
};
#define KW_ROUTE_KIND_FIRST 1u
#define KW_ROUTE_KIND_LAST 4u

/* Bits of LocalAddressRow.flags. */
enum kw_local_address_flag {
  KW_LOCAL_ADDRESS_FLAG_NODE_PORT = 1, /* NodePorts answer on it (--nodeport-addresses) */
};
#define KW_LOCAL_ADDRESS_FLAG_ALL 0x1u

/* What a CidrRow is for. */
enum kw_cidr_kind {
  KW_CIDR_KIND_DETECT_LOCAL = 1, /* sources in it are pods of this cluster (--cluster-cidr) */
  KW_CIDR_KIND_SERVICE = 2, /* a Service range (--service-cluster-ip-range) */
  KW_CIDR_KIND_EGRESS_KEEP = 3, /* destinations towards which pods keep their address */
  KW_CIDR_KIND_SOURCE_RANGE = 4, /* loadBalancerSourceRanges; of a HOST_PORT: whose packets are masqueraded */
};
#define KW_CIDR_KIND_FIRST 1u
#define KW_CIDR_KIND_LAST 4u

/* Which kind of Service address matched. */
enum kw_frontend_kind {
  KW_FRONTEND_KIND_CLUSTER_IP = 1, /* spec.clusterIPs */
  KW_FRONTEND_KIND_EXTERNAL_IP = 2, /* spec.externalIPs */
  KW_FRONTEND_KIND_LOAD_BALANCER = 3, /* status.loadBalancer.ingress */
  KW_FRONTEND_KIND_NODE_PORT = 4, /* ports[].nodePort on an address of the node */
  KW_FRONTEND_KIND_HEALTH_CHECK = 5, /* spec.healthCheckNodePort: accepted, answered by the node itself */
  KW_FRONTEND_KIND_SPREAD = 6, /* on a ROUTER: the load balancer; the packet goes unchanged to the node whose address is the backend */
  KW_FRONTEND_KIND_PROXY = 7, /* on a ROUTER: the load balancer ends the connection; its own goes to a NodePort, the backend */
  KW_FRONTEND_KIND_HOST_PORT = 8, /* containers[].ports[].hostPort of a pod, on an address of its node */
};
#define KW_FRONTEND_KIND_FIRST 1u
#define KW_FRONTEND_KIND_LAST 8u

/* Bits of FrontendRow.flags. */
enum kw_frontend_flag {
  KW_FRONTEND_FLAG_FIREWALL = 1, /* source ranges of the Service apply here */
};
#define KW_FRONTEND_FLAG_ALL 0x1u

/* Bits of ServiceRow.flags. */
enum kw_service_flag {
  KW_SERVICE_FLAG_INTERNAL_LOCAL = 1, /* internalTrafficPolicy: Local */
  KW_SERVICE_FLAG_EXTERNAL_LOCAL = 2, /* externalTrafficPolicy: Local */
  KW_SERVICE_FLAG_HAS_ENDPOINTS = 4, /* some endpoint could be used somewhere; without it traffic is rejected */
  KW_SERVICE_FLAG_CLEAN_UDP = 8, /* its slices changed since the last image: flush stale UDP flows when this image is taken */
};
#define KW_SERVICE_FLAG_ALL 0xfu

/* How an endpoint is chosen: the low byte of ServiceRow.scheduler. Those of IPVS have its names. */
enum kw_scheduler {
  KW_SCHEDULER_RANDOM = 0, /* uniform, one draw */
  KW_SCHEDULER_RR = 1, /* round robin */
  KW_SCHEDULER_WRR = 2, /* weighted round robin */
  KW_SCHEDULER_LC = 3, /* least connections */
  KW_SCHEDULER_WLC = 4, /* weighted least connections */
  KW_SCHEDULER_LBLC = 5, /* locality-based least connections */
  KW_SCHEDULER_LBLCR = 6, /* locality-based least connections with replication */
  KW_SCHEDULER_DH = 7, /* destination hashing */
  KW_SCHEDULER_SH = 8, /* source hashing */
  KW_SCHEDULER_SED = 9, /* shortest expected delay */
  KW_SCHEDULER_NQ = 10, /* never queue */
  KW_SCHEDULER_MH = 11, /* Maglev hashing */
  KW_SCHEDULER_FO = 12, /* weighted failover */
  KW_SCHEDULER_OVF = 13, /* weighted overflow */
  KW_SCHEDULER_TWOS = 14, /* power of two choices */
};
#define KW_SCHEDULER_FIRST 0u
#define KW_SCHEDULER_LAST 14u

/* Bits of ServiceRow.scheduler above the Scheduler. */
enum kw_scheduler_flag {
  KW_SCHEDULER_FLAG_PORT = 256, /* sh-port, mh-port: the source port is hashed, too */
  KW_SCHEDULER_FLAG_FALLBACK = 512, /* sh-fallback, mh-fallback: an unusable choice looks further */
};
#define KW_SCHEDULER_FLAG_ALL 0x300u

/* Bits of BackendRow.flags. */
enum kw_backend_flag {
  KW_BACKEND_FLAG_LOCAL = 1, /* on this node */
};
#define KW_BACKEND_FLAG_ALL 0x1u

/* What happened to a frame. */
enum kw_verdict {
  KW_VERDICT_DROP = 0, /* freed; the reason says why */
  KW_VERDICT_FORWARD = 1, /* leaves through outPort */
  KW_VERDICT_REPLY = 2, /* answered by the node itself (ARP, neighbour discovery, ICMP error); the answer leaves through inPort */
};
#define KW_VERDICT_FIRST 0u
#define KW_VERDICT_LAST 2u

/* Why. Also the counter and the trace word. */
enum kw_reason {
  KW_REASON_FORWARDED = 1, /* no Service rule touches it */
  KW_REASON_SERVICE = 2, /* first packet of a connection to a Service */
  KW_REASON_ESTABLISHED = 3, /* belongs to a known connection */
  KW_REASON_RELATED = 4, /* ICMP error about a known connection */
  KW_REASON_HEALTH_CHECK = 5, /* healthCheckNodePort, accepted for the node itself */
  KW_REASON_LOCAL_DELIVERY = 6, /* for the node's own namespace, no Service rule touches it */
  KW_REASON_SPREAD = 7, /* load balancer chose a node */
  KW_REASON_PROXIED = 64, /* load balancer ended the connection and began its own */
  KW_REASON_ARP_REPLY = 8, /* ARP request answered */
  KW_REASON_NEIGHBOUR_ADVERTISEMENT = 9, /* neighbour solicitation answered */
  KW_REASON_MALFORMED_ETHERNET = 32, /* frame shorter than an Ethernet header */
  KW_REASON_UNKNOWN_ETHERTYPE = 33, /* neither ARP, IPv4 nor IPv6 */
  KW_REASON_MALFORMED_ARP = 34, /* ARP that is not Ethernet/IPv4 or too short */
  KW_REASON_ARP_IGNORED = 35, /* ARP reply, probe, announcement, or a question for the asker itself */
  KW_REASON_MALFORMED_IP = 36, /* version, header length or total length wrong */
  KW_REASON_BAD_IP_CHECKSUM = 37, /* IPv4 header checksum wrong */
  KW_REASON_MARTIAN = 38, /* such an address may not be on a wire */
  KW_REASON_MULTICAST = 39, /* multicast, broadcast or link-local traffic that nobody routes */
  KW_REASON_MALFORMED_L4 = 40, /* TCP, UDP, SCTP or ICMP header truncated or inconsistent */
  KW_REASON_UNSUPPORTED_EXTENSION = 41, /* IPv6 extension headers too many, truncated or unknown */
  KW_REASON_FRAGMENT_UNKNOWN = 42, /* later fragment whose first fragment was not seen */
  KW_REASON_TTL_EXPIRED_SILENT = 43, /* TTL expired on a packet that gets no ICMP error */
  KW_REASON_INVALID_STATE = 44, /* connection tracking calls it INVALID */
  KW_REASON_FLOW_TABLE_FULL = 45, /* no room for another connection */
  KW_REASON_NAT_PORTS_EXHAUSTED = 46, /* no free source port for masquerading */
  KW_REASON_SOURCE_RANGE = 47, /* the source is not in loadBalancerSourceRanges */
  KW_REASON_NO_LOCAL_ENDPOINTS = 48, /* policy Local and no endpoint on this node */
  KW_REASON_UNALLOCATED_SERVICE_ADDRESS = 49, /* an address of the Service range that no Service has */
  KW_REASON_NO_ROUTE = 50, /* nobody has the address, and no ICMP error possible */
  KW_REASON_ICMP_ERROR_UNMATCHED = 51, /* ICMP error about a connection that is not known */
  KW_REASON_BAD_ICMP_CHECKSUM = 52, /* ICMP error with a wrong checksum */
  KW_REASON_BAD_L4_CHECKSUM = 59, /* TCP, UDP, SCTP or ICMP with a wrong checksum */
  KW_REASON_TOO_BIG_SILENT = 53, /* too big for the way out and no ICMP error possible */
  KW_REASON_SOURCE_LOOP = 54, /* it would go back where it came from */
  KW_REASON_NEIGHBOUR_IGNORED = 55, /* neighbour discovery that needs no answer */
  KW_REASON_DEVICE_QUEUE_FULL = 56, /* the device or ring did not take the frame */
  KW_REASON_HOP_LIMIT_INTERNAL = 57, /* passed more nodes than the lab has: a routing loop */
  KW_REASON_NO_TABLES = 58, /* no image loaded yet */
  KW_REASON_LINK_LOST = 60, /* a link that is made to lose packets lost it */
  KW_REASON_LINK_DOWN = 61, /* its link is down */
  KW_REASON_LINK_QUEUE_FULL = 62, /* too many packets wait for a slow link */
  KW_REASON_LINK_TOO_LONG = 63, /* longer than its link lets through, and nobody is told */
  KW_REASON_NO_ENDPOINTS = 96, /* no endpoint */
  KW_REASON_UNKNOWN_SERVICE_PORT = 97, /* the address has no such port */
  KW_REASON_HOST_UNREACHABLE = 98, /* nobody has the address */
  KW_REASON_TTL_EXPIRED = 99, /* the time to live ran out */
  KW_REASON_TOO_BIG = 100, /* larger than the MTU of the next link */
  KW_REASON_REJECTED_SILENT = 101, /* without an answer */
};
#define KW_REASON_FIRST 1u
#define KW_REASON_LAST 101u

/* How connection tracking saw a packet. */
enum kw_flow_state {
  KW_FLOW_STATE_UNTRACKED = 0, /* not looked at */
  KW_FLOW_STATE_NEW = 1, /* first packet of a connection */
  KW_FLOW_STATE_ORIGINAL = 2, /* known connection, direction of the first packet */
  KW_FLOW_STATE_REPLY = 3, /* known connection, the other direction */
  KW_FLOW_STATE_RELATED = 4, /* ICMP error about a known connection */
  KW_FLOW_STATE_INVALID = 5, /* no valid state */
};
#define KW_FLOW_STATE_FIRST 0u
#define KW_FLOW_STATE_LAST 5u

/* States of nf_conntrack_proto_tcp.c. */
enum kw_tcp_state {
  KW_TCP_STATE_NONE = 0, /* nothing seen */
  KW_TCP_STATE_SYN_SENT = 1, /* SYN seen */
  KW_TCP_STATE_SYN_RECV = 2, /* SYN-ACK seen */
  KW_TCP_STATE_ESTABLISHED = 3, /* ACK seen */
  KW_TCP_STATE_FIN_WAIT = 4, /* FIN seen */
  KW_TCP_STATE_CLOSE_WAIT = 5, /* ACK after FIN */
  KW_TCP_STATE_LAST_ACK = 6, /* FIN of the other side */
  KW_TCP_STATE_TIME_WAIT = 7, /* last ACK seen */
  KW_TCP_STATE_CLOSE = 8, /* RST seen */
  KW_TCP_STATE_SYN_SENT2 = 9, /* SYN of the other side: simultaneous open */
};
#define KW_TCP_STATE_FIRST 0u
#define KW_TCP_STATE_LAST 9u

/* States of nf_conntrack_proto_sctp.c. */
enum kw_sctp_state {
  KW_SCTP_STATE_NONE = 0, /* nothing seen */
  KW_SCTP_STATE_CLOSED = 1, /* INIT seen, or the association is over */
  KW_SCTP_STATE_COOKIE_WAIT = 2, /* INIT ACK seen */
  KW_SCTP_STATE_COOKIE_ECHOED = 3, /* COOKIE ECHO seen */
  KW_SCTP_STATE_ESTABLISHED = 4, /* COOKIE ACK seen */
  KW_SCTP_STATE_SHUTDOWN_SENT = 5, /* SHUTDOWN seen, direction of the first packet */
  KW_SCTP_STATE_SHUTDOWN_RECD = 6, /* SHUTDOWN seen, the other direction */
  KW_SCTP_STATE_SHUTDOWN_ACK_SENT = 7, /* SHUTDOWN ACK seen */
  KW_SCTP_STATE_HEARTBEAT_SENT = 8, /* HEARTBEAT seen first: another address of an association */
};
#define KW_SCTP_STATE_FIRST 0u
#define KW_SCTP_STATE_LAST 8u

/* Bits of FlowRow.flags. */
enum kw_flow_flag {
  KW_FLOW_FLAG_SEEN_REPLY = 1, /* packets came in both directions */
  KW_FLOW_FLAG_ASSURED = 2, /* not dropped early when the table is full */
  KW_FLOW_FLAG_DNAT = 4, /* destination rewritten */
  KW_FLOW_FLAG_SNAT = 8, /* source rewritten */
  KW_FLOW_FLAG_SPREAD = 16, /* goes unchanged to a chosen node */
};
#define KW_FLOW_FLAG_ALL 0x1fu

/* Which list a choice was made from. */
enum kw_endpoint_list {
  KW_ENDPOINT_LIST_NO_LIST = 0, /* no choice was made */
  KW_ENDPOINT_LIST_CLUSTER = 1, /* policy Cluster */
  KW_ENDPOINT_LIST_LOCAL = 2, /* policy Local */
};
#define KW_ENDPOINT_LIST_FIRST 0u
#define KW_ENDPOINT_LIST_LAST 2u

/* Why the source is rewritten to the address of the node. */
enum kw_masquerade_reason {
  KW_MASQUERADE_REASON_KEEP = 0, /* it is not */
  KW_MASQUERADE_REASON_MASQUERADE_ALL = 1, /* --masquerade-all */
  KW_MASQUERADE_REASON_OFF_CLUSTER = 2, /* cluster IP from a source that is not a pod of the cluster */
  KW_MASQUERADE_REASON_EXTERNAL_CLUSTER = 3, /* external address with policy Cluster */
  KW_MASQUERADE_REASON_LOCAL_SOURCE = 4, /* external address with policy Local, from the node itself */
  KW_MASQUERADE_REASON_HAIRPIN = 5, /* the chosen endpoint is the client itself */
  KW_MASQUERADE_REASON_EGRESS = 6, /* pod leaves the cluster */
  KW_MASQUERADE_REASON_PORT_CLASH = 7, /* address kept, port changed: the reply tuple was taken */
  KW_MASQUERADE_REASON_PROXY = 8, /* the connection to the NodePort is the load balancer's own */
};
#define KW_MASQUERADE_REASON_FIRST 0u
#define KW_MASQUERADE_REASON_LAST 8u

/* Bits of Decision.flags. */
enum kw_decision_flag {
  KW_DECISION_FLAG_DNAT = 1, /* destination was rewritten */
  KW_DECISION_FLAG_SNAT = 2, /* source was rewritten */
  KW_DECISION_FLAG_AFFINITY = 4, /* the endpoint was remembered, not chosen */
  KW_DECISION_FLAG_FLOW_CREATED = 8, /* a flow was created */
  KW_DECISION_FLAG_SOURCE_IS_POD = 16, /* the local detector says pod */
  KW_DECISION_FLAG_SOURCE_IS_NODE = 32, /* the source is an address of this node */
};
#define KW_DECISION_FLAG_ALL 0x3fu

/* What a TraceRow tells. */
enum kw_trace_kind {
  KW_TRACE_KIND_FRAME = 0, /* a frame, and what became of it */
  KW_TRACE_KIND_TABLES = 1, /* the node has tables of this generation from now on */
  KW_TRACE_KIND_SWEEP = 2, /* the node forgot expired flows */
  KW_TRACE_KIND_ADDED = 3, /* the node came, without tables */
  KW_TRACE_KIND_REMOVED = 4, /* the node is gone */
};
#define KW_TRACE_KIND_FIRST 0u
#define KW_TRACE_KIND_LAST 4u

/* Bits of LinkRow.flags. */
enum kw_link_flag {
  KW_LINK_FLAG_DOWN = 1, /* nothing gets through */
  KW_LINK_FLAG_BURSTS = 2, /* losses come in bursts (Gilbert-Elliott) */
  KW_LINK_FLAG_NORMAL = 4, /* delays vary normally; else evenly */
  KW_LINK_FLAG_PARETO = 8, /* delays vary as Pareto has it, with a shape of 3: few are much longer */
};
#define KW_LINK_FLAG_ALL 0xfu

/* Why an image or a patch was refused. */
enum kw_image_error {
  KW_IMAGE_ERROR_OK = 0, /* it was not */
  KW_IMAGE_ERROR_TOO_SHORT = 1, /* shorter than its header or its totalBytes */
  KW_IMAGE_ERROR_BAD_MAGIC = 2, /* not an image */
  KW_IMAGE_ERROR_BAD_VERSION = 3, /* ABI_VERSION differs */
  KW_IMAGE_ERROR_BAD_LAYOUT = 4, /* LAYOUT_HASH differs */
  KW_IMAGE_ERROR_BAD_DIRECTORY = 5, /* section directory out of bounds, duplicate or unknown section */
  KW_IMAGE_ERROR_BAD_STRIDE = 6, /* stride differs from the generated size */
  KW_IMAGE_ERROR_BAD_BOUNDS = 7, /* section out of bounds or not aligned */
  KW_IMAGE_ERROR_BAD_COUNT = 8, /* a section has too few or too many rows (NODE: one; slots: a power of two with a free slot) */
  KW_IMAGE_ERROR_BAD_INDEX = 9, /* an index points outside its section */
  KW_IMAGE_ERROR_BAD_VALUE = 10, /* an enum, flag, prefix or port range has an impossible value */
  KW_IMAGE_ERROR_BAD_ORDER = 11, /* routes not sorted, or node ports of IPTABLES before other rows */
  KW_IMAGE_ERROR_NO_MEMORY = 12, /* no memory for a copy of the image */
  KW_IMAGE_ERROR_BAD_BASE = 13, /* a patch of another image: node, strategy, seed or generation differ, or there is none */
  KW_IMAGE_ERROR_NO_ROOM = 14, /* a patch that makes a section longer than the room that the image has for it */
};
#define KW_IMAGE_ERROR_FIRST 0u
#define KW_IMAGE_ERROR_LAST 14u

/* Starts an image: one immutable buffer that holds all tables of one node under one strategy. */
struct kw_image_header {
  uint32_t magic; /* IMAGE_MAGIC */
  uint16_t abi_version; /* ABI_VERSION of the compiler */
  uint16_t strategy; /* Strategy that the tables were compiled for */
  uint64_t layout_hash; /* LAYOUT_HASH of the compiler */
  uint64_t generation; /* counts the images of this node */
  uint32_t total_bytes; /* length of the whole image */
  uint32_t sections; /* entries in the section directory that follows */
  uint32_t hash_seed; /* seed of every hash section */
  uint32_t node_id; /* the emulated node */
  uint32_t buckets; /* rows of PILOT that stand for buckets; behind them are groups (native/law/match.md) */
  uint32_t spread; /* rows of PERFECT that pilots spread keys over; behind them are rows that only groups and pilots name */
  uint8_t reserved_tail[16];
};
KW_STATIC_ASSERT(sizeof(struct kw_image_header) == 64, "kw_image_header");
KW_STATIC_ASSERT(offsetof(struct kw_image_header, magic) == 0, "kw_image_header.magic");
KW_STATIC_ASSERT(offsetof(struct kw_image_header, abi_version) == 4, "kw_image_header.abi_version");
KW_STATIC_ASSERT(offsetof(struct kw_image_header, strategy) == 6, "kw_image_header.strategy");
KW_STATIC_ASSERT(offsetof(struct kw_image_header, layout_hash) == 8, "kw_image_header.layout_hash");
KW_STATIC_ASSERT(offsetof(struct kw_image_header, generation) == 16, "kw_image_header.generation");
KW_STATIC_ASSERT(offsetof(struct kw_image_header, total_bytes) == 24, "kw_image_header.total_bytes");
KW_STATIC_ASSERT(offsetof(struct kw_image_header, sections) == 28, "kw_image_header.sections");
KW_STATIC_ASSERT(offsetof(struct kw_image_header, hash_seed) == 32, "kw_image_header.hash_seed");
KW_STATIC_ASSERT(offsetof(struct kw_image_header, node_id) == 36, "kw_image_header.node_id");
KW_STATIC_ASSERT(offsetof(struct kw_image_header, buckets) == 40, "kw_image_header.buckets");
KW_STATIC_ASSERT(offsetof(struct kw_image_header, spread) == 44, "kw_image_header.spread");

/* One entry of the section directory, directly behind the header. */
struct kw_section_entry {
  uint32_t kind; /* Section */
  uint32_t offset; /* from the start of the image, a multiple of SECTION_ALIGNMENT */
  uint32_t count; /* rows */
  uint32_t stride; /* bytes a row; must equal the generated size */
};
KW_STATIC_ASSERT(sizeof(struct kw_section_entry) == 16, "kw_section_entry");
KW_STATIC_ASSERT(offsetof(struct kw_section_entry, kind) == 0, "kw_section_entry.kind");
KW_STATIC_ASSERT(offsetof(struct kw_section_entry, offset) == 4, "kw_section_entry.offset");
KW_STATIC_ASSERT(offsetof(struct kw_section_entry, count) == 8, "kw_section_entry.count");
KW_STATIC_ASSERT(offsetof(struct kw_section_entry, stride) == 12, "kw_section_entry.stride");

/* Starts a patch: rows that change in the image that a node has. */
struct kw_patch_header {
  uint32_t magic; /* PATCH_MAGIC */
  uint16_t abi_version; /* ABI_VERSION of the compiler */
  uint16_t strategy; /* Strategy of the image */
  uint64_t layout_hash; /* LAYOUT_HASH of the compiler */
  uint64_t generation; /* of the image when it is patched */
  uint64_t base; /* generation that the image has before */
  uint32_t total_bytes; /* length of the whole patch */
  uint32_t entries; /* entries in the directory that follows */
  uint32_t hash_seed; /* hashSeed of the image */
  uint32_t node_id; /* nodeId of the image */
  uint8_t reserved_tail[16];
};
KW_STATIC_ASSERT(sizeof(struct kw_patch_header) == 64, "kw_patch_header");
KW_STATIC_ASSERT(offsetof(struct kw_patch_header, magic) == 0, "kw_patch_header.magic");
KW_STATIC_ASSERT(offsetof(struct kw_patch_header, abi_version) == 4, "kw_patch_header.abi_version");
KW_STATIC_ASSERT(offsetof(struct kw_patch_header, strategy) == 6, "kw_patch_header.strategy");
KW_STATIC_ASSERT(offsetof(struct kw_patch_header, layout_hash) == 8, "kw_patch_header.layout_hash");
KW_STATIC_ASSERT(offsetof(struct kw_patch_header, generation) == 16, "kw_patch_header.generation");
KW_STATIC_ASSERT(offsetof(struct kw_patch_header, base) == 24, "kw_patch_header.base");
KW_STATIC_ASSERT(offsetof(struct kw_patch_header, total_bytes) == 32, "kw_patch_header.total_bytes");
KW_STATIC_ASSERT(offsetof(struct kw_patch_header, entries) == 36, "kw_patch_header.entries");
KW_STATIC_ASSERT(offsetof(struct kw_patch_header, hash_seed) == 40, "kw_patch_header.hash_seed");
KW_STATIC_ASSERT(offsetof(struct kw_patch_header, node_id) == 44, "kw_patch_header.node_id");

/* A run of rows that a patch writes. Several may be about one section. */
struct kw_patch_entry {
  uint32_t kind; /* Section */
  uint32_t first; /* row that the first is written to */
  uint32_t count; /* rows; 0 only says how many the section has */
  uint32_t offset; /* from the start of the patch, a multiple of 4 */
  uint32_t rows; /* rows of the section when all is written; the same in all entries of a section */
  uint8_t reserved_tail[12];
};
KW_STATIC_ASSERT(sizeof(struct kw_patch_entry) == 32, "kw_patch_entry");
KW_STATIC_ASSERT(offsetof(struct kw_patch_entry, kind) == 0, "kw_patch_entry.kind");
KW_STATIC_ASSERT(offsetof(struct kw_patch_entry, first) == 4, "kw_patch_entry.first");
KW_STATIC_ASSERT(offsetof(struct kw_patch_entry, count) == 8, "kw_patch_entry.count");
KW_STATIC_ASSERT(offsetof(struct kw_patch_entry, offset) == 12, "kw_patch_entry.offset");
KW_STATIC_ASSERT(offsetof(struct kw_patch_entry, rows) == 16, "kw_patch_entry.rows");

/* What the node itself is. Exactly one row. */
struct kw_node_row {
  uint8_t address4[16]; /* source of masquerading and of ICMP errors, IPv4; zero if none (16 bytes; IPv4 as ::ffff:a.b.c.d) */
  uint8_t address6[16]; /* the same for IPv6; zero if none (16 bytes; IPv4 as ::ffff:a.b.c.d) */
  uint8_t mac[6]; /* MAC with which the node answers on every port */
  uint16_t flags; /* NodeFlag bits */
  uint32_t node_id; /* the emulated node */
  uint16_t snat_port_first; /* first source port that masquerading hands out */
  uint16_t snat_port_last; /* last source port that masquerading hands out */
  uint32_t service_flags; /* ServiceModeFlag bits: where the proxy modes differ */
  uint32_t tcp_established_seconds; /* how long a silent TCP flow lives in ESTABLISHED */
  uint32_t tcp_close_wait_seconds; /* the same in CLOSE_WAIT */
  uint32_t udp_seconds; /* how long a UDP flow lasts without a packet */
  uint32_t udp_stream_seconds; /* the same when it went both ways for more than two seconds */
  uint8_t reserved_tail[28];
};
KW_STATIC_ASSERT(sizeof(struct kw_node_row) == 96, "kw_node_row");
KW_STATIC_ASSERT(offsetof(struct kw_node_row, address4) == 0, "kw_node_row.address4");
KW_STATIC_ASSERT(offsetof(struct kw_node_row, address6) == 16, "kw_node_row.address6");
KW_STATIC_ASSERT(offsetof(struct kw_node_row, mac) == 32, "kw_node_row.mac");
KW_STATIC_ASSERT(offsetof(struct kw_node_row, flags) == 38, "kw_node_row.flags");
KW_STATIC_ASSERT(offsetof(struct kw_node_row, node_id) == 40, "kw_node_row.node_id");
KW_STATIC_ASSERT(offsetof(struct kw_node_row, snat_port_first) == 44, "kw_node_row.snat_port_first");
KW_STATIC_ASSERT(offsetof(struct kw_node_row, snat_port_last) == 46, "kw_node_row.snat_port_last");
KW_STATIC_ASSERT(offsetof(struct kw_node_row, service_flags) == 48, "kw_node_row.service_flags");
KW_STATIC_ASSERT(offsetof(struct kw_node_row, tcp_established_seconds) == 52, "kw_node_row.tcp_established_seconds");
KW_STATIC_ASSERT(offsetof(struct kw_node_row, tcp_close_wait_seconds) == 56, "kw_node_row.tcp_close_wait_seconds");
KW_STATIC_ASSERT(offsetof(struct kw_node_row, udp_seconds) == 60, "kw_node_row.udp_seconds");
KW_STATIC_ASSERT(offsetof(struct kw_node_row, udp_stream_seconds) == 64, "kw_node_row.udp_stream_seconds");

/* A device of the node: its host namespace, a pod, or the way to other nodes. Row index = port number. */
struct kw_port_row {
  uint32_t kind; /* PortKind */
  uint32_t mtu; /* largest IP packet in bytes */
  uint8_t mac[6]; /* MAC of the interface at the other end (the pod's own) */
  uint16_t flags; /* reserved */
  uint32_t target; /* node id at the other end of an UPLINK to one peer, NONE otherwise */
  uint32_t id; /* stable id, for counters and names */
  uint8_t reserved_tail[8];
};
KW_STATIC_ASSERT(sizeof(struct kw_port_row) == 32, "kw_port_row");
KW_STATIC_ASSERT(offsetof(struct kw_port_row, kind) == 0, "kw_port_row.kind");
KW_STATIC_ASSERT(offsetof(struct kw_port_row, mtu) == 4, "kw_port_row.mtu");
KW_STATIC_ASSERT(offsetof(struct kw_port_row, mac) == 8, "kw_port_row.mac");
KW_STATIC_ASSERT(offsetof(struct kw_port_row, flags) == 14, "kw_port_row.flags");
KW_STATIC_ASSERT(offsetof(struct kw_port_row, target) == 16, "kw_port_row.target");
KW_STATIC_ASSERT(offsetof(struct kw_port_row, id) == 20, "kw_port_row.id");

/* A route. Rows are sorted by prefixLength, longest first; the first that matches wins. */
struct kw_route_row {
  uint8_t prefix[16]; /* network address, host bits zero (16 bytes; IPv4 as ::ffff:a.b.c.d) */
  uint32_t prefix_length; /* 0 to 128, counted in the 16-byte form (an IPv4 /24 is 120) */
  uint32_t kind; /* RouteKind */
  uint32_t port; /* port row to send through; NONE for UNREACHABLE and BLACKHOLE */
  uint32_t next_hop; /* node id that takes the frame when port is an UPLINK; NONE otherwise */
};
KW_STATIC_ASSERT(sizeof(struct kw_route_row) == 32, "kw_route_row");
KW_STATIC_ASSERT(offsetof(struct kw_route_row, prefix) == 0, "kw_route_row.prefix");
KW_STATIC_ASSERT(offsetof(struct kw_route_row, prefix_length) == 16, "kw_route_row.prefix_length");
KW_STATIC_ASSERT(offsetof(struct kw_route_row, kind) == 20, "kw_route_row.kind");
KW_STATIC_ASSERT(offsetof(struct kw_route_row, port) == 24, "kw_route_row.port");
KW_STATIC_ASSERT(offsetof(struct kw_route_row, next_hop) == 28, "kw_route_row.next_hop");

/* An address that is local to the node (addrtype LOCAL). */
struct kw_local_address_row {
  uint8_t address[16]; /* the address (16 bytes; IPv4 as ::ffff:a.b.c.d) */
  uint32_t flags; /* LocalAddressFlag bits */
  uint8_t reserved_tail[12];
};
KW_STATIC_ASSERT(sizeof(struct kw_local_address_row) == 32, "kw_local_address_row");
KW_STATIC_ASSERT(offsetof(struct kw_local_address_row, address) == 0, "kw_local_address_row.address");
KW_STATIC_ASSERT(offsetof(struct kw_local_address_row, flags) == 16, "kw_local_address_row.flags");

/* An address range: the local detector, Service ranges, source ranges. */
struct kw_cidr_row {
  uint8_t prefix[16]; /* network address, host bits zero (16 bytes; IPv4 as ::ffff:a.b.c.d) */
  uint32_t prefix_length; /* 0 to 128 in the 16-byte form */
  uint32_t kind; /* CidrKind */
  uint8_t reserved_tail[8];
};
KW_STATIC_ASSERT(sizeof(struct kw_cidr_row) == 32, "kw_cidr_row");
KW_STATIC_ASSERT(offsetof(struct kw_cidr_row, prefix) == 0, "kw_cidr_row.prefix");
KW_STATIC_ASSERT(offsetof(struct kw_cidr_row, prefix_length) == 16, "kw_cidr_row.prefix_length");
KW_STATIC_ASSERT(offsetof(struct kw_cidr_row, kind) == 20, "kw_cidr_row.kind");

/* An address, port and protocol on which a Service port answers. NodePorts have the unspecified address of their family. */
struct kw_frontend_row {
  uint8_t address[16]; /* destination that is matched; ::ffff:0.0.0.0 or :: = any NodePort address of the node (16 bytes; IPv4 as ::ffff:a.b.c.d) */
  uint16_t port_be; /* destination port; 0 = any port (only with protocol 0) */
  uint8_t protocol; /* IP protocol number; 0 = any */
  uint8_t kind; /* FrontendKind */
  uint32_t service; /* row in SERVICE; NONE for HEALTH_CHECK */
  uint32_t id; /* stable id across generations */
  uint32_t flags; /* FrontendFlag bits */
};
KW_STATIC_ASSERT(sizeof(struct kw_frontend_row) == 32, "kw_frontend_row");
KW_STATIC_ASSERT(offsetof(struct kw_frontend_row, address) == 0, "kw_frontend_row.address");
KW_STATIC_ASSERT(offsetof(struct kw_frontend_row, port_be) == 16, "kw_frontend_row.port_be");
KW_STATIC_ASSERT(offsetof(struct kw_frontend_row, protocol) == 18, "kw_frontend_row.protocol");
KW_STATIC_ASSERT(offsetof(struct kw_frontend_row, kind) == 19, "kw_frontend_row.kind");
KW_STATIC_ASSERT(offsetof(struct kw_frontend_row, service) == 20, "kw_frontend_row.service");
KW_STATIC_ASSERT(offsetof(struct kw_frontend_row, id) == 24, "kw_frontend_row.id");
KW_STATIC_ASSERT(offsetof(struct kw_frontend_row, flags) == 28, "kw_frontend_row.flags");

/* One port of one Service and the endpoints that this node may use for it. Lists are runs of rows in MEMBER. */
struct kw_service_row {
  uint32_t id; /* stable id across generations; key of session affinity */
  uint32_t flags; /* ServiceFlag bits */
  uint32_t cluster_first; /* first MEMBER of the list for policy Cluster */
  uint32_t cluster_count; /* its length */
  uint32_t local_first; /* first MEMBER of the list for policy Local */
  uint32_t local_count; /* its length */
  uint32_t serving_first; /* first MEMBER of all serving endpoints (stale UDP flows are judged by it) */
  uint32_t serving_count; /* its length */
  uint32_t source_range_first; /* first SOURCE_RANGE of loadBalancerSourceRanges */
  uint32_t source_range_count; /* its length */
  uint32_t affinity_seconds; /* sessionAffinityConfig.clientIP.timeoutSeconds; 0 = no affinity */
  uint32_t scheduler; /* Scheduler, with SchedulerFlag bits */
  uint32_t ring_first; /* first RING slot of the list for policy Cluster (Maglev); NONE if none */
  uint32_t ring_count; /* its length, and that of the ring for policy Local */
  uint32_t local_ring_first; /* first RING slot of the list for policy Local; NONE if none */
  uint8_t reserved_tail[4];
};
KW_STATIC_ASSERT(sizeof(struct kw_service_row) == 64, "kw_service_row");
KW_STATIC_ASSERT(offsetof(struct kw_service_row, id) == 0, "kw_service_row.id");
KW_STATIC_ASSERT(offsetof(struct kw_service_row, flags) == 4, "kw_service_row.flags");
KW_STATIC_ASSERT(offsetof(struct kw_service_row, cluster_first) == 8, "kw_service_row.cluster_first");
KW_STATIC_ASSERT(offsetof(struct kw_service_row, cluster_count) == 12, "kw_service_row.cluster_count");
KW_STATIC_ASSERT(offsetof(struct kw_service_row, local_first) == 16, "kw_service_row.local_first");
KW_STATIC_ASSERT(offsetof(struct kw_service_row, local_count) == 20, "kw_service_row.local_count");
KW_STATIC_ASSERT(offsetof(struct kw_service_row, serving_first) == 24, "kw_service_row.serving_first");
KW_STATIC_ASSERT(offsetof(struct kw_service_row, serving_count) == 28, "kw_service_row.serving_count");
KW_STATIC_ASSERT(offsetof(struct kw_service_row, source_range_first) == 32, "kw_service_row.source_range_first");
KW_STATIC_ASSERT(offsetof(struct kw_service_row, source_range_count) == 36, "kw_service_row.source_range_count");
KW_STATIC_ASSERT(offsetof(struct kw_service_row, affinity_seconds) == 40, "kw_service_row.affinity_seconds");
KW_STATIC_ASSERT(offsetof(struct kw_service_row, scheduler) == 44, "kw_service_row.scheduler");
KW_STATIC_ASSERT(offsetof(struct kw_service_row, ring_first) == 48, "kw_service_row.ring_first");
KW_STATIC_ASSERT(offsetof(struct kw_service_row, ring_count) == 52, "kw_service_row.ring_count");
KW_STATIC_ASSERT(offsetof(struct kw_service_row, local_ring_first) == 56, "kw_service_row.local_ring_first");

/* One endpoint address and port of one Service port. */
struct kw_backend_row {
  uint8_t address[16]; /* endpoint address (16 bytes; IPv4 as ::ffff:a.b.c.d) */
  uint16_t port_be; /* endpoint port */
  uint16_t flags; /* BackendFlag bits */
  uint32_t id; /* stable id across generations */
  uint32_t weight; /* IPVS weight */
  uint32_t service; /* row in SERVICE that it belongs to */
};
KW_STATIC_ASSERT(sizeof(struct kw_backend_row) == 32, "kw_backend_row");
KW_STATIC_ASSERT(offsetof(struct kw_backend_row, address) == 0, "kw_backend_row.address");
KW_STATIC_ASSERT(offsetof(struct kw_backend_row, port_be) == 16, "kw_backend_row.port_be");
KW_STATIC_ASSERT(offsetof(struct kw_backend_row, flags) == 18, "kw_backend_row.flags");
KW_STATIC_ASSERT(offsetof(struct kw_backend_row, id) == 20, "kw_backend_row.id");
KW_STATIC_ASSERT(offsetof(struct kw_backend_row, weight) == 24, "kw_backend_row.weight");
KW_STATIC_ASSERT(offsetof(struct kw_backend_row, service) == 28, "kw_backend_row.service");

/* Strategy PERFECT: all that a new connection to a frontend needs of FRONTEND and SERVICE, in one cache line. */
struct kw_perfect_row {
  uint8_t address[16]; /* as in FRONTEND (16 bytes; IPv4 as ::ffff:a.b.c.d) */
  uint16_t port_be; /* as in FRONTEND */
  uint8_t protocol; /* as in FRONTEND */
  uint8_t kind; /* FrontendKind */
  uint32_t frontend; /* row in FRONTEND; NONE = a free row: protocol 255, the rest zero */
  uint32_t service; /* row in SERVICE; NONE for HEALTH_CHECK */
  uint32_t service_id; /* ServiceRow.id */
  uint16_t flags; /* FrontendFlag bits */
  uint16_t service_flags; /* ServiceFlag bits */
  uint32_t cluster_first; /* first BACKEND (not MEMBER) of the list for policy Cluster */
  uint32_t cluster_count; /* its length */
  uint32_t local_first; /* first BACKEND (not MEMBER) of the list for policy Local */
  uint32_t local_count; /* its length */
  uint32_t source_range_first; /* first SOURCE_RANGE */
  uint32_t source_range_count; /* its length */
  uint32_t affinity_seconds; /* ServiceRow.affinitySeconds */
};
KW_STATIC_ASSERT(sizeof(struct kw_perfect_row) == 64, "kw_perfect_row");
KW_STATIC_ASSERT(offsetof(struct kw_perfect_row, address) == 0, "kw_perfect_row.address");
KW_STATIC_ASSERT(offsetof(struct kw_perfect_row, port_be) == 16, "kw_perfect_row.port_be");
KW_STATIC_ASSERT(offsetof(struct kw_perfect_row, protocol) == 18, "kw_perfect_row.protocol");
KW_STATIC_ASSERT(offsetof(struct kw_perfect_row, kind) == 19, "kw_perfect_row.kind");
KW_STATIC_ASSERT(offsetof(struct kw_perfect_row, frontend) == 20, "kw_perfect_row.frontend");
KW_STATIC_ASSERT(offsetof(struct kw_perfect_row, service) == 24, "kw_perfect_row.service");
KW_STATIC_ASSERT(offsetof(struct kw_perfect_row, service_id) == 28, "kw_perfect_row.service_id");
KW_STATIC_ASSERT(offsetof(struct kw_perfect_row, flags) == 32, "kw_perfect_row.flags");
KW_STATIC_ASSERT(offsetof(struct kw_perfect_row, service_flags) == 34, "kw_perfect_row.service_flags");
KW_STATIC_ASSERT(offsetof(struct kw_perfect_row, cluster_first) == 36, "kw_perfect_row.cluster_first");
KW_STATIC_ASSERT(offsetof(struct kw_perfect_row, cluster_count) == 40, "kw_perfect_row.cluster_count");
KW_STATIC_ASSERT(offsetof(struct kw_perfect_row, local_first) == 44, "kw_perfect_row.local_first");
KW_STATIC_ASSERT(offsetof(struct kw_perfect_row, local_count) == 48, "kw_perfect_row.local_count");
KW_STATIC_ASSERT(offsetof(struct kw_perfect_row, source_range_first) == 52, "kw_perfect_row.source_range_first");
KW_STATIC_ASSERT(offsetof(struct kw_perfect_row, source_range_count) == 56, "kw_perfect_row.source_range_count");
KW_STATIC_ASSERT(offsetof(struct kw_perfect_row, affinity_seconds) == 60, "kw_perfect_row.affinity_seconds");

/* An index: MEMBER and RING (a backend), *_SLOT (a row, NONE = empty), PILOT (see native/law/match.md). */
struct kw_index_row {
  uint32_t index; /* row in the section that this one points into */
};
KW_STATIC_ASSERT(sizeof(struct kw_index_row) == 4, "kw_index_row");
KW_STATIC_ASSERT(offsetof(struct kw_index_row, index) == 0, "kw_index_row.index");

/* What was decided about one frame, and because of which rows. Written by every engine for every frame. */
struct kw_decision {
  uint32_t verdict; /* Verdict */
  uint32_t reason; /* Reason */
  uint32_t in_port; /* port row it came in through */
  uint32_t out_port; /* port row it leaves through; NONE when it does not */
  uint32_t next_hop; /* node id that takes it; NONE when it stays on this node */
  uint32_t state; /* FlowState: how connection tracking saw it */
  uint32_t frontend; /* row in FRONTEND that matched; NONE */
  uint32_t service; /* row in SERVICE; NONE */
  uint32_t backend; /* row in BACKEND that was chosen now; NONE when no choice was made now */
  uint32_t list; /* EndpointList that the choice was made from */
  uint32_t masquerade; /* MasqueradeReason */
  uint32_t choices; /* length of the list that the choice was made from */
  uint32_t flags; /* DecisionFlag bits */
  uint8_t reserved_tail[12];
};
KW_STATIC_ASSERT(sizeof(struct kw_decision) == 64, "kw_decision");
KW_STATIC_ASSERT(offsetof(struct kw_decision, verdict) == 0, "kw_decision.verdict");
KW_STATIC_ASSERT(offsetof(struct kw_decision, reason) == 4, "kw_decision.reason");
KW_STATIC_ASSERT(offsetof(struct kw_decision, in_port) == 8, "kw_decision.in_port");
KW_STATIC_ASSERT(offsetof(struct kw_decision, out_port) == 12, "kw_decision.out_port");
KW_STATIC_ASSERT(offsetof(struct kw_decision, next_hop) == 16, "kw_decision.next_hop");
KW_STATIC_ASSERT(offsetof(struct kw_decision, state) == 20, "kw_decision.state");
KW_STATIC_ASSERT(offsetof(struct kw_decision, frontend) == 24, "kw_decision.frontend");
KW_STATIC_ASSERT(offsetof(struct kw_decision, service) == 28, "kw_decision.service");
KW_STATIC_ASSERT(offsetof(struct kw_decision, backend) == 32, "kw_decision.backend");
KW_STATIC_ASSERT(offsetof(struct kw_decision, list) == 36, "kw_decision.list");
KW_STATIC_ASSERT(offsetof(struct kw_decision, masquerade) == 40, "kw_decision.masquerade");
KW_STATIC_ASSERT(offsetof(struct kw_decision, choices) == 44, "kw_decision.choices");
KW_STATIC_ASSERT(offsetof(struct kw_decision, flags) == 48, "kw_decision.flags");

/* One tracked connection, as listed by an engine. Network addresses in the 16-byte form, ports in host order. */
struct kw_flow_row {
  uint8_t original_source[16]; /* source of the first packet (16 bytes; IPv4 as ::ffff:a.b.c.d) */
  uint8_t original_destination[16]; /* destination of the first packet (16 bytes; IPv4 as ::ffff:a.b.c.d) */
  uint8_t reply_source[16]; /* source of the expected reply (16 bytes; IPv4 as ::ffff:a.b.c.d) */
  uint8_t reply_destination[16]; /* destination of the expected reply (16 bytes; IPv4 as ::ffff:a.b.c.d) */
  uint16_t original_source_port; /* port or ICMP identifier */
  uint16_t original_destination_port; /* port or ICMP identifier */
  uint16_t reply_source_port; /* port or ICMP identifier */
  uint16_t reply_destination_port; /* port or ICMP identifier */
  uint8_t protocol; /* IP protocol number */
  uint8_t tcp_state; /* TcpState, or NONE for other protocols */
  uint16_t flags; /* FlowFlag bits */
  uint32_t service_id; /* stable id of the Service port; NONE */
  uint32_t backend_id; /* stable id of the endpoint; NONE */
  uint32_t remaining_ms; /* until it expires when nothing more comes */
  uint64_t packets; /* in both directions */
  uint64_t bytes; /* IP bytes in both directions */
  uint64_t age_ms; /* since its first packet */
  uint8_t sctp_state; /* SctpState, or NONE for other protocols */
  uint8_t icmp_type; /* of a query of ICMP: type of the question; 0 */
  uint8_t icmp_code; /* its code; 0 */
  uint8_t reserved_tail[13];
};
KW_STATIC_ASSERT(sizeof(struct kw_flow_row) == 128, "kw_flow_row");
KW_STATIC_ASSERT(offsetof(struct kw_flow_row, original_source) == 0, "kw_flow_row.original_source");
KW_STATIC_ASSERT(offsetof(struct kw_flow_row, original_destination) == 16, "kw_flow_row.original_destination");
KW_STATIC_ASSERT(offsetof(struct kw_flow_row, reply_source) == 32, "kw_flow_row.reply_source");
KW_STATIC_ASSERT(offsetof(struct kw_flow_row, reply_destination) == 48, "kw_flow_row.reply_destination");
KW_STATIC_ASSERT(offsetof(struct kw_flow_row, original_source_port) == 64, "kw_flow_row.original_source_port");
KW_STATIC_ASSERT(offsetof(struct kw_flow_row, original_destination_port) == 66, "kw_flow_row.original_destination_port");
KW_STATIC_ASSERT(offsetof(struct kw_flow_row, reply_source_port) == 68, "kw_flow_row.reply_source_port");
KW_STATIC_ASSERT(offsetof(struct kw_flow_row, reply_destination_port) == 70, "kw_flow_row.reply_destination_port");
KW_STATIC_ASSERT(offsetof(struct kw_flow_row, protocol) == 72, "kw_flow_row.protocol");
KW_STATIC_ASSERT(offsetof(struct kw_flow_row, tcp_state) == 73, "kw_flow_row.tcp_state");
KW_STATIC_ASSERT(offsetof(struct kw_flow_row, flags) == 74, "kw_flow_row.flags");
KW_STATIC_ASSERT(offsetof(struct kw_flow_row, service_id) == 76, "kw_flow_row.service_id");
KW_STATIC_ASSERT(offsetof(struct kw_flow_row, backend_id) == 80, "kw_flow_row.backend_id");
KW_STATIC_ASSERT(offsetof(struct kw_flow_row, remaining_ms) == 84, "kw_flow_row.remaining_ms");
KW_STATIC_ASSERT(offsetof(struct kw_flow_row, packets) == 88, "kw_flow_row.packets");
KW_STATIC_ASSERT(offsetof(struct kw_flow_row, bytes) == 96, "kw_flow_row.bytes");
KW_STATIC_ASSERT(offsetof(struct kw_flow_row, age_ms) == 104, "kw_flow_row.age_ms");
KW_STATIC_ASSERT(offsetof(struct kw_flow_row, sctp_state) == 112, "kw_flow_row.sctp_state");
KW_STATIC_ASSERT(offsetof(struct kw_flow_row, icmp_type) == 113, "kw_flow_row.icmp_type");
KW_STATIC_ASSERT(offsetof(struct kw_flow_row, icmp_code) == 114, "kw_flow_row.icmp_code");

/* A client that a Service with session affinity remembers, as listed by an engine. */
struct kw_affinity_row {
  uint8_t client[16]; /* the client (16 bytes; IPv4 as ::ffff:a.b.c.d) */
  uint32_t service_id; /* stable id of the Service port */
  uint32_t backend_id; /* stable id of the endpoint */
  uint64_t last_ns; /* when it was last sent there, on the monotonic clock */
};
KW_STATIC_ASSERT(sizeof(struct kw_affinity_row) == 32, "kw_affinity_row");
KW_STATIC_ASSERT(offsetof(struct kw_affinity_row, client) == 0, "kw_affinity_row.client");
KW_STATIC_ASSERT(offsetof(struct kw_affinity_row, service_id) == 16, "kw_affinity_row.service_id");
KW_STATIC_ASSERT(offsetof(struct kw_affinity_row, backend_id) == 20, "kw_affinity_row.backend_id");
KW_STATIC_ASSERT(offsetof(struct kw_affinity_row, last_ns) == 24, "kw_affinity_row.last_ns");

/* The last frame that a node dropped or rejected for a reason, as it came. */
struct kw_loss_row {
  uint64_t at_ns; /* when, on the monotonic clock */
  uint32_t reason; /* Reason; 0: none yet */
  uint32_t port; /* port through which it came */
  uint32_t length; /* of the whole frame, in bytes */
  uint32_t kept; /* bytes of it that are kept */
  uint8_t head[80]; /* its first bytes: the headers */
  uint8_t reserved_tail[24];
};
KW_STATIC_ASSERT(sizeof(struct kw_loss_row) == 128, "kw_loss_row");
KW_STATIC_ASSERT(offsetof(struct kw_loss_row, at_ns) == 0, "kw_loss_row.at_ns");
KW_STATIC_ASSERT(offsetof(struct kw_loss_row, reason) == 8, "kw_loss_row.reason");
KW_STATIC_ASSERT(offsetof(struct kw_loss_row, port) == 12, "kw_loss_row.port");
KW_STATIC_ASSERT(offsetof(struct kw_loss_row, length) == 16, "kw_loss_row.length");
KW_STATIC_ASSERT(offsetof(struct kw_loss_row, kept) == 20, "kw_loss_row.kept");
KW_STATIC_ASSERT(offsetof(struct kw_loss_row, head) == 24, "kw_loss_row.head");

/* Starts the memory through which a shard tells what it did with each frame; a power of two of bytes follows. */
struct kw_trace_ring {
  uint64_t produced; /* bytes written, ever; written by the shard */
  uint64_t lost; /* frames left out because there was no room; written by the shard */
  uint8_t own[48]; /* keeps the line to the shard */
  uint64_t consumed; /* bytes read, ever; written by the reader */
  uint8_t readers[56]; /* keeps the line to the reader */
  uint32_t snap; /* bytes of a frame that are kept; 0 = all */
  uint32_t whole; /* 1: everything that decides about frames is told, too: tables, sweeps, nodes that come and go */
  uint8_t reserved_tail[56];
};
KW_STATIC_ASSERT(sizeof(struct kw_trace_ring) == 192, "kw_trace_ring");
KW_STATIC_ASSERT(offsetof(struct kw_trace_ring, produced) == 0, "kw_trace_ring.produced");
KW_STATIC_ASSERT(offsetof(struct kw_trace_ring, lost) == 8, "kw_trace_ring.lost");
KW_STATIC_ASSERT(offsetof(struct kw_trace_ring, own) == 16, "kw_trace_ring.own");
KW_STATIC_ASSERT(offsetof(struct kw_trace_ring, consumed) == 64, "kw_trace_ring.consumed");
KW_STATIC_ASSERT(offsetof(struct kw_trace_ring, readers) == 72, "kw_trace_ring.readers");
KW_STATIC_ASSERT(offsetof(struct kw_trace_ring, snap) == 128, "kw_trace_ring.snap");
KW_STATIC_ASSERT(offsetof(struct kw_trace_ring, whole) == 132, "kw_trace_ring.whole");

/* A frame at one node: its bytes as it came follow, then those that left, each padded to 8 bytes. Or another event. */
struct kw_trace_row {
  uint32_t bytes; /* of the whole record, a multiple of 8 */
  uint32_t node; /* node id; NONE = filler up to the end of the ring, of which only `bytes` is written */
  uint64_t at_ns; /* when it came, on the monotonic clock */
  uint32_t in_port; /* port row it came in through */
  uint32_t out_port; /* port row that something left through; NONE if nothing did */
  uint32_t next_hop; /* node id that takes it; NONE when it stays on this node */
  uint32_t verdict; /* Verdict */
  uint32_t reason; /* Reason */
  uint32_t state; /* FlowState */
  uint32_t frontend; /* row in FRONTEND that matched; NONE */
  uint32_t service; /* row in SERVICE; NONE */
  uint32_t backend; /* row in BACKEND that was chosen now; NONE */
  uint32_t list; /* EndpointList that the choice was made from */
  uint32_t masquerade; /* MasqueradeReason */
  uint32_t flags; /* DecisionFlag bits */
  uint64_t generation; /* of the tables in force */
  uint32_t in_length; /* length of the frame that came */
  uint32_t in_kept; /* bytes of it that follow */
  uint32_t out_length; /* length of the frame that left; 0 if none did */
  uint32_t out_kept; /* bytes of it that follow */
  uint32_t kind; /* TraceKind */
  uint32_t lost_to; /* Reason for which what left was lost after all; 0 = it was not */
  uint64_t clock_ns; /* the time by which the node decided */
  uint64_t sequence; /* how many records the shard has made before, told or left out */
  uint32_t choices; /* length of the list that the choice was made from */
  uint32_t places; /* SWEEP: places of the flow table that were looked at */
  uint8_t in_needs_checksum; /* VIRTIO_NET_HDR_F_NEEDS_CSUM of the frame that came */
  uint8_t in_gso_type; /* gso_type of the frame that came */
  uint16_t in_gso_size; /* gso_size of the frame that came */
  uint16_t in_header_length; /* hdr_len of the frame that came */
  uint16_t in_checksum_start; /* csum_start of the frame that came */
  uint16_t in_checksum_offset; /* csum_offset of the frame that came */
  uint8_t out_needs_checksum; /* VIRTIO_NET_HDR_F_NEEDS_CSUM of the frame that left */
  uint8_t out_gso_type; /* gso_type of the frame that left */
  uint16_t out_gso_size; /* gso_size of the frame that left */
  uint16_t out_header_length; /* hdr_len of the frame that left */
  uint16_t out_checksum_start; /* csum_start of the frame that left */
  uint16_t out_checksum_offset; /* csum_offset of the frame that left */
  uint8_t reserved_tail[20];
};
KW_STATIC_ASSERT(sizeof(struct kw_trace_row) == 160, "kw_trace_row");
KW_STATIC_ASSERT(offsetof(struct kw_trace_row, bytes) == 0, "kw_trace_row.bytes");
KW_STATIC_ASSERT(offsetof(struct kw_trace_row, node) == 4, "kw_trace_row.node");
KW_STATIC_ASSERT(offsetof(struct kw_trace_row, at_ns) == 8, "kw_trace_row.at_ns");
KW_STATIC_ASSERT(offsetof(struct kw_trace_row, in_port) == 16, "kw_trace_row.in_port");
KW_STATIC_ASSERT(offsetof(struct kw_trace_row, out_port) == 20, "kw_trace_row.out_port");
KW_STATIC_ASSERT(offsetof(struct kw_trace_row, next_hop) == 24, "kw_trace_row.next_hop");
KW_STATIC_ASSERT(offsetof(struct kw_trace_row, verdict) == 28, "kw_trace_row.verdict");
KW_STATIC_ASSERT(offsetof(struct kw_trace_row, reason) == 32, "kw_trace_row.reason");
KW_STATIC_ASSERT(offsetof(struct kw_trace_row, state) == 36, "kw_trace_row.state");
KW_STATIC_ASSERT(offsetof(struct kw_trace_row, frontend) == 40, "kw_trace_row.frontend");
KW_STATIC_ASSERT(offsetof(struct kw_trace_row, service) == 44, "kw_trace_row.service");
KW_STATIC_ASSERT(offsetof(struct kw_trace_row, backend) == 48, "kw_trace_row.backend");
KW_STATIC_ASSERT(offsetof(struct kw_trace_row, list) == 52, "kw_trace_row.list");
KW_STATIC_ASSERT(offsetof(struct kw_trace_row, masquerade) == 56, "kw_trace_row.masquerade");
KW_STATIC_ASSERT(offsetof(struct kw_trace_row, flags) == 60, "kw_trace_row.flags");
KW_STATIC_ASSERT(offsetof(struct kw_trace_row, generation) == 64, "kw_trace_row.generation");
KW_STATIC_ASSERT(offsetof(struct kw_trace_row, in_length) == 72, "kw_trace_row.in_length");
KW_STATIC_ASSERT(offsetof(struct kw_trace_row, in_kept) == 76, "kw_trace_row.in_kept");
KW_STATIC_ASSERT(offsetof(struct kw_trace_row, out_length) == 80, "kw_trace_row.out_length");
KW_STATIC_ASSERT(offsetof(struct kw_trace_row, out_kept) == 84, "kw_trace_row.out_kept");
KW_STATIC_ASSERT(offsetof(struct kw_trace_row, kind) == 88, "kw_trace_row.kind");
KW_STATIC_ASSERT(offsetof(struct kw_trace_row, lost_to) == 92, "kw_trace_row.lost_to");
KW_STATIC_ASSERT(offsetof(struct kw_trace_row, clock_ns) == 96, "kw_trace_row.clock_ns");
KW_STATIC_ASSERT(offsetof(struct kw_trace_row, sequence) == 104, "kw_trace_row.sequence");
KW_STATIC_ASSERT(offsetof(struct kw_trace_row, choices) == 112, "kw_trace_row.choices");
KW_STATIC_ASSERT(offsetof(struct kw_trace_row, places) == 116, "kw_trace_row.places");
KW_STATIC_ASSERT(offsetof(struct kw_trace_row, in_needs_checksum) == 120, "kw_trace_row.in_needs_checksum");
KW_STATIC_ASSERT(offsetof(struct kw_trace_row, in_gso_type) == 121, "kw_trace_row.in_gso_type");
KW_STATIC_ASSERT(offsetof(struct kw_trace_row, in_gso_size) == 122, "kw_trace_row.in_gso_size");
KW_STATIC_ASSERT(offsetof(struct kw_trace_row, in_header_length) == 124, "kw_trace_row.in_header_length");
KW_STATIC_ASSERT(offsetof(struct kw_trace_row, in_checksum_start) == 126, "kw_trace_row.in_checksum_start");
KW_STATIC_ASSERT(offsetof(struct kw_trace_row, in_checksum_offset) == 128, "kw_trace_row.in_checksum_offset");
KW_STATIC_ASSERT(offsetof(struct kw_trace_row, out_needs_checksum) == 130, "kw_trace_row.out_needs_checksum");
KW_STATIC_ASSERT(offsetof(struct kw_trace_row, out_gso_type) == 131, "kw_trace_row.out_gso_type");
KW_STATIC_ASSERT(offsetof(struct kw_trace_row, out_gso_size) == 132, "kw_trace_row.out_gso_size");
KW_STATIC_ASSERT(offsetof(struct kw_trace_row, out_header_length) == 134, "kw_trace_row.out_header_length");
KW_STATIC_ASSERT(offsetof(struct kw_trace_row, out_checksum_start) == 136, "kw_trace_row.out_checksum_start");
KW_STATIC_ASSERT(offsetof(struct kw_trace_row, out_checksum_offset) == 138, "kw_trace_row.out_checksum_offset");

/* A link that misbehaves: what happens to the frames that it matches. Of chances, 2^32 would be always. */
struct kw_link_row {
  uint32_t id; /* stable; a link with the id and seed of one before goes on where that one was */
  uint32_t flags; /* LinkFlag bits */
  uint32_t from_first; /* first LinkEndRow of who sends */
  uint32_t from_count; /* how many; 0 = anybody */
  uint32_t to_first; /* first LinkEndRow of who receives */
  uint32_t to_count; /* how many; 0 = anybody */
  uint32_t seed; /* of its random draws */
  uint32_t loss; /* chance that a frame is lost; with BURSTS, that a good link turns bad */
  uint32_t recovery; /* BURSTS: chance that a bad link turns good */
  uint32_t bad_loss; /* BURSTS: chance that a bad link loses a frame */
  uint32_t good_loss; /* BURSTS: chance that a good link loses a frame */
  uint32_t duplicate; /* chance that a frame arrives twice */
  uint32_t reorder; /* chance that a frame is not delayed and overtakes others */
  uint32_t corrupt; /* chance that a bit is flipped */
  uint32_t mtu; /* longest IP packet that gets through; 0 = any */
  uint32_t limit; /* frames that may wait; more are lost */
  uint64_t delay_ns; /* how long a frame is on its way */
  uint64_t jitter_ns; /* how much that varies, to either side */
  uint64_t rate; /* bits a second; 0 = any */
  uint32_t limit_bytes; /* bytes that may wait; 0 = any */
  uint32_t loss_correlation; /* how much of a draw is the one before it; so with the others */
  uint32_t duplicate_correlation; /* the same */
  uint32_t reorder_correlation; /* the same */
  uint32_t corrupt_correlation; /* the same */
  uint32_t jitter_correlation; /* the same */
  uint32_t samples_first; /* first sample of a distribution of its own, in 8192nds of jitterNs */
  uint32_t samples_count; /* how many; 0: it has none */
  uint8_t reserved_tail[8];
};
KW_STATIC_ASSERT(sizeof(struct kw_link_row) == 128, "kw_link_row");
KW_STATIC_ASSERT(offsetof(struct kw_link_row, id) == 0, "kw_link_row.id");
KW_STATIC_ASSERT(offsetof(struct kw_link_row, flags) == 4, "kw_link_row.flags");
KW_STATIC_ASSERT(offsetof(struct kw_link_row, from_first) == 8, "kw_link_row.from_first");
KW_STATIC_ASSERT(offsetof(struct kw_link_row, from_count) == 12, "kw_link_row.from_count");
KW_STATIC_ASSERT(offsetof(struct kw_link_row, to_first) == 16, "kw_link_row.to_first");
KW_STATIC_ASSERT(offsetof(struct kw_link_row, to_count) == 20, "kw_link_row.to_count");
KW_STATIC_ASSERT(offsetof(struct kw_link_row, seed) == 24, "kw_link_row.seed");
KW_STATIC_ASSERT(offsetof(struct kw_link_row, loss) == 28, "kw_link_row.loss");
KW_STATIC_ASSERT(offsetof(struct kw_link_row, recovery) == 32, "kw_link_row.recovery");
KW_STATIC_ASSERT(offsetof(struct kw_link_row, bad_loss) == 36, "kw_link_row.bad_loss");
KW_STATIC_ASSERT(offsetof(struct kw_link_row, good_loss) == 40, "kw_link_row.good_loss");
KW_STATIC_ASSERT(offsetof(struct kw_link_row, duplicate) == 44, "kw_link_row.duplicate");
KW_STATIC_ASSERT(offsetof(struct kw_link_row, reorder) == 48, "kw_link_row.reorder");
KW_STATIC_ASSERT(offsetof(struct kw_link_row, corrupt) == 52, "kw_link_row.corrupt");
KW_STATIC_ASSERT(offsetof(struct kw_link_row, mtu) == 56, "kw_link_row.mtu");
KW_STATIC_ASSERT(offsetof(struct kw_link_row, limit) == 60, "kw_link_row.limit");
KW_STATIC_ASSERT(offsetof(struct kw_link_row, delay_ns) == 64, "kw_link_row.delay_ns");
KW_STATIC_ASSERT(offsetof(struct kw_link_row, jitter_ns) == 72, "kw_link_row.jitter_ns");
KW_STATIC_ASSERT(offsetof(struct kw_link_row, rate) == 80, "kw_link_row.rate");
KW_STATIC_ASSERT(offsetof(struct kw_link_row, limit_bytes) == 88, "kw_link_row.limit_bytes");
KW_STATIC_ASSERT(offsetof(struct kw_link_row, loss_correlation) == 92, "kw_link_row.loss_correlation");
KW_STATIC_ASSERT(offsetof(struct kw_link_row, duplicate_correlation) == 96, "kw_link_row.duplicate_correlation");
KW_STATIC_ASSERT(offsetof(struct kw_link_row, reorder_correlation) == 100, "kw_link_row.reorder_correlation");
KW_STATIC_ASSERT(offsetof(struct kw_link_row, corrupt_correlation) == 104, "kw_link_row.corrupt_correlation");
KW_STATIC_ASSERT(offsetof(struct kw_link_row, jitter_correlation) == 108, "kw_link_row.jitter_correlation");
KW_STATIC_ASSERT(offsetof(struct kw_link_row, samples_first) == 112, "kw_link_row.samples_first");
KW_STATIC_ASSERT(offsetof(struct kw_link_row, samples_count) == 116, "kw_link_row.samples_count");

/* One end of a link: addresses of machines, or where a Service is reached. */
struct kw_link_end_row {
  uint8_t prefix[16]; /* network address, host bits zero (16 bytes; IPv4 as ::ffff:a.b.c.d) */
  uint32_t prefix_length; /* 0 to 128 in the 16-byte form */
  uint16_t port_be; /* port of a Service; 0 = any */
  uint8_t protocol; /* IP protocol number; 0 = any */
  uint8_t service; /* 1: the address as clients see it; 0: that of the machine */
  uint8_t reserved_tail[8];
};
KW_STATIC_ASSERT(sizeof(struct kw_link_end_row) == 32, "kw_link_end_row");
KW_STATIC_ASSERT(offsetof(struct kw_link_end_row, prefix) == 0, "kw_link_end_row.prefix");
KW_STATIC_ASSERT(offsetof(struct kw_link_end_row, prefix_length) == 16, "kw_link_end_row.prefix_length");
KW_STATIC_ASSERT(offsetof(struct kw_link_end_row, port_be) == 20, "kw_link_end_row.port_be");
KW_STATIC_ASSERT(offsetof(struct kw_link_end_row, protocol) == 22, "kw_link_end_row.protocol");
KW_STATIC_ASSERT(offsetof(struct kw_link_end_row, service) == 23, "kw_link_end_row.service");

#define KW_SECTION_COUNT 16u

/* X(section, struct of a row, its rows in kw_tables, their count there (of a hash the mask), is a hash, a patch may add
 * rows, change them, take them from the end) for every section, in the order of an image. */
#define KW_SECTIONS(X) \
  X(NODE, kw_node_row, node, node_count, 0, 0, 0, 0) \
  X(PORT, kw_port_row, ports, port_count, 0, 0, 0, 0) \
  X(ROUTE, kw_route_row, routes, route_count, 0, 0, 0, 0) \
  X(ROUTE_SLOT, kw_index_row, route_slots, route_slot_mask, 1, 0, 0, 0) \
  X(LOCAL_ADDRESS, kw_local_address_row, local_addresses, local_address_count, 0, 0, 0, 0) \
  X(CIDR, kw_cidr_row, cidrs, cidr_count, 0, 0, 0, 0) \
  X(SOURCE_RANGE, kw_cidr_row, source_ranges, source_range_count, 0, 1, 0, 0) \
  X(FRONTEND, kw_frontend_row, frontends, frontend_count, 0, 1, 1, 1) \
  X(FRONTEND_SLOT, kw_index_row, frontend_slots, frontend_slot_mask, 1, 0, 1, 0) \
  X(SERVICE, kw_service_row, services, service_count, 0, 1, 1, 0) \
  X(MEMBER, kw_index_row, members, member_count, 0, 1, 0, 0) \
  X(BACKEND, kw_backend_row, backends, backend_count, 0, 1, 0, 0) \
  X(RING, kw_index_row, ring, ring_count, 0, 0, 0, 0) \
  X(CLUSTER_IP_SLOT, kw_index_row, cluster_ip_slots, cluster_ip_slot_mask, 1, 0, 1, 0) \
  X(PILOT, kw_index_row, pilots, pilot_count, 0, 1, 1, 0) \
  X(PERFECT, kw_perfect_row, perfect, perfect_count, 0, 1, 1, 0)

/* A table image as pointers and counts. Made by the loader, which has checked every index in it. */
struct kw_tables {
  const struct kw_node_row *node; /* NODE */
  const struct kw_port_row *ports; /* PORT */
  const struct kw_route_row *routes; /* ROUTE */
  const struct kw_index_row *route_slots; /* ROUTE_SLOT */
  const struct kw_local_address_row *local_addresses; /* LOCAL_ADDRESS */
  const struct kw_cidr_row *cidrs; /* CIDR */
  const struct kw_cidr_row *source_ranges; /* SOURCE_RANGE */
  const struct kw_frontend_row *frontends; /* FRONTEND */
  const struct kw_index_row *frontend_slots; /* FRONTEND_SLOT */
  const struct kw_service_row *services; /* SERVICE */
  const struct kw_index_row *members; /* MEMBER */
  const struct kw_backend_row *backends; /* BACKEND */
  const struct kw_index_row *ring; /* RING */
  const struct kw_index_row *cluster_ip_slots; /* CLUSTER_IP_SLOT */
  const struct kw_index_row *pilots; /* PILOT */
  const struct kw_perfect_row *perfect; /* PERFECT */
  uint32_t node_count; /* NODE: rows */
  uint32_t port_count; /* PORT: rows */
  uint32_t route_count; /* ROUTE: rows */
  uint32_t route_slot_mask; /* ROUTE_SLOT: rows - 1 */
  uint32_t local_address_count; /* LOCAL_ADDRESS: rows */
  uint32_t cidr_count; /* CIDR: rows */
  uint32_t source_range_count; /* SOURCE_RANGE: rows */
  uint32_t frontend_count; /* FRONTEND: rows */
  uint32_t frontend_slot_mask; /* FRONTEND_SLOT: rows - 1 */
  uint32_t service_count; /* SERVICE: rows */
  uint32_t member_count; /* MEMBER: rows */
  uint32_t backend_count; /* BACKEND: rows */
  uint32_t ring_count; /* RING: rows */
  uint32_t cluster_ip_slot_mask; /* CLUSTER_IP_SLOT: rows - 1 */
  uint32_t pilot_count; /* PILOT: rows */
  uint32_t perfect_count; /* PERFECT: rows */
  uint32_t prefix_first; /* first route that is not an exact one (/128) */
  uint32_t node_port_first; /* IPTABLES: rows of FRONTEND from here on have the unspecified address */
  uint32_t bucket_count; /* PERFECT: rows of PILOT that stand for buckets; after them come groups */
  uint32_t spread; /* PERFECT: rows that pilots spread keys over; after them come rows that are only named */
  uint32_t hash_seed; /* ImageHeader.hashSeed */
  uint32_t hash_mapped; /* how far the hash of every IPv4 address is the same (kw_hash_mapped) */
  uint32_t strategy; /* Strategy */
  uint32_t node_id; /* ImageHeader.nodeId */
  uint32_t router; /* the node has NodeFlag ROUTER */
  uint64_t generation; /* ImageHeader.generation, or that of the last patch */
};

/* X(reason, ICMP type, code, ICMPv6 type, code, reason when no error may be sent) for every reject that is answered. */
#define KW_ANSWERS(X) \
  X(NO_ENDPOINTS, 3, 3, 1, 4, REJECTED_SILENT) \
  X(UNKNOWN_SERVICE_PORT, 3, 3, 1, 4, REJECTED_SILENT) \
  X(HOST_UNREACHABLE, 3, 1, 1, 0, NO_ROUTE) \
  X(TTL_EXPIRED, 11, 0, 3, 0, TTL_EXPIRED_SILENT) \
  X(TOO_BIG, 3, 4, 2, 0, TOO_BIG_SILENT)

/* X(strategy, its word, kw_rules_<lookup> finds the frontend, kw_choose_<choice> an endpoint). */
#define KW_STRATEGIES(X) \
  X(NFTABLES, nftables, nftables, random) \
  X(IPTABLES, iptables, iptables, cascade) \
  X(IPVS, ipvs, nftables, random) \
  X(EBPF, ebpf, ebpf, ring) \
  X(PERFECT, perfect, perfect, random)

/* Strategies by what they have: bit n stands for strategy n. */
#define KW_STRATEGIES_CHAIN (1u << KW_STRATEGY_IPTABLES)
#define KW_STRATEGIES_PERFECT_HASH (1u << KW_STRATEGY_PERFECT)
#define KW_STRATEGIES_SERVERS (1u << KW_STRATEGY_IPVS)
#define KW_STRATEGIES_CLIENTS_BY_ENDPOINT (1u << KW_STRATEGY_NFTABLES | 1u << KW_STRATEGY_IPTABLES)

#endif
