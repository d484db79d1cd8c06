// enumerations.ts - every number with a name that both sides of the border share: verdicts, reasons, kinds, flags.
//
// Part of the contract in layout.ts; numbers are appended, never reused.
import { REASON_SPECS } from './reasons.js';
import { SECTION_SPECS } from './sections.js';
import { STRATEGY_SPECS } from './strategies.js';

export interface Enumeration {
  readonly name: string;
  readonly doc: string;
  /** Name, number, meaning. */
  readonly values: readonly (readonly [string, number, string])[];
}

export const ENUMERATIONS: readonly Enumeration[] = [
  {
    name: 'Strategy',
    doc: 'How the plan was compiled.',
    values: STRATEGY_SPECS.map(({ name, number, doc }) => [name, number, doc]),
  },
  {
    name: 'Section',
    doc: 'Sections of an image.',
    values: SECTION_SPECS.map(({ name, number, doc }) => [name, number, doc]),
  },
  {
    name: 'NodeFlag',
    doc: 'Bits of NodeRow.flags.',
    values: [
      [
        'ROUTER',
        1,
        'not a Kubernetes node: the fabric between nodes and the outside; tracks only flows of its own frontends',
      ],
      [
        'EGRESS_MASQUERADE',
        2,
        'pods that leave the cluster get the node address (what a CNI does); CIDR rows of kind EGRESS_KEEP are exempt',
      ],
      ['TCP_BE_LIBERAL', 4, '--conntrack-tcp-be-liberal: segments outside of the window are let pass'],
    ],
  },
  {
    name: 'ServiceModeFlag',
    doc: 'Bits of NodeRow.serviceFlags: points in which kube-proxy modes and options differ.',
    values: [
      ['MASQUERADE_ALL', 1, '--masquerade-all'],
      ['DETECT_LOCAL', 2, 'IPv4 has a local detector (CIDR rows of kind DETECT_LOCAL say who is a pod)'],
      ['REJECT_UNKNOWN_PORT', 4, 'nftables, ipvs: a port that an address of CLUSTER_IP_SLOT does not have is rejected'],
      ['DROP_UNALLOCATED', 8, 'nftables: an address of a Service range that no Service has is dropped'],
      ['FIREWALL_FIRST', 16, 'nftables: source ranges are judged before "no endpoints"'],
      ['HAIRPIN_LOCAL_ONLY', 32, 'nftables: hairpin masquerade only for endpoints on this node'],
      [
        'NODE_SKIPS_EXTERNAL_REJECT',
        64,
        'iptables: traffic of the node itself to a non-local external address without endpoints is not rejected',
      ],
      ['LOCAL_FALLS_BACK', 128, 'ipvs: policy Local without local endpoints uses all endpoints'],
      ['DETECT_LOCAL_6', 512, 'IPv6 has a local detector'],
      ['DROPS_INVALID', 1024, 'iptables: what connection tracking calls INVALID is not forwarded (KUBE-FORWARD)'],
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
      ['SOURCE_RANGE', 4, 'loadBalancerSourceRanges; of a HOST_PORT: whose packets are masqueraded'],
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
      ['PROXY', 7, 'on a ROUTER: the load balancer ends the connection; its own goes to a NodePort, the backend'],
      ['HOST_PORT', 8, 'containers[].ports[].hostPort of a pod, on an address of its node'],
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
    name: 'Scheduler',
    doc: 'How an endpoint is chosen: the low byte of ServiceRow.scheduler. Those of IPVS have its names.',
    values: [
      ['RANDOM', 0, 'uniform, one draw'],
      ['RR', 1, 'round robin'],
      ['WRR', 2, 'weighted round robin'],
      ['LC', 3, 'least connections'],
      ['WLC', 4, 'weighted least connections'],
      ['LBLC', 5, 'locality-based least connections'],
      ['LBLCR', 6, 'locality-based least connections with replication'],
      ['DH', 7, 'destination hashing'],
      ['SH', 8, 'source hashing'],
      ['SED', 9, 'shortest expected delay'],
      ['NQ', 10, 'never queue'],
      ['MH', 11, 'Maglev hashing'],
      ['FO', 12, 'weighted failover'],
      ['OVF', 13, 'weighted overflow'],
      ['TWOS', 14, 'power of two choices'],
    ],
  },
  {
    name: 'SchedulerFlag',
    doc: 'Bits of ServiceRow.scheduler above the Scheduler.',
    values: [
      ['PORT', 256, 'sh-port, mh-port: the source port is hashed, too'],
      ['FALLBACK', 512, 'sh-fallback, mh-fallback: an unusable choice looks further'],
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
    doc: 'Why. Also the counter and the trace word.',
    values: REASON_SPECS.map(({ name, number, brief }) => [name, number, brief]),
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
    name: 'SctpState',
    doc: 'States of nf_conntrack_proto_sctp.c.',
    values: [
      ['NONE', 0, 'nothing seen'],
      ['CLOSED', 1, 'INIT seen, or the association is over'],
      ['COOKIE_WAIT', 2, 'INIT ACK seen'],
      ['COOKIE_ECHOED', 3, 'COOKIE ECHO seen'],
      ['ESTABLISHED', 4, 'COOKIE ACK seen'],
      ['SHUTDOWN_SENT', 5, 'SHUTDOWN seen, direction of the first packet'],
      ['SHUTDOWN_RECD', 6, 'SHUTDOWN seen, the other direction'],
      ['SHUTDOWN_ACK_SENT', 7, 'SHUTDOWN ACK seen'],
      ['HEARTBEAT_SENT', 8, 'HEARTBEAT seen first: another address of an association'],
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
      ['PROXY', 8, "the connection to the NodePort is the load balancer's own"],
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
    name: 'TraceKind',
    doc: 'What a TraceRow tells.',
    values: [
      ['FRAME', 0, 'a frame, and what became of it'],
      ['TABLES', 1, 'the node has tables of this generation from now on'],
      ['SWEEP', 2, 'the node forgot expired flows'],
      ['ADDED', 3, 'the node came, without tables'],
      ['REMOVED', 4, 'the node is gone'],
    ],
  },
  {
    name: 'LinkFlag',
    doc: 'Bits of LinkRow.flags.',
    values: [
      ['DOWN', 1, 'nothing gets through'],
      ['BURSTS', 2, 'losses come in bursts (Gilbert-Elliott)'],
      ['NORMAL', 4, 'delays vary normally; else evenly'],
      ['PARETO', 8, 'delays vary as Pareto has it, with a shape of 3: few are much longer'],
    ],
  },
  {
    name: 'ImageError',
    doc: 'Why an image or a patch was refused.',
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
      ['BAD_ORDER', 11, 'routes not sorted, or node ports of IPTABLES before other rows'],
      ['NO_MEMORY', 12, 'no memory for a copy of the image'],
      ['BAD_BASE', 13, 'a patch of another image: node, strategy, seed or generation differ, or there is none'],
      ['NO_ROOM', 14, 'a patch that makes a section longer than the room that the image has for it'],
    ],
  },
];
