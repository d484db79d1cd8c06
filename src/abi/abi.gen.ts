// abi.gen.ts - Generated from src/abi/layout.ts by `npm run abi`. Do not edit.

export const LAYOUT_HASH = 0x4a66f4a72942467bn;

export interface PlacedField {
  readonly name: string;
  readonly kind: 'u8' | 'u16' | 'u32' | 'u64' | 'bytes';
  readonly offset: number;
  readonly bytes: number;
}

export interface PlacedStruct {
  readonly size: number;
  readonly fields: readonly PlacedField[];
}

/** How the plan was compiled. */
export const Strategy = {
  /** kube-proxy nftables mode: verdict maps */
  NFTABLES: 1,
  /** kube-proxy iptables mode: ordered chains */
  IPTABLES: 2,
  /** kube-proxy ipvs mode: virtual-server hash */
  IPVS: 3,
  /** Cilium-like: service map, backend slots, random or Maglev choice */
  EBPF: 4,
  /** ours: minimal perfect hash, one probe to the verdict */
  PERFECT: 5,
} as const;
export type Strategy = (typeof Strategy)[keyof typeof Strategy];
export const StrategyNames: Readonly<Record<number, keyof typeof Strategy>> = {
  1: 'NFTABLES',
  2: 'IPTABLES',
  3: 'IPVS',
  4: 'EBPF',
  5: 'PERFECT',
};

/** Sections of an image. */
export const Section = {
  /** NodeRow, exactly one */
  NODE: 1,
  /** PortRow */
  PORT: 2,
  /** RouteRow, longest prefix first */
  ROUTE: 3,
  /** IndexRow: hash of the /128 routes (key: prefix) */
  ROUTE_SLOT: 4,
  /** LocalAddressRow */
  LOCAL_ADDRESS: 5,
  /** CidrRow: local detector, Service ranges */
  CIDR: 6,
  /** CidrRow: loadBalancerSourceRanges */
  SOURCE_RANGE: 7,
  /** FrontendRow, in the order of the strategy */
  FRONTEND: 8,
  /** IndexRow: hash of FRONTEND (key: address, port_be, protocol) */
  FRONTEND_SLOT: 9,
  /** ServiceRow */
  SERVICE: 10,
  /** IndexRow into BACKEND */
  MEMBER: 11,
  /** BackendRow */
  BACKEND: 12,
  /** IndexRow into BACKEND: Maglev rings */
  RING: 13,
  /** IndexRow into FRONTEND: hash of the active cluster IPs (key: address) */
  CLUSTER_IP_SLOT: 14,
  /** IndexRow: pilots of the minimal perfect hash over PERFECT; empty under other strategies */
  PILOT: 15,
  /** PerfectRow, in the order of the minimal perfect hash; empty under other strategies */
  PERFECT: 16,
} as const;
export type Section = (typeof Section)[keyof typeof Section];
export const SectionNames: Readonly<Record<number, keyof typeof Section>> = {
  1: 'NODE',
  2: 'PORT',
  3: 'ROUTE',
  4: 'ROUTE_SLOT',
  5: 'LOCAL_ADDRESS',
  6: 'CIDR',
  7: 'SOURCE_RANGE',
  8: 'FRONTEND',
  9: 'FRONTEND_SLOT',
  10: 'SERVICE',
  11: 'MEMBER',
  12: 'BACKEND',
  13: 'RING',
  14: 'CLUSTER_IP_SLOT',
  15: 'PILOT',
  16: 'PERFECT',
};

/** Bits of NodeRow.flags. */
export const NodeFlag = {
  /** not a Kubernetes node: the fabric between nodes and the outside; tracks only flows of its own frontends */
  ROUTER: 1,
  /** pods that leave the cluster get the node address (what a CNI does); CIDR rows of kind EGRESS_KEEP are exempt */
  EGRESS_MASQUERADE: 2,
  /** --conntrack-tcp-be-liberal: segments outside of the window are let pass */
  TCP_BE_LIBERAL: 4,
} as const;
export type NodeFlag = (typeof NodeFlag)[keyof typeof NodeFlag];
export const NodeFlagNames: Readonly<Record<number, keyof typeof NodeFlag>> = {
  1: 'ROUTER',
  2: 'EGRESS_MASQUERADE',
  4: 'TCP_BE_LIBERAL',
};

/** Bits of NodeRow.serviceFlags: points in which kube-proxy modes and options differ. */
export const ServiceModeFlag = {
  /** --masquerade-all */
  MASQUERADE_ALL: 1,
  /** IPv4 has a local detector (CIDR rows of kind DETECT_LOCAL say who is a pod) */
  DETECT_LOCAL: 2,
  /** nftables, ipvs: a port that an address of CLUSTER_IP_SLOT does not have is rejected */
  REJECT_UNKNOWN_PORT: 4,
  /** nftables: an address of a Service range that no Service has is dropped */
  DROP_UNALLOCATED: 8,
  /** nftables: source ranges are judged before "no endpoints" */
  FIREWALL_FIRST: 16,
  /** nftables: hairpin masquerade only for endpoints on this node */
  HAIRPIN_LOCAL_ONLY: 32,
  /** iptables: traffic of the node itself to a non-local external address without endpoints is not rejected */
  NODE_SKIPS_EXTERNAL_REJECT: 64,
  /** ipvs: policy Local without local endpoints uses all endpoints */
  LOCAL_FALLS_BACK: 128,
  /** IPv6 has a local detector */
  DETECT_LOCAL_6: 512,
  /** iptables: what connection tracking calls INVALID is not forwarded (KUBE-FORWARD) */
  DROPS_INVALID: 1024,
} as const;
export type ServiceModeFlag = (typeof ServiceModeFlag)[keyof typeof ServiceModeFlag];
export const ServiceModeFlagNames: Readonly<Record<number, keyof typeof ServiceModeFlag>> = {
  1: 'MASQUERADE_ALL',
  2: 'DETECT_LOCAL',
  4: 'REJECT_UNKNOWN_PORT',
  8: 'DROP_UNALLOCATED',
  16: 'FIREWALL_FIRST',
  32: 'HAIRPIN_LOCAL_ONLY',
  64: 'NODE_SKIPS_EXTERNAL_REJECT',
  128: 'LOCAL_FALLS_BACK',
  512: 'DETECT_LOCAL_6',
  1024: 'DROPS_INVALID',
};

/** What is at the other end of a port. */
export const PortKind = {
  /** the node's own namespace: packets from it took OUTPUT, packets to it take INPUT */
  HOST: 1,
  /** a pod */
  POD: 2,
  /** other nodes and the outside */
  UPLINK: 3,
} as const;
export type PortKind = (typeof PortKind)[keyof typeof PortKind];
export const PortKindNames: Readonly<Record<number, keyof typeof PortKind>> = {
  1: 'HOST',
  2: 'POD',
  3: 'UPLINK',
};

/** What a route does. */
export const RouteKind = {
  /** send through port */
  FORWARD: 1,
  /** deliver to the node's own namespace (port is the HOST port) */
  LOCAL: 2,
  /** answer with ICMP host unreachable */
  UNREACHABLE: 3,
  /** drop silently */
  BLACKHOLE: 4,
} as const;
export type RouteKind = (typeof RouteKind)[keyof typeof RouteKind];
export const RouteKindNames: Readonly<Record<number, keyof typeof RouteKind>> = {
  1: 'FORWARD',
  2: 'LOCAL',
  3: 'UNREACHABLE',
  4: 'BLACKHOLE',
};

/** Bits of LocalAddressRow.flags. */
export const LocalAddressFlag = {
  /** NodePorts answer on it (--nodeport-addresses) */
  NODE_PORT: 1,
} as const;
export type LocalAddressFlag = (typeof LocalAddressFlag)[keyof typeof LocalAddressFlag];
export const LocalAddressFlagNames: Readonly<Record<number, keyof typeof LocalAddressFlag>> = {
  1: 'NODE_PORT',
};

/** What a CidrRow is for. */
export const CidrKind = {
  /** sources in it are pods of this cluster (--cluster-cidr) */
  DETECT_LOCAL: 1,
  /** a Service range (--service-cluster-ip-range) */
  SERVICE: 2,
  /** destinations towards which pods keep their address */
  EGRESS_KEEP: 3,
  /** loadBalancerSourceRanges; of a HOST_PORT: whose packets are masqueraded */
  SOURCE_RANGE: 4,
} as const;
export type CidrKind = (typeof CidrKind)[keyof typeof CidrKind];
export const CidrKindNames: Readonly<Record<number, keyof typeof CidrKind>> = {
  1: 'DETECT_LOCAL',
  2: 'SERVICE',
  3: 'EGRESS_KEEP',
  4: 'SOURCE_RANGE',
};

