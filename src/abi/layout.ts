// layout.ts - the contract with native/: every shared struct, enum, verdict and counter, described once.
//
// Imports nothing. `npm run abi` generates native/abi/abi.gen.h and src/abi/abi.gen.ts from it; the layout hash of both
// sides is compared when the addon loads. Numbers are appended, never reused: they are also metric labels and trace words.

/** Bumped when the meaning of a field changes without its layout changing. */
export const ABI_VERSION = 1;

/** First word of a table image: "KWIM" in little-endian. */
export const IMAGE_MAGIC = 0x4d49574b;

/** "No row": an index that points nowhere. */
export const NONE = 0xffffffff;

/** Every section of an image, and the image itself, starts at a multiple of this many bytes. */
export const SECTION_ALIGNMENT = 64;

/** Field kinds. `bytes` fields are raw; a `_be` suffix on a u16 says that it stands in network order. */
export type FieldKind = 'u8' | 'u16' | 'u32' | 'u64' | 'bytes';

export interface Field {
  readonly name: string;
  readonly kind: FieldKind;
  /** Length of a `bytes` field, in bytes. */
  readonly length?: number;
  readonly doc: string;
}

export interface Struct {
  readonly name: string;
  readonly doc: string;
  /** Total size in bytes; fields are laid out in order without gaps, the rest is reserved and zero. */
  readonly size: number;
  readonly fields: readonly Field[];
}

export interface Enumeration {
  readonly name: string;
  readonly doc: string;
  /** Name, number, meaning. */
  readonly values: readonly (readonly [string, number, string])[];
}

const u8 = (name: string, doc: string): Field => ({ name, kind: 'u8', doc });
const u16 = (name: string, doc: string): Field => ({ name, kind: 'u16', doc });
const u32 = (name: string, doc: string): Field => ({ name, kind: 'u32', doc });
const u64 = (name: string, doc: string): Field => ({ name, kind: 'u64', doc });
const bytes = (name: string, length: number, doc: string): Field => ({ name, kind: 'bytes', length, doc });
const address = (name: string, doc: string): Field => bytes(name, 16, `${doc} (16 bytes; IPv4 as ::ffff:a.b.c.d)`);