/** Which kind of Service address matched. */
export const FrontendKind = {
  /** spec.clusterIPs */
  CLUSTER_IP: 1,
  /** spec.externalIPs */
  EXTERNAL_IP: 2,
  /** status.loadBalancer.ingress */
  LOAD_BALANCER: 3,
  /** ports[].nodePort on an address of the node */
  NODE_PORT: 4,
  /** spec.healthCheckNodePort: accepted, answered by the node itself */
  HEALTH_CHECK: 5,
  /** on a ROUTER: the load balancer; the packet goes unchanged to the node whose address is the backend */
  SPREAD: 6,
  /** on a ROUTER: the load balancer ends the connection; its own goes to a NodePort, the backend */
  PROXY: 7,
  /** containers[].ports[].hostPort of a pod, on an address of its node */
  HOST_PORT: 8,
} as const;
export type FrontendKind = (typeof FrontendKind)[keyof typeof FrontendKind];
export const FrontendKindNames: Readonly<Record<number, keyof typeof FrontendKind>> = {
  1: 'CLUSTER_IP',
  2: 'EXTERNAL_IP',
  3: 'LOAD_BALANCER',
  4: 'NODE_PORT',
  5: 'HEALTH_CHECK',
  6: 'SPREAD',
  7: 'PROXY',
  8: 'HOST_PORT',
};

/** Bits of FrontendRow.flags. */
export const FrontendFlag = {
  /** source ranges of the Service apply here */
  FIREWALL: 1,
} as const;
export type FrontendFlag = (typeof FrontendFlag)[keyof typeof FrontendFlag];
export const FrontendFlagNames: Readonly<Record<number, keyof typeof FrontendFlag>> = {
  1: 'FIREWALL',
};

/** Bits of ServiceRow.flags. */
export const ServiceFlag = {
  /** internalTrafficPolicy: Local */
  INTERNAL_LOCAL: 1,
  /** externalTrafficPolicy: Local */
  EXTERNAL_LOCAL: 2,
  /** some endpoint could be used somewhere; without it traffic is rejected */
  HAS_ENDPOINTS: 4,
  /** its slices changed since the last image: flush stale UDP flows when this image is taken */
  CLEAN_UDP: 8,
} as const;
export type ServiceFlag = (typeof ServiceFlag)[keyof typeof ServiceFlag];
export const ServiceFlagNames: Readonly<Record<number, keyof typeof ServiceFlag>> = {
  1: 'INTERNAL_LOCAL',
  2: 'EXTERNAL_LOCAL',
  4: 'HAS_ENDPOINTS',
  8: 'CLEAN_UDP',
};

/** How an endpoint is chosen: the low byte of ServiceRow.scheduler. Those of IPVS have its names. */
export const Scheduler = {
  /** uniform, one draw */
  RANDOM: 0,
  /** round robin */
  RR: 1,
  /** weighted round robin */
  WRR: 2,
  /** least connections */
  LC: 3,
  /** weighted least connections */
  WLC: 4,
  /** locality-based least connections */
  LBLC: 5,
  /** locality-based least connections with replication */
  LBLCR: 6,
  /** destination hashing */
  DH: 7,
  /** source hashing */
  SH: 8,
  /** shortest expected delay */
  SED: 9,
  /** never queue */
  NQ: 10,
  /** Maglev hashing */
  MH: 11,
  /** weighted failover */
  FO: 12,
  /** weighted overflow */
  OVF: 13,
  /** power of two choices */
  TWOS: 14,
} as const;
export type Scheduler = (typeof Scheduler)[keyof typeof Scheduler];
export const SchedulerNames: Readonly<Record<number, keyof typeof Scheduler>> = {
  0: 'RANDOM',
  1: 'RR',
  2: 'WRR',
  3: 'LC',
  4: 'WLC',
  5: 'LBLC',
  6: 'LBLCR',
  7: 'DH',
  8: 'SH',
  9: 'SED',
  10: 'NQ',
  11: 'MH',
  12: 'FO',
  13: 'OVF',
  14: 'TWOS',
};

/** Bits of ServiceRow.scheduler above the Scheduler. */
export const SchedulerFlag = {
  /** sh-port, mh-port: the source port is hashed, too */
  PORT: 256,
  /** sh-fallback, mh-fallback: an unusable choice looks further */
  FALLBACK: 512,
} as const;
export type SchedulerFlag = (typeof SchedulerFlag)[keyof typeof SchedulerFlag];
export const SchedulerFlagNames: Readonly<Record<number, keyof typeof SchedulerFlag>> = {
  256: 'PORT',
  512: 'FALLBACK',
};

/** Bits of BackendRow.flags. */
export const BackendFlag = {
  /** on this node */
  LOCAL: 1,
} as const;
export type BackendFlag = (typeof BackendFlag)[keyof typeof BackendFlag];
export const BackendFlagNames: Readonly<Record<number, keyof typeof BackendFlag>> = {
  1: 'LOCAL',
};

/** What happened to a frame. */
export const Verdict = {
  /** freed; the reason says why */
  DROP: 0,
  /** leaves through outPort */
  FORWARD: 1,
  /** answered by the node itself (ARP, neighbour discovery, ICMP error); the answer leaves through inPort */
  REPLY: 2,
} as const;
export type Verdict = (typeof Verdict)[keyof typeof Verdict];
export const VerdictNames: Readonly<Record<number, keyof typeof Verdict>> = {
  0: 'DROP',
  1: 'FORWARD',
  2: 'REPLY',
};

/** Why. Also the counter and the trace word. */
export const Reason = {
  /** no Service rule touches it */
  FORWARDED: 1,
  /** first packet of a connection to a Service */
  SERVICE: 2,
  /** belongs to a known connection */
  ESTABLISHED: 3,
  /** ICMP error about a known connection */
  RELATED: 4,
  /** healthCheckNodePort, accepted for the node itself */
  HEALTH_CHECK: 5,
  /** for the node's own namespace, no Service rule touches it */
  LOCAL_DELIVERY: 6,
  /** load balancer chose a node */
  SPREAD: 7,
  /** load balancer ended the connection and began its own */
  PROXIED: 64,
  /** ARP request answered */
  ARP_REPLY: 8,
  /** neighbour solicitation answered */
  NEIGHBOUR_ADVERTISEMENT: 9,
  /** frame shorter than an Ethernet header */
  MALFORMED_ETHERNET: 32,
  /** neither ARP, IPv4 nor IPv6 */
  UNKNOWN_ETHERTYPE: 33,
  /** ARP that is not Ethernet/IPv4 or too short */
  MALFORMED_ARP: 34,
  /** ARP reply, probe, announcement, or a question for the asker itself */
  ARP_IGNORED: 35,
  /** version, header length or total length wrong */
  MALFORMED_IP: 36,
  /** IPv4 header checksum wrong */
  BAD_IP_CHECKSUM: 37,
  /** such an address may not be on a wire */
  MARTIAN: 38,
  /** multicast, broadcast or link-local traffic that nobody routes */
  MULTICAST: 39,
  /** TCP, UDP, SCTP or ICMP header truncated or inconsistent */
  MALFORMED_L4: 40,
  /** IPv6 extension headers too many, truncated or unknown */
  UNSUPPORTED_EXTENSION: 41,
  /** later fragment whose first fragment was not seen */
  FRAGMENT_UNKNOWN: 42,
  /** TTL expired on a packet that gets no ICMP error */
  TTL_EXPIRED_SILENT: 43,
  /** connection tracking calls it INVALID */
  INVALID_STATE: 44,
  /** no room for another connection */
  FLOW_TABLE_FULL: 45,
  /** no free source port for masquerading */
  NAT_PORTS_EXHAUSTED: 46,
  /** the source is not in loadBalancerSourceRanges */
  SOURCE_RANGE: 47,
  /** policy Local and no endpoint on this node */
  NO_LOCAL_ENDPOINTS: 48,
  /** an address of the Service range that no Service has */
  UNALLOCATED_SERVICE_ADDRESS: 49,
  /** nobody has the address, and no ICMP error possible */
  NO_ROUTE: 50,
  /** ICMP error about a connection that is not known */
  ICMP_ERROR_UNMATCHED: 51,
  /** ICMP error with a wrong checksum */
  BAD_ICMP_CHECKSUM: 52,
  /** TCP, UDP, SCTP or ICMP with a wrong checksum */
  BAD_L4_CHECKSUM: 59,
  /** too big for the way out and no ICMP error possible */
  TOO_BIG_SILENT: 53,
  /** it would go back where it came from */
  SOURCE_LOOP: 54,
  /** neighbour discovery that needs no answer */
  NEIGHBOUR_IGNORED: 55,
  /** the device or ring did not take the frame */
  DEVICE_QUEUE_FULL: 56,
  /** passed more nodes than the lab has: a routing loop */
  HOP_LIMIT_INTERNAL: 57,
  /** no image loaded yet */
  NO_TABLES: 58,
  /** a link that is made to lose packets lost it */
  LINK_LOST: 60,
  /** its link is down */
  LINK_DOWN: 61,
  /** too many packets wait for a slow link */
  LINK_QUEUE_FULL: 62,
  /** longer than its link lets through, and nobody is told */
  LINK_TOO_LONG: 63,
  /** no endpoint */
  NO_ENDPOINTS: 96,
  /** the address has no such port */
  UNKNOWN_SERVICE_PORT: 97,
  /** nobody has the address */
  HOST_UNREACHABLE: 98,
  /** the time to live ran out */
  TTL_EXPIRED: 99,
  /** larger than the MTU of the next link */
  TOO_BIG: 100,
  /** without an answer */
  REJECTED_SILENT: 101,
} as const;
export type Reason = (typeof Reason)[keyof typeof Reason];
export const ReasonNames: Readonly<Record<number, keyof typeof Reason>> = {
  1: 'FORWARDED',
  2: 'SERVICE',
  3: 'ESTABLISHED',
  4: 'RELATED',
  5: 'HEALTH_CHECK',
  6: 'LOCAL_DELIVERY',
  7: 'SPREAD',
  64: 'PROXIED',
  8: 'ARP_REPLY',
  9: 'NEIGHBOUR_ADVERTISEMENT',
  32: 'MALFORMED_ETHERNET',
  33: 'UNKNOWN_ETHERTYPE',
  34: 'MALFORMED_ARP',
  35: 'ARP_IGNORED',
  36: 'MALFORMED_IP',
  37: 'BAD_IP_CHECKSUM',
  38: 'MARTIAN',
  39: 'MULTICAST',
  40: 'MALFORMED_L4',
  41: 'UNSUPPORTED_EXTENSION',
  42: 'FRAGMENT_UNKNOWN',
  43: 'TTL_EXPIRED_SILENT',
  44: 'INVALID_STATE',
  45: 'FLOW_TABLE_FULL',
  46: 'NAT_PORTS_EXHAUSTED',
  47: 'SOURCE_RANGE',
  48: 'NO_LOCAL_ENDPOINTS',
  49: 'UNALLOCATED_SERVICE_ADDRESS',
  50: 'NO_ROUTE',
  51: 'ICMP_ERROR_UNMATCHED',
  52: 'BAD_ICMP_CHECKSUM',
  59: 'BAD_L4_CHECKSUM',
  53: 'TOO_BIG_SILENT',
  54: 'SOURCE_LOOP',
  55: 'NEIGHBOUR_IGNORED',
  56: 'DEVICE_QUEUE_FULL',
  57: 'HOP_LIMIT_INTERNAL',
  58: 'NO_TABLES',
  60: 'LINK_LOST',
  61: 'LINK_DOWN',
  62: 'LINK_QUEUE_FULL',
  63: 'LINK_TOO_LONG',
  96: 'NO_ENDPOINTS',
  97: 'UNKNOWN_SERVICE_PORT',
  98: 'HOST_UNREACHABLE',
  99: 'TTL_EXPIRED',
  100: 'TOO_BIG',
  101: 'REJECTED_SILENT',
};

/** How connection tracking saw a packet. */
export const FlowState = {
  /** not looked at */
  UNTRACKED: 0,
  /** first packet of a connection */
  NEW: 1,
  /** known connection, direction of the first packet */
  ORIGINAL: 2,
  /** known connection, the other direction */
  REPLY: 3,
  /** ICMP error about a known connection */
  RELATED: 4,
  /** no valid state */
  INVALID: 5,
} as const;
export type FlowState = (typeof FlowState)[keyof typeof FlowState];
export const FlowStateNames: Readonly<Record<number, keyof typeof FlowState>> = {
  0: 'UNTRACKED',
  1: 'NEW',
  2: 'ORIGINAL',
  3: 'REPLY',
  4: 'RELATED',
  5: 'INVALID',
};

/** States of nf_conntrack_proto_tcp.c. */
export const TcpState = {
  /** nothing seen */
  NONE: 0,
  /** SYN seen */
  SYN_SENT: 1,
  /** SYN-ACK seen */
  SYN_RECV: 2,
  /** ACK seen */
  ESTABLISHED: 3,
  /** FIN seen */
  FIN_WAIT: 4,
  /** ACK after FIN */
  CLOSE_WAIT: 5,
  /** FIN of the other side */
  LAST_ACK: 6,
  /** last ACK seen */
  TIME_WAIT: 7,
  /** RST seen */
  CLOSE: 8,
  /** SYN of the other side: simultaneous open */
  SYN_SENT2: 9,
} as const;
export type TcpState = (typeof TcpState)[keyof typeof TcpState];
export const TcpStateNames: Readonly<Record<number, keyof typeof TcpState>> = {
  0: 'NONE',
  1: 'SYN_SENT',
  2: 'SYN_RECV',
  3: 'ESTABLISHED',
  4: 'FIN_WAIT',
  5: 'CLOSE_WAIT',
  6: 'LAST_ACK',
  7: 'TIME_WAIT',
  8: 'CLOSE',
  9: 'SYN_SENT2',
};

/** States of nf_conntrack_proto_sctp.c. */
export const SctpState = {
  /** nothing seen */
  NONE: 0,
  /** INIT seen, or the association is over */
  CLOSED: 1,
  /** INIT ACK seen */
  COOKIE_WAIT: 2,
  /** COOKIE ECHO seen */
  COOKIE_ECHOED: 3,
  /** COOKIE ACK seen */
  ESTABLISHED: 4,
  /** SHUTDOWN seen, direction of the first packet */
  SHUTDOWN_SENT: 5,
  /** SHUTDOWN seen, the other direction */
  SHUTDOWN_RECD: 6,
  /** SHUTDOWN ACK seen */
  SHUTDOWN_ACK_SENT: 7,
  /** HEARTBEAT seen first: another address of an association */
  HEARTBEAT_SENT: 8,
} as const;
export type SctpState = (typeof SctpState)[keyof typeof SctpState];
export const SctpStateNames: Readonly<Record<number, keyof typeof SctpState>> = {
  0: 'NONE',
  1: 'CLOSED',
  2: 'COOKIE_WAIT',
  3: 'COOKIE_ECHOED',
  4: 'ESTABLISHED',
  5: 'SHUTDOWN_SENT',
  6: 'SHUTDOWN_RECD',
  7: 'SHUTDOWN_ACK_SENT',
  8: 'HEARTBEAT_SENT',
};

/** Bits of FlowRow.flags. */
export const FlowFlag = {
  /** packets came in both directions */
  SEEN_REPLY: 1,
  /** not dropped early when the table is full */
  ASSURED: 2,
  /** destination rewritten */
  DNAT: 4,
  /** source rewritten */
  SNAT: 8,
  /** goes unchanged to a chosen node */
  SPREAD: 16,
} as const;
export type FlowFlag = (typeof FlowFlag)[keyof typeof FlowFlag];
export const FlowFlagNames: Readonly<Record<number, keyof typeof FlowFlag>> = {
  1: 'SEEN_REPLY',
  2: 'ASSURED',
  4: 'DNAT',
  8: 'SNAT',
  16: 'SPREAD',
};

/** Which list a choice was made from. */
export const EndpointList = {
  /** no choice was made */
  NO_LIST: 0,
  /** policy Cluster */
  CLUSTER: 1,
  /** policy Local */
  LOCAL: 2,
} as const;
export type EndpointList = (typeof EndpointList)[keyof typeof EndpointList];
export const EndpointListNames: Readonly<Record<number, keyof typeof EndpointList>> = {
  0: 'NO_LIST',
  1: 'CLUSTER',
  2: 'LOCAL',
};

/** Why the source is rewritten to the address of the node. */
export const MasqueradeReason = {
  /** it is not */
  KEEP: 0,
  /** --masquerade-all */
  MASQUERADE_ALL: 1,
  /** cluster IP from a source that is not a pod of the cluster */
  OFF_CLUSTER: 2,
  /** external address with policy Cluster */
  EXTERNAL_CLUSTER: 3,
  /** external address with policy Local, from the node itself */
  LOCAL_SOURCE: 4,
  /** the chosen endpoint is the client itself */
  HAIRPIN: 5,
  /** pod leaves the cluster */
  EGRESS: 6,
  /** address kept, port changed: the reply tuple was taken */
  PORT_CLASH: 7,
  /** the connection to the NodePort is the load balancer's own */
  PROXY: 8,
} as const;
export type MasqueradeReason = (typeof MasqueradeReason)[keyof typeof MasqueradeReason];
export const MasqueradeReasonNames: Readonly<Record<number, keyof typeof MasqueradeReason>> = {
  0: 'KEEP',
  1: 'MASQUERADE_ALL',
  2: 'OFF_CLUSTER',
  3: 'EXTERNAL_CLUSTER',
  4: 'LOCAL_SOURCE',
  5: 'HAIRPIN',
  6: 'EGRESS',
  7: 'PORT_CLASH',
  8: 'PROXY',
};

/** Bits of Decision.flags. */
export const DecisionFlag = {
  /** destination was rewritten */
  DNAT: 1,
  /** source was rewritten */
  SNAT: 2,
  /** the endpoint was remembered, not chosen */
  AFFINITY: 4,
  /** a flow was created */
  FLOW_CREATED: 8,
  /** the local detector says pod */
  SOURCE_IS_POD: 16,
  /** the source is an address of this node */
  SOURCE_IS_NODE: 32,
} as const;
export type DecisionFlag = (typeof DecisionFlag)[keyof typeof DecisionFlag];
export const DecisionFlagNames: Readonly<Record<number, keyof typeof DecisionFlag>> = {
  1: 'DNAT',
  2: 'SNAT',
  4: 'AFFINITY',
  8: 'FLOW_CREATED',
  16: 'SOURCE_IS_POD',
  32: 'SOURCE_IS_NODE',
};