export const STRUCTS: readonly Struct[] = [
  {
    name: 'ImageHeader',
    doc: 'Starts an image: one immutable buffer that holds all tables of one node under one strategy.',
    size: 64,
    fields: [
      u32('magic', 'IMAGE_MAGIC'),
      u16('abiVersion', 'ABI_VERSION of the compiler'),
      u16('strategy', 'Strategy that the tables were compiled for'),
      u64('layoutHash', 'LAYOUT_HASH of the compiler'),
      u64('generation', 'counts the images of this node'),
      u32('totalBytes', 'length of the whole image'),
      u32('sections', 'entries in the section directory that follows'),
      u32('hashSeed', 'seed of every hash section'),
      u32('nodeId', 'the emulated node'),
    ],
  },
  {
    name: 'SectionEntry',
    doc: 'One entry of the section directory, directly behind the header.',
    size: 16,
    fields: [
      u32('kind', 'Section'),
      u32('offset', 'from the start of the image, a multiple of SECTION_ALIGNMENT'),
      u32('count', 'rows'),
      u32('stride', 'bytes a row; must equal the generated size'),
    ],
  },
  {
    name: 'NodeRow',
    doc: 'What the node itself is. Exactly one row.',
    size: 96,
    fields: [
      address('address4', 'source of masquerading and of ICMP errors, IPv4; zero if none'),
      address('address6', 'the same for IPv6; zero if none'),
      bytes('mac', 6, 'MAC with which the node answers on every port'),
      u16('flags', 'NodeFlag bits'),
      u32('nodeId', 'the emulated node'),
      u16('snatPortFirst', 'first source port that masquerading hands out'),
      u16('snatPortLast', 'last source port that masquerading hands out'),
      u32('serviceFlags', 'ServiceModeFlag bits: where the proxy modes differ'),
    ],
  },
  {
    name: 'PortRow',
    doc: 'A device of the node: its host namespace, a pod, or the way to other nodes. Row index = port number.',
    size: 32,
    fields: [
      u32('kind', 'PortKind'),
      u32('mtu', 'largest IP packet in bytes'),
      bytes('mac', 6, "MAC of the interface at the other end (the pod's own)"),
      u16('flags', 'reserved'),
      u32('target', 'node id at the other end of an UPLINK to one peer, NONE otherwise'),
      u32('id', 'stable id, for counters and names'),
    ],
  },
  {
    name: 'RouteRow',
    doc: 'A route. Rows are sorted by prefixLength, longest first; the first that matches wins.',
    size: 32,
    fields: [
      address('prefix', 'network address, host bits zero'),
      u32('prefixLength', '0 to 128, counted in the 16-byte form (an IPv4 /24 is 120)'),
      u32('kind', 'RouteKind'),
      u32('port', 'port row to send through; NONE for UNREACHABLE and BLACKHOLE'),
      u32('nextHop', 'node id that takes the frame when port is an UPLINK; NONE otherwise'),
    ],
  },
  {
    name: 'LocalAddressRow',
    doc: 'An address that is local to the node (addrtype LOCAL).',
    size: 32,
    fields: [address('address', 'the address'), u32('flags', 'LocalAddressFlag bits')],
  },
  {
    name: 'CidrRow',
    doc: 'An address range: the local detector, Service ranges, source ranges.',
    size: 32,
    fields: [
      address('prefix', 'network address, host bits zero'),
      u32('prefixLength', '0 to 128 in the 16-byte form'),
      u32('kind', 'CidrKind'),
    ],
  },
  {
    name: 'FrontendRow',
    doc: 'An address, port and protocol on which a Service port answers. NodePorts have a zero address.',
    size: 32,
    fields: [
      address('address', 'destination that is matched; zero = any NodePort address of the node'),
      u16('port_be', 'destination port; 0 = any port (only with protocol 0)'),
      u8('protocol', 'IP protocol number; 0 = any'),
      u8('kind', 'FrontendKind'),
      u32('service', 'row in SERVICE; NONE for HEALTH_CHECK'),
      u32('id', 'stable id across generations'),
      u32('flags', 'FrontendFlag bits'),
    ],
  },
  {
    name: 'ServiceRow',
    doc: 'One port of one Service and the endpoints that this node may use for it. Lists are runs of rows in MEMBER.',
    size: 64,
    fields: [
      u32('id', 'stable id across generations; key of session affinity'),
      u32('flags', 'ServiceFlag bits'),
      u32('clusterFirst', 'first MEMBER of the list for policy Cluster'),
      u32('clusterCount', 'its length'),
      u32('localFirst', 'first MEMBER of the list for policy Local'),
      u32('localCount', 'its length'),
      u32('servingFirst', 'first MEMBER of all serving endpoints (stale UDP flows are judged by it)'),
      u32('servingCount', 'its length'),
      u32('sourceRangeFirst', 'first SOURCE_RANGE of loadBalancerSourceRanges'),
      u32('sourceRangeCount', 'its length'),
      u32('affinitySeconds', 'sessionAffinityConfig.clientIP.timeoutSeconds; 0 = no affinity'),
      u32('scheduler', 'IPVS scheduler or eBPF selection; 0 = uniform random'),
      u32('ringFirst', 'first RING slot (Maglev); NONE if none'),
      u32('ringCount', 'its length'),
    ],
  },
  {
    name: 'BackendRow',
    doc: 'One endpoint address and port of one Service port.',
    size: 32,
    fields: [
      address('address', 'endpoint address'),
      u16('port_be', 'endpoint port'),
      u16('flags', 'BackendFlag bits'),
      u32('id', 'stable id across generations'),
      u32('weight', 'IPVS weight'),
      u32('service', 'row in SERVICE that it belongs to'),
    ],
  },
  {
    name: 'IndexRow',
    doc: 'An index into another section: MEMBER (a backend), RING (a backend), *_SLOT (a row, NONE = empty).',
    size: 4,
    fields: [u32('index', 'row in the section that this one points into')],
  },
  {
    name: 'Decision',
    doc: 'What was decided about one frame, and because of which rows. Written by every engine for every frame.',
    size: 64,
    fields: [
      u32('verdict', 'Verdict'),
      u32('reason', 'Reason'),
      u32('inPort', 'port row it came in through'),
      u32('outPort', 'port row it leaves through; NONE when it does not'),
      u32('nextHop', 'node id that takes it; NONE when it stays on this node'),
      u32('state', 'FlowState: how connection tracking saw it'),
      u32('frontend', 'row in FRONTEND that matched; NONE'),
      u32('service', 'row in SERVICE; NONE'),
      u32('backend', 'row in BACKEND that was chosen now; NONE when no choice was made now'),
      u32('list', 'EndpointList that the choice was made from'),
      u32('masquerade', 'MasqueradeReason'),
      u32('choices', 'length of the list that the choice was made from'),
      u32('flags', 'DecisionFlag bits'),
    ],
  },
  {
    name: 'FlowRow',
    doc: 'One tracked connection, as listed by an engine. Network addresses in the 16-byte form, ports in host order.',
    size: 128,
    fields: [
      address('originalSource', 'source of the first packet'),
      address('originalDestination', 'destination of the first packet'),
      address('replySource', 'source of the expected reply'),
      address('replyDestination', 'destination of the expected reply'),
      u16('originalSourcePort', 'port or ICMP identifier'),
      u16('originalDestinationPort', 'port or ICMP identifier'),
      u16('replySourcePort', 'port or ICMP identifier'),
      u16('replyDestinationPort', 'port or ICMP identifier'),
      u8('protocol', 'IP protocol number'),
      u8('tcpState', 'TcpState, or NONE for other protocols'),
      u16('flags', 'FlowFlag bits'),
      u32('serviceId', 'stable id of the Service port; NONE'),
      u32('backendId', 'stable id of the endpoint; NONE'),
      u32('remainingMs', 'until it expires when nothing more comes'),
      u64('packets', 'in both directions'),
      u64('bytes', 'IP bytes in both directions'),
    ],
  },
];