/** What a TraceRow tells. */
export const TraceKind = {
  /** a frame, and what became of it */
  FRAME: 0,
  /** the node has tables of this generation from now on */
  TABLES: 1,
  /** the node forgot expired flows */
  SWEEP: 2,
  /** the node came, without tables */
  ADDED: 3,
  /** the node is gone */
  REMOVED: 4,
} as const;
export type TraceKind = (typeof TraceKind)[keyof typeof TraceKind];
export const TraceKindNames: Readonly<Record<number, keyof typeof TraceKind>> = {
  0: 'FRAME',
  1: 'TABLES',
  2: 'SWEEP',
  3: 'ADDED',
  4: 'REMOVED',
};

/** Bits of LinkRow.flags. */
export const LinkFlag = {
  /** nothing gets through */
  DOWN: 1,
  /** losses come in bursts (Gilbert-Elliott) */
  BURSTS: 2,
  /** delays vary normally; else evenly */
  NORMAL: 4,
  /** delays vary as Pareto has it, with a shape of 3: few are much longer */
  PARETO: 8,
} as const;
export type LinkFlag = (typeof LinkFlag)[keyof typeof LinkFlag];
export const LinkFlagNames: Readonly<Record<number, keyof typeof LinkFlag>> = {
  1: 'DOWN',
  2: 'BURSTS',
  4: 'NORMAL',
  8: 'PARETO',
};

/** Why an image or a patch was refused. */
export const ImageError = {
  /** it was not */
  OK: 0,
  /** shorter than its header or its totalBytes */
  TOO_SHORT: 1,
  /** not an image */
  BAD_MAGIC: 2,
  /** ABI_VERSION differs */
  BAD_VERSION: 3,
  /** LAYOUT_HASH differs */
  BAD_LAYOUT: 4,
  /** section directory out of bounds, duplicate or unknown section */
  BAD_DIRECTORY: 5,
  /** stride differs from the generated size */
  BAD_STRIDE: 6,
  /** section out of bounds or not aligned */
  BAD_BOUNDS: 7,
  /** a section has too few or too many rows (NODE: one; slots: a power of two with a free slot) */
  BAD_COUNT: 8,
  /** an index points outside its section */
  BAD_INDEX: 9,
  /** an enum, flag, prefix or port range has an impossible value */
  BAD_VALUE: 10,
  /** routes not sorted, or node ports of IPTABLES before other rows */
  BAD_ORDER: 11,
  /** no memory for a copy of the image */
  NO_MEMORY: 12,
  /** a patch of another image: node, strategy, seed or generation differ, or there is none */
  BAD_BASE: 13,
  /** a patch that makes a section longer than the room that the image has for it */
  NO_ROOM: 14,
} as const;
export type ImageError = (typeof ImageError)[keyof typeof ImageError];
export const ImageErrorNames: Readonly<Record<number, keyof typeof ImageError>> = {
  0: 'OK',
  1: 'TOO_SHORT',
  2: 'BAD_MAGIC',
  3: 'BAD_VERSION',
  4: 'BAD_LAYOUT',
  5: 'BAD_DIRECTORY',
  6: 'BAD_STRIDE',
  7: 'BAD_BOUNDS',
  8: 'BAD_COUNT',
  9: 'BAD_INDEX',
  10: 'BAD_VALUE',
  11: 'BAD_ORDER',
  12: 'NO_MEMORY',
  13: 'BAD_BASE',
  14: 'NO_ROOM',
};

/** Starts an image: one immutable buffer that holds all tables of one node under one strategy. */
export interface ImageHeader {
  /** IMAGE_MAGIC */
  magic: number;
  /** ABI_VERSION of the compiler */
  abiVersion: number;
  /** Strategy that the tables were compiled for */
  strategy: number;
  /** LAYOUT_HASH of the compiler */
  layoutHash: bigint;
  /** counts the images of this node */
  generation: bigint;
  /** length of the whole image */
  totalBytes: number;
  /** entries in the section directory that follows */
  sections: number;
  /** seed of every hash section */
  hashSeed: number;
  /** the emulated node */
  nodeId: number;
  /** rows of PILOT that stand for buckets; behind them are groups (native/law/match.md) */
  buckets: number;
  /** rows of PERFECT that pilots spread keys over; behind them are rows that only groups and pilots name */
  spread: number;
}

/** One entry of the section directory, directly behind the header. */
export interface SectionEntry {
  /** Section */
  kind: number;
  /** from the start of the image, a multiple of SECTION_ALIGNMENT */
  offset: number;
  /** rows */
  count: number;
  /** bytes a row; must equal the generated size */
  stride: number;
}

/** Starts a patch: rows that change in the image that a node has. */
export interface PatchHeader {
  /** PATCH_MAGIC */
  magic: number;
  /** ABI_VERSION of the compiler */
  abiVersion: number;
  /** Strategy of the image */
  strategy: number;
  /** LAYOUT_HASH of the compiler */
  layoutHash: bigint;
  /** of the image when it is patched */
  generation: bigint;
  /** generation that the image has before */
  base: bigint;
  /** length of the whole patch */
  totalBytes: number;
  /** entries in the directory that follows */
  entries: number;
  /** hashSeed of the image */
  hashSeed: number;
  /** nodeId of the image */
  nodeId: number;
}

/** A run of rows that a patch writes. Several may be about one section. */
export interface PatchEntry {
  /** Section */
  kind: number;
  /** row that the first is written to */
  first: number;
  /** rows; 0 only says how many the section has */
  count: number;
  /** from the start of the patch, a multiple of 4 */
  offset: number;
  /** rows of the section when all is written; the same in all entries of a section */
  rows: number;
}

/** What the node itself is. Exactly one row. */
export interface NodeRow {
  /** source of masquerading and of ICMP errors, IPv4; zero if none (16 bytes; IPv4 as ::ffff:a.b.c.d) */
  address4: Uint8Array;
  /** the same for IPv6; zero if none (16 bytes; IPv4 as ::ffff:a.b.c.d) */
  address6: Uint8Array;
  /** MAC with which the node answers on every port */
  mac: Uint8Array;
  /** NodeFlag bits */
  flags: number;
  /** the emulated node */
  nodeId: number;
  /** first source port that masquerading hands out */
  snatPortFirst: number;
  /** last source port that masquerading hands out */
  snatPortLast: number;
  /** ServiceModeFlag bits: where the proxy modes differ */
  serviceFlags: number;
  /** how long a silent TCP flow lives in ESTABLISHED */
  tcpEstablishedSeconds: number;
  /** the same in CLOSE_WAIT */
  tcpCloseWaitSeconds: number;
  /** how long a UDP flow lasts without a packet */
  udpSeconds: number;
  /** the same when it went both ways for more than two seconds */
  udpStreamSeconds: number;
}

/** A device of the node: its host namespace, a pod, or the way to other nodes. Row index = port number. */
export interface PortRow {
  /** PortKind */
  kind: number;
  /** largest IP packet in bytes */
  mtu: number;
  /** MAC of the interface at the other end (the pod's own) */
  mac: Uint8Array;
  /** reserved */
  flags: number;
  /** node id at the other end of an UPLINK to one peer, NONE otherwise */
  target: number;
  /** stable id, for counters and names */
  id: number;
}

/** A route. Rows are sorted by prefixLength, longest first; the first that matches wins. */
export interface RouteRow {
  /** network address, host bits zero (16 bytes; IPv4 as ::ffff:a.b.c.d) */
  prefix: Uint8Array;
  /** 0 to 128, counted in the 16-byte form (an IPv4 /24 is 120) */
  prefixLength: number;
  /** RouteKind */
  kind: number;
  /** port row to send through; NONE for UNREACHABLE and BLACKHOLE */
  port: number;
  /** node id that takes the frame when port is an UPLINK; NONE otherwise */
  nextHop: number;
}

/** An address that is local to the node (addrtype LOCAL). */
export interface LocalAddressRow {
  /** the address (16 bytes; IPv4 as ::ffff:a.b.c.d) */
  address: Uint8Array;
  /** LocalAddressFlag bits */
  flags: number;
}

/** An address range: the local detector, Service ranges, source ranges. */
export interface CidrRow {
  /** network address, host bits zero (16 bytes; IPv4 as ::ffff:a.b.c.d) */
  prefix: Uint8Array;
  /** 0 to 128 in the 16-byte form */
  prefixLength: number;
  /** CidrKind */
  kind: number;
}

/** An address, port and protocol on which a Service port answers. NodePorts have the unspecified address of their family. */
export interface FrontendRow {
  /** destination that is matched; ::ffff:0.0.0.0 or :: = any NodePort address of the node (16 bytes; IPv4 as ::ffff:a.b.c.d) */
  address: Uint8Array;
  /** destination port; 0 = any port (only with protocol 0) */
  port_be: number;
  /** IP protocol number; 0 = any */
  protocol: number;
  /** FrontendKind */
  kind: number;
  /** row in SERVICE; NONE for HEALTH_CHECK */
  service: number;
  /** stable id across generations */
  id: number;
  /** FrontendFlag bits */
  flags: number;
}