export const ENUMERATIONS: readonly Enumeration[] = [
  {
    name: 'Strategy',
    doc: 'How the plan was compiled.',
    values: [
      ['NFTABLES', 1, 'kube-proxy nftables mode: verdict maps'],
      ['IPTABLES', 2, 'kube-proxy iptables mode: ordered chains'],
      ['IPVS', 3, 'kube-proxy ipvs mode: virtual-server hash'],
      ['EBPF', 4, 'Cilium-like: service map to backend slots'],
      ['PERFECT', 5, 'ours: minimal perfect hash'],
    ],
  },
  {
    name: 'Section',
    doc: 'Sections of an image.',
    values: [
      ['NODE', 1, 'NodeRow, exactly one'],
      ['PORT', 2, 'PortRow'],
      ['ROUTE', 3, 'RouteRow, longest prefix first'],
      ['ROUTE_SLOT', 4, 'IndexRow: hash of the /128 routes (key: prefix)'],
      ['LOCAL_ADDRESS', 5, 'LocalAddressRow'],
      ['CIDR', 6, 'CidrRow: local detector, Service ranges'],
      ['SOURCE_RANGE', 7, 'CidrRow: loadBalancerSourceRanges'],
      ['FRONTEND', 8, 'FrontendRow, in the order of the strategy'],
      ['FRONTEND_SLOT', 9, 'IndexRow: hash of FRONTEND (key: address, port_be, protocol)'],
      ['SERVICE', 10, 'ServiceRow'],
      ['MEMBER', 11, 'IndexRow into BACKEND'],
      ['BACKEND', 12, 'BackendRow'],
      ['RING', 13, 'IndexRow into BACKEND: Maglev rings'],
      ['CLUSTER_IP_SLOT', 14, 'IndexRow into FRONTEND: hash of the active cluster IPs (key: address)'],
    ],
  },
  {
    name: 'NodeFlag',
    doc: 'Bits of NodeRow.flags.',
    values: [
      [
        'ROUTER',
        1,
        'not a Kubernetes node: the fabric between nodes and the outside; tracks only flows of its own frontends, never drops INVALID',
      ],
      [
        'EGRESS_MASQUERADE',
        2,
        'pods that leave the cluster get the node address (what a CNI does); CIDR rows of kind EGRESS_KEEP are exempt',
      ],
      ['TCP_LIBERAL', 4, 'nf_conntrack_tcp_be_liberal: do not drop INVALID'],
    ],
  },
  {
    name: 'ServiceModeFlag',
    doc: 'Bits of NodeRow.serviceFlags: points in which kube-proxy modes and options differ.',
    values: [
      ['MASQUERADE_ALL', 1, '--masquerade-all'],
      ['DETECT_LOCAL', 2, 'a local detector is implemented (CIDR rows of kind DETECT_LOCAL say who is a pod)'],
      ['REJECT_UNKNOWN_PORT', 4, 'nftables: a port of an active cluster IP that no Service has is rejected'],
      ['DROP_UNALLOCATED', 8, 'nftables: an address of a Service range that no Service has is dropped'],
      ['FIREWALL_FIRST', 16, 'nftables: source ranges are judged before "no endpoints"'],
      ['HAIRPIN_LOCAL_ONLY', 32, 'nftables: hairpin masquerade only for endpoints on this node'],
      [
        'NODE_SKIPS_EXTERNAL_REJECT',
        64,
        'iptables: traffic of the node itself to a non-local external address without endpoints is not rejected',
      ],
      ['LOCAL_FALLS_BACK', 128, 'ipvs: policy Local without local endpoints uses all endpoints'],
      ['REJECT_UNKNOWN_TCP_PORT', 256, 'ipvs: TCP to a port of a virtual address that no Service has is rejected'],
    ],
  },
  {
    name: 'PortKind',
    doc: 'What is at the other end of a port.',
    values: [
      ['HOST', 1, "the node's own namespace: packets from it took OUTPUT, packets to it take INPUT"],
      ['POD', 2, 'a pod'],
      ['UPLINK', 3, 'other nodes and the outside'],
    ],
  },
  {
    name: 'RouteKind',
    doc: 'What a route does.',
    values: [
      ['FORWARD', 1, 'send through port'],
      ['LOCAL', 2, "deliver to the node's own namespace (port is the HOST port)"],
      ['UNREACHABLE', 3, 'answer with ICMP host unreachable'],
      ['BLACKHOLE', 4, 'drop silently'],
    ],
  },
  {
    name: 'LocalAddressFlag',
    doc: 'Bits of LocalAddressRow.flags.',
    values: [['NODE_PORT', 1, 'NodePorts answer on it (--nodeport-addresses)']],
  },
  {
    name: 'CidrKind',
    doc: 'What a CidrRow is for.',
    values: [
      ['DETECT_LOCAL', 1, 'sources in it are pods of this cluster (--cluster-cidr)'],
      ['SERVICE', 2, 'a Service range (--service-cluster-ip-range)'],
      ['EGRESS_KEEP', 3, 'destinations towards which pods keep their address'],
      ['SOURCE_RANGE', 4, 'loadBalancerSourceRanges'],
    ],
  },
  {
    name: 'FrontendKind',
    doc: 'Which kind of Service address matched.',
    values: [
      ['CLUSTER_IP', 1, 'spec.clusterIPs'],
      ['EXTERNAL_IP', 2, 'spec.externalIPs'],
      ['LOAD_BALANCER', 3, 'status.loadBalancer.ingress'],
      ['NODE_PORT', 4, 'ports[].nodePort on an address of the node'],
      ['HEALTH_CHECK', 5, 'spec.healthCheckNodePort: accepted, answered by the node itself'],
      [
        'SPREAD',
        6,
        'on a ROUTER: the load balancer; the packet goes unchanged to the node whose address is the backend',
      ],
    ],
  },
  {
    name: 'FrontendFlag',
    doc: 'Bits of FrontendRow.flags.',
    values: [['FIREWALL', 1, 'source ranges of the Service apply here']],
  },
  {
    name: 'ServiceFlag',
    doc: 'Bits of ServiceRow.flags.',
    values: [
      ['INTERNAL_LOCAL', 1, 'internalTrafficPolicy: Local'],
      ['EXTERNAL_LOCAL', 2, 'externalTrafficPolicy: Local'],
      ['HAS_ENDPOINTS', 4, 'some endpoint could be used somewhere; without it traffic is rejected'],
      ['CLEAN_UDP', 8, 'its slices changed since the last image: flush stale UDP flows when this image is taken'],
    ],
  },
  {
    name: 'BackendFlag',
    doc: 'Bits of BackendRow.flags.',
    values: [['LOCAL', 1, 'on this node']],
  },
  {
    name: 'Verdict',
    doc: 'What happened to a frame.',
    values: [
      ['DROP', 0, 'freed; the reason says why'],
      ['FORWARD', 1, 'leaves through outPort'],
      [
        'REPLY',
        2,
        'answered by the node itself (ARP, neighbour discovery, ICMP error); the answer leaves through inPort',
      ],
    ],
  },
  {
    name: 'Reason',
    doc: 'Why. Also the counter and the trace word. 1 to 31 are good ends, 32 and up are drops, 96 and up are rejects.',
    values: [
      ['FORWARDED', 1, 'no Service rule touches it'],
      ['SERVICE', 2, 'first packet of a connection to a Service'],
      ['ESTABLISHED', 3, 'belongs to a known connection'],
      ['RELATED', 4, 'ICMP error about a known connection'],
      ['HEALTH_CHECK', 5, 'healthCheckNodePort, accepted for the node itself'],
      ['LOCAL_DELIVERY', 6, "for the node's own namespace, no Service rule touches it"],
      ['SPREAD', 7, 'load balancer chose a node'],
      ['ARP_REPLY', 8, 'ARP request answered'],
      ['NEIGHBOUR_ADVERTISEMENT', 9, 'neighbour solicitation answered'],
      ['MALFORMED_ETHERNET', 32, 'frame shorter than an Ethernet header'],
      ['UNKNOWN_ETHERTYPE', 33, 'neither ARP, IPv4 nor IPv6'],
      ['MALFORMED_ARP', 34, 'ARP that is not Ethernet/IPv4 or too short'],
      ['ARP_IGNORED', 35, 'ARP reply, probe, announcement, or a question for the asker itself'],
      ['MALFORMED_IP', 36, 'version, header length or total length wrong'],
      ['BAD_IP_CHECKSUM', 37, 'IPv4 header checksum wrong'],
      [
        'MARTIAN',
        38,
        'source or destination that may not be on a wire: unspecified, loopback, multicast source, IPv4-mapped',
      ],
      ['MULTICAST', 39, 'multicast, broadcast or link-local traffic that nobody routes'],
      ['MALFORMED_L4', 40, 'TCP, UDP, SCTP or ICMP header truncated or inconsistent'],
      ['UNSUPPORTED_EXTENSION', 41, 'IPv6 extension headers too many, truncated or unknown'],
      ['FRAGMENT_UNKNOWN', 42, 'later fragment whose first fragment was not seen'],
      ['TTL_EXPIRED_SILENT', 43, 'TTL expired on a packet that gets no ICMP error'],
      ['INVALID_STATE', 44, 'connection tracking calls it INVALID'],
      ['FLOW_TABLE_FULL', 45, 'no room for another connection'],
      ['NAT_PORTS_EXHAUSTED', 46, 'no free source port for masquerading'],
      ['SOURCE_RANGE', 47, 'source not in loadBalancerSourceRanges'],
      ['NO_LOCAL_ENDPOINTS', 48, 'policy Local and no endpoint on this node'],
      ['UNALLOCATED_SERVICE_ADDRESS', 49, 'an address of a Service range that no Service has'],
      ['NO_ROUTE', 50, 'no route and no ICMP error possible, or blackhole'],
      ['ICMP_ERROR_UNMATCHED', 51, 'ICMP error about a connection that is not known'],
      ['BAD_ICMP_CHECKSUM', 52, 'ICMP error with a wrong checksum'],
      ['TOO_BIG_SILENT', 53, 'too big for the way out and no ICMP error possible'],
      ['SOURCE_LOOP', 54, 'would leave through the port it came from towards the same next hop'],
      ['NEIGHBOUR_IGNORED', 55, 'neighbour discovery that needs no answer'],
      ['DEVICE_QUEUE_FULL', 56, 'the device or ring did not take the frame'],
      ['HOP_LIMIT_INTERNAL', 57, 'passed more nodes than the lab has: a routing loop'],
      ['NO_TABLES', 58, 'no image loaded yet'],
      ['NO_ENDPOINTS', 96, 'Service without endpoints: ICMP port unreachable'],
      ['UNKNOWN_SERVICE_PORT', 97, 'port that the cluster IP does not have: ICMP port unreachable'],
      ['HOST_UNREACHABLE', 98, 'no route: ICMP host unreachable'],
      ['TTL_EXPIRED', 99, 'ICMP time exceeded'],
      ['TOO_BIG', 100, 'ICMP fragmentation needed, ICMPv6 packet too big'],
      ['REJECTED_SILENT', 101, 'would be rejected, but gets no ICMP error (ICMP error, fragment, broadcast)'],
    ],
  },
  {
    name: 'FlowState',
    doc: 'How connection tracking saw a packet.',
    values: [
      ['UNTRACKED', 0, 'not looked at'],
      ['NEW', 1, 'first packet of a connection'],
      ['ORIGINAL', 2, 'known connection, direction of the first packet'],
      ['REPLY', 3, 'known connection, the other direction'],
      ['RELATED', 4, 'ICMP error about a known connection'],
      ['INVALID', 5, 'no valid state'],
    ],
  },
  {
    name: 'TcpState',
    doc: 'States of nf_conntrack_proto_tcp.c.',
    values: [
      ['NONE', 0, 'nothing seen'],
      ['SYN_SENT', 1, 'SYN seen'],
      ['SYN_RECV', 2, 'SYN-ACK seen'],
      ['ESTABLISHED', 3, 'ACK seen'],
      ['FIN_WAIT', 4, 'FIN seen'],
      ['CLOSE_WAIT', 5, 'ACK after FIN'],
      ['LAST_ACK', 6, 'FIN of the other side'],
      ['TIME_WAIT', 7, 'last ACK seen'],
      ['CLOSE', 8, 'RST seen'],
      ['SYN_SENT2', 9, 'SYN of the other side: simultaneous open'],
    ],
  },
  {
    name: 'FlowFlag',
    doc: 'Bits of FlowRow.flags.',
    values: [
      ['SEEN_REPLY', 1, 'packets came in both directions'],
      ['ASSURED', 2, 'not dropped early when the table is full'],
      ['DNAT', 4, 'destination rewritten'],
      ['SNAT', 8, 'source rewritten'],
      ['SPREAD', 16, 'goes unchanged to a chosen node'],
    ],
  },
  {
    name: 'EndpointList',
    doc: 'Which list a choice was made from.',
    values: [
      ['NO_LIST', 0, 'no choice was made'],
      ['CLUSTER', 1, 'policy Cluster'],
      ['LOCAL', 2, 'policy Local'],
    ],
  },
  {
    name: 'MasqueradeReason',
    doc: 'Why the source is rewritten to the address of the node.',
    values: [
      ['KEEP', 0, 'it is not'],
      ['MASQUERADE_ALL', 1, '--masquerade-all'],
      ['OFF_CLUSTER', 2, 'cluster IP from a source that is not a pod of the cluster'],
      ['EXTERNAL_CLUSTER', 3, 'external address with policy Cluster'],
      ['LOCAL_SOURCE', 4, 'external address with policy Local, from the node itself'],
      ['HAIRPIN', 5, 'the chosen endpoint is the client itself'],
      ['EGRESS', 6, 'pod leaves the cluster'],
      ['PORT_CLASH', 7, 'address kept, port changed: the reply tuple was taken'],
    ],
  },
  {
    name: 'DecisionFlag',
    doc: 'Bits of Decision.flags.',
    values: [
      ['DNAT', 1, 'destination was rewritten'],
      ['SNAT', 2, 'source was rewritten'],
      ['AFFINITY', 4, 'the endpoint was remembered, not chosen'],
      ['FLOW_CREATED', 8, 'a flow was created'],
      ['SOURCE_IS_POD', 16, 'the local detector says pod'],
      ['SOURCE_IS_NODE', 32, 'the source is an address of this node'],
    ],
  },
  {
    name: 'ImageError',
    doc: 'Why an image was refused.',
    values: [
      ['OK', 0, 'it was not'],
      ['TOO_SHORT', 1, 'shorter than its header or its totalBytes'],
      ['BAD_MAGIC', 2, 'not an image'],
      ['BAD_VERSION', 3, 'ABI_VERSION differs'],
      ['BAD_LAYOUT', 4, 'LAYOUT_HASH differs'],
      ['BAD_DIRECTORY', 5, 'section directory out of bounds, duplicate or unknown section'],
      ['BAD_STRIDE', 6, 'stride differs from the generated size'],
      ['BAD_BOUNDS', 7, 'section out of bounds or not aligned'],
      ['BAD_COUNT', 8, 'a section has too few or too many rows (NODE: one; slots: a power of two with a free slot)'],
      ['BAD_INDEX', 9, 'an index points outside its section'],
      ['BAD_VALUE', 10, 'an enum, flag, prefix or port range has an impossible value'],
      ['BAD_ORDER', 11, 'routes not sorted'],
    ],
  },
];

/** Counter block of one node: index = Reason for frames; `COUNTER_*` for the rest. 64-bit cells, one writer. */
export const COUNTERS = {
  /** Cells 0..127: frames by Reason. */
  reasons: 128,
  /** Cell 128: frames received, 129: bytes received, 130: frames sent, 131: bytes sent, 132: flows now, 133: generation taken. */
  receivedFrames: 128,
  receivedBytes: 129,
  sentFrames: 130,
  sentBytes: 131,
  flows: 132,
  generation: 133,
  /** Cells a block (a multiple of 8: one block never shares a cache line with another). */
  cells: 144,
} as const;