/** One port of one Service and the endpoints that this node may use for it. Lists are runs of rows in MEMBER. */
export interface ServiceRow {
  /** stable id across generations; key of session affinity */
  id: number;
  /** ServiceFlag bits */
  flags: number;
  /** first MEMBER of the list for policy Cluster */
  clusterFirst: number;
  /** its length */
  clusterCount: number;
  /** first MEMBER of the list for policy Local */
  localFirst: number;
  /** its length */
  localCount: number;
  /** first MEMBER of all serving endpoints (stale UDP flows are judged by it) */
  servingFirst: number;
  /** its length */
  servingCount: number;
  /** first SOURCE_RANGE of loadBalancerSourceRanges */
  sourceRangeFirst: number;
  /** its length */
  sourceRangeCount: number;
  /** sessionAffinityConfig.clientIP.timeoutSeconds; 0 = no affinity */
  affinitySeconds: number;
  /** Scheduler, with SchedulerFlag bits */
  scheduler: number;
  /** first RING slot of the list for policy Cluster (Maglev); NONE if none */
  ringFirst: number;
  /** its length, and that of the ring for policy Local */
  ringCount: number;
  /** first RING slot of the list for policy Local; NONE if none */
  localRingFirst: number;
}

/** One endpoint address and port of one Service port. */
export interface BackendRow {
  /** endpoint address (16 bytes; IPv4 as ::ffff:a.b.c.d) */
  address: Uint8Array;
  /** endpoint port */
  port_be: number;
  /** BackendFlag bits */
  flags: number;
  /** stable id across generations */
  id: number;
  /** IPVS weight */
  weight: number;
  /** row in SERVICE that it belongs to */
  service: number;
}

/** Strategy PERFECT: all that a new connection to a frontend needs of FRONTEND and SERVICE, in one cache line. */
export interface PerfectRow {
  /** as in FRONTEND (16 bytes; IPv4 as ::ffff:a.b.c.d) */
  address: Uint8Array;
  /** as in FRONTEND */
  port_be: number;
  /** as in FRONTEND */
  protocol: number;
  /** FrontendKind */
  kind: number;
  /** row in FRONTEND; NONE = a free row: protocol 255, the rest zero */
  frontend: number;
  /** row in SERVICE; NONE for HEALTH_CHECK */
  service: number;
  /** ServiceRow.id */
  serviceId: number;
  /** FrontendFlag bits */
  flags: number;
  /** ServiceFlag bits */
  serviceFlags: number;
  /** first BACKEND (not MEMBER) of the list for policy Cluster */
  clusterFirst: number;
  /** its length */
  clusterCount: number;
  /** first BACKEND (not MEMBER) of the list for policy Local */
  localFirst: number;
  /** its length */
  localCount: number;
  /** first SOURCE_RANGE */
  sourceRangeFirst: number;
  /** its length */
  sourceRangeCount: number;
  /** ServiceRow.affinitySeconds */
  affinitySeconds: number;
}

/** An index: MEMBER and RING (a backend), *_SLOT (a row, NONE = empty), PILOT (see native/law/match.md). */
export interface IndexRow {
  /** row in the section that this one points into */
  index: number;
}

/** What was decided about one frame, and because of which rows. Written by every engine for every frame. */
export interface Decision {
  /** Verdict */
  verdict: number;
  /** Reason */
  reason: number;
  /** port row it came in through */
  inPort: number;
  /** port row it leaves through; NONE when it does not */
  outPort: number;
  /** node id that takes it; NONE when it stays on this node */
  nextHop: number;
  /** FlowState: how connection tracking saw it */
  state: number;
  /** row in FRONTEND that matched; NONE */
  frontend: number;
  /** row in SERVICE; NONE */
  service: number;
  /** row in BACKEND that was chosen now; NONE when no choice was made now */
  backend: number;
  /** EndpointList that the choice was made from */
  list: number;
  /** MasqueradeReason */
  masquerade: number;
  /** length of the list that the choice was made from */
  choices: number;
  /** DecisionFlag bits */
  flags: number;
}

/** One tracked connection, as listed by an engine. Network addresses in the 16-byte form, ports in host order. */
export interface FlowRow {
  /** source of the first packet (16 bytes; IPv4 as ::ffff:a.b.c.d) */
  originalSource: Uint8Array;
  /** destination of the first packet (16 bytes; IPv4 as ::ffff:a.b.c.d) */
  originalDestination: Uint8Array;
  /** source of the expected reply (16 bytes; IPv4 as ::ffff:a.b.c.d) */
  replySource: Uint8Array;
  /** destination of the expected reply (16 bytes; IPv4 as ::ffff:a.b.c.d) */
  replyDestination: Uint8Array;
  /** port or ICMP identifier */
  originalSourcePort: number;
  /** port or ICMP identifier */
  originalDestinationPort: number;
  /** port or ICMP identifier */
  replySourcePort: number;
  /** port or ICMP identifier */
  replyDestinationPort: number;
  /** IP protocol number */
  protocol: number;
  /** TcpState, or NONE for other protocols */
  tcpState: number;
  /** FlowFlag bits */
  flags: number;
  /** stable id of the Service port; NONE */
  serviceId: number;
  /** stable id of the endpoint; NONE */
  backendId: number;
  /** until it expires when nothing more comes */
  remainingMs: number;
  /** in both directions */
  packets: bigint;
  /** IP bytes in both directions */
  bytes: bigint;
  /** since its first packet */
  ageMs: bigint;
  /** SctpState, or NONE for other protocols */
  sctpState: number;
  /** of a query of ICMP: type of the question; 0 */
  icmpType: number;
  /** its code; 0 */
  icmpCode: number;
}

/** A client that a Service with session affinity remembers, as listed by an engine. */
export interface AffinityRow {
  /** the client (16 bytes; IPv4 as ::ffff:a.b.c.d) */
  client: Uint8Array;
  /** stable id of the Service port */
  serviceId: number;
  /** stable id of the endpoint */
  backendId: number;
  /** when it was last sent there, on the monotonic clock */
  lastNs: bigint;
}

/** The last frame that a node dropped or rejected for a reason, as it came. */
export interface LossRow {
  /** when, on the monotonic clock */
  atNs: bigint;
  /** Reason; 0: none yet */
  reason: number;
  /** port through which it came */
  port: number;
  /** of the whole frame, in bytes */
  length: number;
  /** bytes of it that are kept */
  kept: number;
  /** its first bytes: the headers */
  head: Uint8Array;
}

/** Starts the memory through which a shard tells what it did with each frame; a power of two of bytes follows. */
export interface TraceRing {
  /** bytes written, ever; written by the shard */
  produced: bigint;
  /** frames left out because there was no room; written by the shard */
  lost: bigint;
  /** keeps the line to the shard */
  own: Uint8Array;
  /** bytes read, ever; written by the reader */
  consumed: bigint;
  /** keeps the line to the reader */
  readers: Uint8Array;
  /** bytes of a frame that are kept; 0 = all */
  snap: number;
  /** 1: everything that decides about frames is told, too: tables, sweeps, nodes that come and go */
  whole: number;
}

/** A frame at one node: its bytes as it came follow, then those that left, each padded to 8 bytes. Or another event. */
export interface TraceRow {
  /** of the whole record, a multiple of 8 */
  bytes: number;
  /** node id; NONE = filler up to the end of the ring, of which only `bytes` is written */
  node: number;
  /** when it came, on the monotonic clock */
  atNs: bigint;
  /** port row it came in through */
  inPort: number;
  /** port row that something left through; NONE if nothing did */
  outPort: number;
  /** node id that takes it; NONE when it stays on this node */
  nextHop: number;
  /** Verdict */
  verdict: number;
  /** Reason */
  reason: number;
  /** FlowState */
  state: number;
  /** row in FRONTEND that matched; NONE */
  frontend: number;
  /** row in SERVICE; NONE */
  service: number;
  /** row in BACKEND that was chosen now; NONE */
  backend: number;
  /** EndpointList that the choice was made from */
  list: number;
  /** MasqueradeReason */
  masquerade: number;
  /** DecisionFlag bits */
  flags: number;
  /** of the tables in force */
  generation: bigint;
  /** length of the frame that came */
  inLength: number;
  /** bytes of it that follow */
  inKept: number;
  /** length of the frame that left; 0 if none did */
  outLength: number;
  /** bytes of it that follow */
  outKept: number;
  /** TraceKind */
  kind: number;
  /** Reason for which what left was lost after all; 0 = it was not */
  lostTo: number;
  /** the time by which the node decided */
  clockNs: bigint;
  /** how many records the shard has made before, told or left out */
  sequence: bigint;
  /** length of the list that the choice was made from */
  choices: number;
  /** SWEEP: places of the flow table that were looked at */
  places: number;
  /** VIRTIO_NET_HDR_F_NEEDS_CSUM of the frame that came */
  inNeedsChecksum: number;
  /** gso_type of the frame that came */
  inGsoType: number;
  /** gso_size of the frame that came */
  inGsoSize: number;
  /** hdr_len of the frame that came */
  inHeaderLength: number;
  /** csum_start of the frame that came */
  inChecksumStart: number;
  /** csum_offset of the frame that came */
  inChecksumOffset: number;
  /** VIRTIO_NET_HDR_F_NEEDS_CSUM of the frame that left */
  outNeedsChecksum: number;
  /** gso_type of the frame that left */
  outGsoType: number;
  /** gso_size of the frame that left */
  outGsoSize: number;
  /** hdr_len of the frame that left */
  outHeaderLength: number;
  /** csum_start of the frame that left */
  outChecksumStart: number;
  /** csum_offset of the frame that left */
  outChecksumOffset: number;
}

/** A link that misbehaves: what happens to the frames that it matches. Of chances, 2^32 would be always. */
export interface LinkRow {
  /** stable; a link with the id and seed of one before goes on where that one was */
  id: number;
  /** LinkFlag bits */
  flags: number;
  /** first LinkEndRow of who sends */
  fromFirst: number;
  /** how many; 0 = anybody */
  fromCount: number;
  /** first LinkEndRow of who receives */
  toFirst: number;
  /** how many; 0 = anybody */
  toCount: number;
  /** of its random draws */
  seed: number;
  /** chance that a frame is lost; with BURSTS, that a good link turns bad */
  loss: number;
  /** BURSTS: chance that a bad link turns good */
  recovery: number;
  /** BURSTS: chance that a bad link loses a frame */
  badLoss: number;
  /** BURSTS: chance that a good link loses a frame */
  goodLoss: number;
  /** chance that a frame arrives twice */
  duplicate: number;
  /** chance that a frame is not delayed and overtakes others */
  reorder: number;
  /** chance that a bit is flipped */
  corrupt: number;
  /** longest IP packet that gets through; 0 = any */
  mtu: number;
  /** frames that may wait; more are lost */
  limit: number;
  /** how long a frame is on its way */
  delayNs: bigint;
  /** how much that varies, to either side */
  jitterNs: bigint;
  /** bits a second; 0 = any */
  rate: bigint;
  /** bytes that may wait; 0 = any */
  limitBytes: number;
  /** how much of a draw is the one before it; so with the others */
  lossCorrelation: number;
  /** the same */
  duplicateCorrelation: number;
  /** the same */
  reorderCorrelation: number;
  /** the same */
  corruptCorrelation: number;
  /** the same */
  jitterCorrelation: number;
  /** first sample of a distribution of its own, in 8192nds of jitterNs */
  samplesFirst: number;
  /** how many; 0: it has none */
  samplesCount: number;
}

/** One end of a link: addresses of machines, or where a Service is reached. */
export interface LinkEndRow {
  /** network address, host bits zero (16 bytes; IPv4 as ::ffff:a.b.c.d) */
  prefix: Uint8Array;
  /** 0 to 128 in the 16-byte form */
  prefixLength: number;
  /** port of a Service; 0 = any */
  port_be: number;
  /** IP protocol number; 0 = any */
  protocol: number;
  /** 1: the address as clients see it; 0: that of the machine */
  service: number;
}

export const LAYOUT = {
  ImageHeader: {
    size: 64,
    fields: [
      { name: 'magic', kind: 'u32', offset: 0, bytes: 4 },
      { name: 'abiVersion', kind: 'u16', offset: 4, bytes: 2 },
      { name: 'strategy', kind: 'u16', offset: 6, bytes: 2 },
      { name: 'layoutHash', kind: 'u64', offset: 8, bytes: 8 },
      { name: 'generation', kind: 'u64', offset: 16, bytes: 8 },
      { name: 'totalBytes', kind: 'u32', offset: 24, bytes: 4 },
      { name: 'sections', kind: 'u32', offset: 28, bytes: 4 },
      { name: 'hashSeed', kind: 'u32', offset: 32, bytes: 4 },
      { name: 'nodeId', kind: 'u32', offset: 36, bytes: 4 },
      { name: 'buckets', kind: 'u32', offset: 40, bytes: 4 },
      { name: 'spread', kind: 'u32', offset: 44, bytes: 4 },
    ],
  },
  SectionEntry: {
    size: 16,
    fields: [
      { name: 'kind', kind: 'u32', offset: 0, bytes: 4 },
      { name: 'offset', kind: 'u32', offset: 4, bytes: 4 },
      { name: 'count', kind: 'u32', offset: 8, bytes: 4 },
      { name: 'stride', kind: 'u32', offset: 12, bytes: 4 },
    ],
  },
  PatchHeader: {
    size: 64,
    fields: [
      { name: 'magic', kind: 'u32', offset: 0, bytes: 4 },
      { name: 'abiVersion', kind: 'u16', offset: 4, bytes: 2 },
      { name: 'strategy', kind: 'u16', offset: 6, bytes: 2 },
      { name: 'layoutHash', kind: 'u64', offset: 8, bytes: 8 },
      { name: 'generation', kind: 'u64', offset: 16, bytes: 8 },
      { name: 'base', kind: 'u64', offset: 24, bytes: 8 },
      { name: 'totalBytes', kind: 'u32', offset: 32, bytes: 4 },
      { name: 'entries', kind: 'u32', offset: 36, bytes: 4 },
      { name: 'hashSeed', kind: 'u32', offset: 40, bytes: 4 },
      { name: 'nodeId', kind: 'u32', offset: 44, bytes: 4 },
    ],
  },
  PatchEntry: {
    size: 32,
    fields: [
      { name: 'kind', kind: 'u32', offset: 0, bytes: 4 },
      { name: 'first', kind: 'u32', offset: 4, bytes: 4 },
      { name: 'count', kind: 'u32', offset: 8, bytes: 4 },
      { name: 'offset', kind: 'u32', offset: 12, bytes: 4 },
      { name: 'rows', kind: 'u32', offset: 16, bytes: 4 },
    ],
  },
  NodeRow: {
    size: 96,
    fields: [
      { name: 'address4', kind: 'bytes', offset: 0, bytes: 16 },
      { name: 'address6', kind: 'bytes', offset: 16, bytes: 16 },
      { name: 'mac', kind: 'bytes', offset: 32, bytes: 6 },
      { name: 'flags', kind: 'u16', offset: 38, bytes: 2 },
      { name: 'nodeId', kind: 'u32', offset: 40, bytes: 4 },
      { name: 'snatPortFirst', kind: 'u16', offset: 44, bytes: 2 },
      { name: 'snatPortLast', kind: 'u16', offset: 46, bytes: 2 },
      { name: 'serviceFlags', kind: 'u32', offset: 48, bytes: 4 },
      { name: 'tcpEstablishedSeconds', kind: 'u32', offset: 52, bytes: 4 },
      { name: 'tcpCloseWaitSeconds', kind: 'u32', offset: 56, bytes: 4 },
      { name: 'udpSeconds', kind: 'u32', offset: 60, bytes: 4 },
      { name: 'udpStreamSeconds', kind: 'u32', offset: 64, bytes: 4 },
    ],
  },
  PortRow: {
    size: 32,
    fields: [
      { name: 'kind', kind: 'u32', offset: 0, bytes: 4 },
      { name: 'mtu', kind: 'u32', offset: 4, bytes: 4 },
      { name: 'mac', kind: 'bytes', offset: 8, bytes: 6 },
      { name: 'flags', kind: 'u16', offset: 14, bytes: 2 },
      { name: 'target', kind: 'u32', offset: 16, bytes: 4 },
      { name: 'id', kind: 'u32', offset: 20, bytes: 4 },
    ],
  },
  RouteRow: {
    size: 32,
    fields: [
      { name: 'prefix', kind: 'bytes', offset: 0, bytes: 16 },
      { name: 'prefixLength', kind: 'u32', offset: 16, bytes: 4 },
      { name: 'kind', kind: 'u32', offset: 20, bytes: 4 },
      { name: 'port', kind: 'u32', offset: 24, bytes: 4 },
      { name: 'nextHop', kind: 'u32', offset: 28, bytes: 4 },
    ],
  },
  LocalAddressRow: {
    size: 32,
    fields: [
      { name: 'address', kind: 'bytes', offset: 0, bytes: 16 },
      { name: 'flags', kind: 'u32', offset: 16, bytes: 4 },
    ],
  },
  CidrRow: {
    size: 32,
    fields: [
      { name: 'prefix', kind: 'bytes', offset: 0, bytes: 16 },
      { name: 'prefixLength', kind: 'u32', offset: 16, bytes: 4 },
      { name: 'kind', kind: 'u32', offset: 20, bytes: 4 },
    ],
  },
  FrontendRow: {
    size: 32,
    fields: [
      { name: 'address', kind: 'bytes', offset: 0, bytes: 16 },
      { name: 'port_be', kind: 'u16', offset: 16, bytes: 2 },
      { name: 'protocol', kind: 'u8', offset: 18, bytes: 1 },
      { name: 'kind', kind: 'u8', offset: 19, bytes: 1 },
      { name: 'service', kind: 'u32', offset: 20, bytes: 4 },
      { name: 'id', kind: 'u32', offset: 24, bytes: 4 },
      { name: 'flags', kind: 'u32', offset: 28, bytes: 4 },
    ],
  },
  ServiceRow: {
    size: 64,
    fields: [
      { name: 'id', kind: 'u32', offset: 0, bytes: 4 },
      { name: 'flags', kind: 'u32', offset: 4, bytes: 4 },
      { name: 'clusterFirst', kind: 'u32', offset: 8, bytes: 4 },
      { name: 'clusterCount', kind: 'u32', offset: 12, bytes: 4 },
      { name: 'localFirst', kind: 'u32', offset: 16, bytes: 4 },
      { name: 'localCount', kind: 'u32', offset: 20, bytes: 4 },
      { name: 'servingFirst', kind: 'u32', offset: 24, bytes: 4 },
      { name: 'servingCount', kind: 'u32', offset: 28, bytes: 4 },
      { name: 'sourceRangeFirst', kind: 'u32', offset: 32, bytes: 4 },
      { name: 'sourceRangeCount', kind: 'u32', offset: 36, bytes: 4 },
      { name: 'affinitySeconds', kind: 'u32', offset: 40, bytes: 4 },
      { name: 'scheduler', kind: 'u32', offset: 44, bytes: 4 },
      { name: 'ringFirst', kind: 'u32', offset: 48, bytes: 4 },
      { name: 'ringCount', kind: 'u32', offset: 52, bytes: 4 },
      { name: 'localRingFirst', kind: 'u32', offset: 56, bytes: 4 },
    ],
  },
  BackendRow: {
    size: 32,
    fields: [
      { name: 'address', kind: 'bytes', offset: 0, bytes: 16 },
      { name: 'port_be', kind: 'u16', offset: 16, bytes: 2 },
      { name: 'flags', kind: 'u16', offset: 18, bytes: 2 },
      { name: 'id', kind: 'u32', offset: 20, bytes: 4 },
      { name: 'weight', kind: 'u32', offset: 24, bytes: 4 },
      { name: 'service', kind: 'u32', offset: 28, bytes: 4 },
    ],
  },
  PerfectRow: {
    size: 64,
    fields: [
      { name: 'address', kind: 'bytes', offset: 0, bytes: 16 },
      { name: 'port_be', kind: 'u16', offset: 16, bytes: 2 },
      { name: 'protocol', kind: 'u8', offset: 18, bytes: 1 },
      { name: 'kind', kind: 'u8', offset: 19, bytes: 1 },
      { name: 'frontend', kind: 'u32', offset: 20, bytes: 4 },
      { name: 'service', kind: 'u32', offset: 24, bytes: 4 },
      { name: 'serviceId', kind: 'u32', offset: 28, bytes: 4 },
      { name: 'flags', kind: 'u16', offset: 32, bytes: 2 },
      { name: 'serviceFlags', kind: 'u16', offset: 34, bytes: 2 },
      { name: 'clusterFirst', kind: 'u32', offset: 36, bytes: 4 },
      { name: 'clusterCount', kind: 'u32', offset: 40, bytes: 4 },
      { name: 'localFirst', kind: 'u32', offset: 44, bytes: 4 },
      { name: 'localCount', kind: 'u32', offset: 48, bytes: 4 },
      { name: 'sourceRangeFirst', kind: 'u32', offset: 52, bytes: 4 },
      { name: 'sourceRangeCount', kind: 'u32', offset: 56, bytes: 4 },
      { name: 'affinitySeconds', kind: 'u32', offset: 60, bytes: 4 },
    ],
  },
  IndexRow: {
    size: 4,
    fields: [
      { name: 'index', kind: 'u32', offset: 0, bytes: 4 },
    ],
  },
  Decision: {
    size: 64,
    fields: [
      { name: 'verdict', kind: 'u32', offset: 0, bytes: 4 },
      { name: 'reason', kind: 'u32', offset: 4, bytes: 4 },
      { name: 'inPort', kind: 'u32', offset: 8, bytes: 4 },
      { name: 'outPort', kind: 'u32', offset: 12, bytes: 4 },
      { name: 'nextHop', kind: 'u32', offset: 16, bytes: 4 },
      { name: 'state', kind: 'u32', offset: 20, bytes: 4 },
      { name: 'frontend', kind: 'u32', offset: 24, bytes: 4 },
      { name: 'service', kind: 'u32', offset: 28, bytes: 4 },
      { name: 'backend', kind: 'u32', offset: 32, bytes: 4 },
      { name: 'list', kind: 'u32', offset: 36, bytes: 4 },
      { name: 'masquerade', kind: 'u32', offset: 40, bytes: 4 },
      { name: 'choices', kind: 'u32', offset: 44, bytes: 4 },
      { name: 'flags', kind: 'u32', offset: 48, bytes: 4 },
    ],
  },
  FlowRow: {
    size: 128,
    fields: [
      { name: 'originalSource', kind: 'bytes', offset: 0, bytes: 16 },
      { name: 'originalDestination', kind: 'bytes', offset: 16, bytes: 16 },
      { name: 'replySource', kind: 'bytes', offset: 32, bytes: 16 },
      { name: 'replyDestination', kind: 'bytes', offset: 48, bytes: 16 },
      { name: 'originalSourcePort', kind: 'u16', offset: 64, bytes: 2 },
      { name: 'originalDestinationPort', kind: 'u16', offset: 66, bytes: 2 },
      { name: 'replySourcePort', kind: 'u16', offset: 68, bytes: 2 },
      { name: 'replyDestinationPort', kind: 'u16', offset: 70, bytes: 2 },
      { name: 'protocol', kind: 'u8', offset: 72, bytes: 1 },
      { name: 'tcpState', kind: 'u8', offset: 73, bytes: 1 },
      { name: 'flags', kind: 'u16', offset: 74, bytes: 2 },
      { name: 'serviceId', kind: 'u32', offset: 76, bytes: 4 },
      { name: 'backendId', kind: 'u32', offset: 80, bytes: 4 },
      { name: 'remainingMs', kind: 'u32', offset: 84, bytes: 4 },
      { name: 'packets', kind: 'u64', offset: 88, bytes: 8 },
      { name: 'bytes', kind: 'u64', offset: 96, bytes: 8 },
      { name: 'ageMs', kind: 'u64', offset: 104, bytes: 8 },
      { name: 'sctpState', kind: 'u8', offset: 112, bytes: 1 },
      { name: 'icmpType', kind: 'u8', offset: 113, bytes: 1 },
      { name: 'icmpCode', kind: 'u8', offset: 114, bytes: 1 },
    ],
  },
  AffinityRow: {
    size: 32,
    fields: [
      { name: 'client', kind: 'bytes', offset: 0, bytes: 16 },
      { name: 'serviceId', kind: 'u32', offset: 16, bytes: 4 },
      { name: 'backendId', kind: 'u32', offset: 20, bytes: 4 },
      { name: 'lastNs', kind: 'u64', offset: 24, bytes: 8 },
    ],
  },
  LossRow: {
    size: 128,
    fields: [
      { name: 'atNs', kind: 'u64', offset: 0, bytes: 8 },
      { name: 'reason', kind: 'u32', offset: 8, bytes: 4 },
      { name: 'port', kind: 'u32', offset: 12, bytes: 4 },
      { name: 'length', kind: 'u32', offset: 16, bytes: 4 },
      { name: 'kept', kind: 'u32', offset: 20, bytes: 4 },
      { name: 'head', kind: 'bytes', offset: 24, bytes: 80 },
    ],
  },
  TraceRing: {
    size: 192,
    fields: [
      { name: 'produced', kind: 'u64', offset: 0, bytes: 8 },
      { name: 'lost', kind: 'u64', offset: 8, bytes: 8 },
      { name: 'own', kind: 'bytes', offset: 16, bytes: 48 },
      { name: 'consumed', kind: 'u64', offset: 64, bytes: 8 },
      { name: 'readers', kind: 'bytes', offset: 72, bytes: 56 },
      { name: 'snap', kind: 'u32', offset: 128, bytes: 4 },
      { name: 'whole', kind: 'u32', offset: 132, bytes: 4 },
    ],
  },
  TraceRow: {
    size: 160,
    fields: [
      { name: 'bytes', kind: 'u32', offset: 0, bytes: 4 },
      { name: 'node', kind: 'u32', offset: 4, bytes: 4 },
      { name: 'atNs', kind: 'u64', offset: 8, bytes: 8 },
      { name: 'inPort', kind: 'u32', offset: 16, bytes: 4 },
      { name: 'outPort', kind: 'u32', offset: 20, bytes: 4 },
      { name: 'nextHop', kind: 'u32', offset: 24, bytes: 4 },
      { name: 'verdict', kind: 'u32', offset: 28, bytes: 4 },
      { name: 'reason', kind: 'u32', offset: 32, bytes: 4 },
      { name: 'state', kind: 'u32', offset: 36, bytes: 4 },
      { name: 'frontend', kind: 'u32', offset: 40, bytes: 4 },
      { name: 'service', kind: 'u32', offset: 44, bytes: 4 },
      { name: 'backend', kind: 'u32', offset: 48, bytes: 4 },
      { name: 'list', kind: 'u32', offset: 52, bytes: 4 },
      { name: 'masquerade', kind: 'u32', offset: 56, bytes: 4 },
      { name: 'flags', kind: 'u32', offset: 60, bytes: 4 },
      { name: 'generation', kind: 'u64', offset: 64, bytes: 8 },
      { name: 'inLength', kind: 'u32', offset: 72, bytes: 4 },
      { name: 'inKept', kind: 'u32', offset: 76, bytes: 4 },
      { name: 'outLength', kind: 'u32', offset: 80, bytes: 4 },
      { name: 'outKept', kind: 'u32', offset: 84, bytes: 4 },
      { name: 'kind', kind: 'u32', offset: 88, bytes: 4 },
      { name: 'lostTo', kind: 'u32', offset: 92, bytes: 4 },
      { name: 'clockNs', kind: 'u64', offset: 96, bytes: 8 },
      { name: 'sequence', kind: 'u64', offset: 104, bytes: 8 },
      { name: 'choices', kind: 'u32', offset: 112, bytes: 4 },
      { name: 'places', kind: 'u32', offset: 116, bytes: 4 },
      { name: 'inNeedsChecksum', kind: 'u8', offset: 120, bytes: 1 },
      { name: 'inGsoType', kind: 'u8', offset: 121, bytes: 1 },
      { name: 'inGsoSize', kind: 'u16', offset: 122, bytes: 2 },
      { name: 'inHeaderLength', kind: 'u16', offset: 124, bytes: 2 },
      { name: 'inChecksumStart', kind: 'u16', offset: 126, bytes: 2 },
      { name: 'inChecksumOffset', kind: 'u16', offset: 128, bytes: 2 },
      { name: 'outNeedsChecksum', kind: 'u8', offset: 130, bytes: 1 },
      { name: 'outGsoType', kind: 'u8', offset: 131, bytes: 1 },
      { name: 'outGsoSize', kind: 'u16', offset: 132, bytes: 2 },
      { name: 'outHeaderLength', kind: 'u16', offset: 134, bytes: 2 },
      { name: 'outChecksumStart', kind: 'u16', offset: 136, bytes: 2 },
      { name: 'outChecksumOffset', kind: 'u16', offset: 138, bytes: 2 },
    ],
  },
  LinkRow: {
    size: 128,
    fields: [
      { name: 'id', kind: 'u32', offset: 0, bytes: 4 },
      { name: 'flags', kind: 'u32', offset: 4, bytes: 4 },
      { name: 'fromFirst', kind: 'u32', offset: 8, bytes: 4 },
      { name: 'fromCount', kind: 'u32', offset: 12, bytes: 4 },
      { name: 'toFirst', kind: 'u32', offset: 16, bytes: 4 },
      { name: 'toCount', kind: 'u32', offset: 20, bytes: 4 },
      { name: 'seed', kind: 'u32', offset: 24, bytes: 4 },
      { name: 'loss', kind: 'u32', offset: 28, bytes: 4 },
      { name: 'recovery', kind: 'u32', offset: 32, bytes: 4 },
      { name: 'badLoss', kind: 'u32', offset: 36, bytes: 4 },
      { name: 'goodLoss', kind: 'u32', offset: 40, bytes: 4 },
      { name: 'duplicate', kind: 'u32', offset: 44, bytes: 4 },
      { name: 'reorder', kind: 'u32', offset: 48, bytes: 4 },
      { name: 'corrupt', kind: 'u32', offset: 52, bytes: 4 },
      { name: 'mtu', kind: 'u32', offset: 56, bytes: 4 },
      { name: 'limit', kind: 'u32', offset: 60, bytes: 4 },
      { name: 'delayNs', kind: 'u64', offset: 64, bytes: 8 },
      { name: 'jitterNs', kind: 'u64', offset: 72, bytes: 8 },
      { name: 'rate', kind: 'u64', offset: 80, bytes: 8 },
      { name: 'limitBytes', kind: 'u32', offset: 88, bytes: 4 },
      { name: 'lossCorrelation', kind: 'u32', offset: 92, bytes: 4 },
      { name: 'duplicateCorrelation', kind: 'u32', offset: 96, bytes: 4 },
      { name: 'reorderCorrelation', kind: 'u32', offset: 100, bytes: 4 },
      { name: 'corruptCorrelation', kind: 'u32', offset: 104, bytes: 4 },
      { name: 'jitterCorrelation', kind: 'u32', offset: 108, bytes: 4 },
      { name: 'samplesFirst', kind: 'u32', offset: 112, bytes: 4 },
      { name: 'samplesCount', kind: 'u32', offset: 116, bytes: 4 },
    ],
  },
  LinkEndRow: {
    size: 32,
    fields: [
      { name: 'prefix', kind: 'bytes', offset: 0, bytes: 16 },
      { name: 'prefixLength', kind: 'u32', offset: 16, bytes: 4 },
      { name: 'port_be', kind: 'u16', offset: 20, bytes: 2 },
      { name: 'protocol', kind: 'u8', offset: 22, bytes: 1 },
      { name: 'service', kind: 'u8', offset: 23, bytes: 1 },
    ],
  },
} as const satisfies Record<string, PlacedStruct>;

/** Rows of every section. Those of a hash have NONE in empty slots. */
export interface Sections {
  NODE: NodeRow[];
  PORT: PortRow[];
  ROUTE: RouteRow[];
  ROUTE_SLOT: IndexRow[];
  LOCAL_ADDRESS: LocalAddressRow[];
  CIDR: CidrRow[];
  SOURCE_RANGE: CidrRow[];
  FRONTEND: FrontendRow[];
  FRONTEND_SLOT: IndexRow[];
  SERVICE: ServiceRow[];
  MEMBER: IndexRow[];
  BACKEND: BackendRow[];
  RING: IndexRow[];
  CLUSTER_IP_SLOT: IndexRow[];
  PILOT: IndexRow[];
  PERFECT: PerfectRow[];
}
export type SectionName = keyof Sections;

/** Facts of a section: sections.ts. */
export interface SectionFacts {
  readonly number: number;
  readonly row: PlacedStruct;
  readonly hash: boolean;
  readonly room: { readonly share: number; readonly more: number };
  readonly patch: { readonly adds: boolean; readonly changes: boolean; readonly shortens: boolean };
}

/** In the order in which they stand in an image. */
export const SECTIONS: Readonly<Record<SectionName, SectionFacts>> = {
  NODE: {
    number: 1,
    row: LAYOUT.NodeRow,
    hash: false,
    room: { share: 0, more: 0 },
    patch: { adds: false, changes: false, shortens: false },
  },
  PORT: {
    number: 2,
    row: LAYOUT.PortRow,
    hash: false,
    room: { share: 0, more: 0 },
    patch: { adds: false, changes: false, shortens: false },
  },
  ROUTE: {
    number: 3,
    row: LAYOUT.RouteRow,
    hash: false,
    room: { share: 0, more: 0 },
    patch: { adds: false, changes: false, shortens: false },
  },
  ROUTE_SLOT: {
    number: 4,
    row: LAYOUT.IndexRow,
    hash: true,
    room: { share: 0, more: 0 },
    patch: { adds: false, changes: false, shortens: false },
  },
  LOCAL_ADDRESS: {
    number: 5,
    row: LAYOUT.LocalAddressRow,
    hash: false,
    room: { share: 0, more: 0 },
    patch: { adds: false, changes: false, shortens: false },
  },
  CIDR: {
    number: 6,
    row: LAYOUT.CidrRow,
    hash: false,
    room: { share: 0, more: 0 },
    patch: { adds: false, changes: false, shortens: false },
  },
  SOURCE_RANGE: {
    number: 7,
    row: LAYOUT.CidrRow,
    hash: false,
    room: { share: 0.125, more: 64 },
    patch: { adds: true, changes: false, shortens: false },
  },
  FRONTEND: {
    number: 8,
    row: LAYOUT.FrontendRow,
    hash: false,
    room: { share: 0.125, more: 64 },
    patch: { adds: true, changes: true, shortens: true },
  },
  FRONTEND_SLOT: {
    number: 9,
    row: LAYOUT.IndexRow,
    hash: true,
    room: { share: 0, more: 0 },
    patch: { adds: false, changes: true, shortens: false },
  },
  SERVICE: {
    number: 10,
    row: LAYOUT.ServiceRow,
    hash: false,
    room: { share: 0.125, more: 64 },
    patch: { adds: true, changes: true, shortens: false },
  },
  MEMBER: {
    number: 11,
    row: LAYOUT.IndexRow,
    hash: false,
    room: { share: 0.125, more: 64 },
    patch: { adds: true, changes: false, shortens: false },
  },
  BACKEND: {
    number: 12,
    row: LAYOUT.BackendRow,
    hash: false,
    room: { share: 0.125, more: 64 },
    patch: { adds: true, changes: false, shortens: false },
  },
  RING: {
    number: 13,
    row: LAYOUT.IndexRow,
    hash: false,
    room: { share: 0, more: 0 },
    patch: { adds: false, changes: false, shortens: false },
  },
  CLUSTER_IP_SLOT: {
    number: 14,
    row: LAYOUT.IndexRow,
    hash: true,
    room: { share: 0, more: 0 },
    patch: { adds: false, changes: true, shortens: false },
  },
  PILOT: {
    number: 15,
    row: LAYOUT.IndexRow,
    hash: false,
    room: { share: 5, more: 1024 },
    patch: { adds: true, changes: true, shortens: false },
  },
  PERFECT: {
    number: 16,
    row: LAYOUT.PerfectRow,
    hash: false,
    room: { share: 0.125, more: 64 },
    patch: { adds: true, changes: true, shortens: false },
  },
};
