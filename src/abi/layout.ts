// layout.ts - the contract with native/: every shared struct, enum, verdict and counter, described once.
//
// `npm run abi` generates native/abi/abi.gen.h and src/abi/abi.gen.ts from it; the layout hash of both
// sides is compared when the addon loads. Numbers are appended, never reused: they are also metric labels and trace words.

import { address, bytes, type Struct, u8, u16, u32, u64 } from './field.js';
import { LOOP_STRUCTS } from './loop.js';

/** Bumped when the meaning of a field changes without its layout changing. */
export const ABI_VERSION = 1;

/** First word of a table image: "KWIM" in little-endian. */
export const IMAGE_MAGIC = 0x4d49574b;

/** First word of a patch: "KWPT" in little-endian. */
export const PATCH_MAGIC = 0x5450574b;

/** "No row": an index that points nowhere. */
export const NONE = 0xffffffff;

/** Every section of an image, and the image itself, starts at a multiple of this many bytes. */
export const SECTION_ALIGNMENT = 64;

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
      u32('buckets', 'rows of PILOT that stand for buckets; behind them are groups (native/law/match.md)'),
      u32(
        'spread',
        'rows of PERFECT that pilots spread keys over; behind them are rows that only groups and pilots name',
      ),
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
    name: 'PatchHeader',
    doc: 'Starts a patch: rows that change in the image that a node has.',
    size: 64,
    fields: [
      u32('magic', 'PATCH_MAGIC'),
      u16('abiVersion', 'ABI_VERSION of the compiler'),
      u16('strategy', 'Strategy of the image'),
      u64('layoutHash', 'LAYOUT_HASH of the compiler'),
      u64('generation', 'of the image when it is patched'),
      u64('base', 'generation that the image has before'),
      u32('totalBytes', 'length of the whole patch'),
      u32('entries', 'entries in the directory that follows'),
      u32('hashSeed', 'hashSeed of the image'),
      u32('nodeId', 'nodeId of the image'),
    ],
  },
  {
    name: 'PatchEntry',
    doc: 'A run of rows that a patch writes. Several may be about one section.',
    size: 32,
    fields: [
      u32('kind', 'Section'),
      u32('first', 'row that the first is written to'),
      u32('count', 'rows; 0 only says how many the section has'),
      u32('offset', 'from the start of the patch, a multiple of 4'),
      u32('rows', 'rows of the section when all is written; the same in all entries of a section'),
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
      u32('tcpEstablishedSeconds', 'how long a silent TCP flow lives in ESTABLISHED'),
      u32('tcpCloseWaitSeconds', 'the same in CLOSE_WAIT'),
      u32('udpSeconds', 'how long a UDP flow lasts without a packet'),
      u32('udpStreamSeconds', 'the same when it went both ways for more than two seconds'),
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
    doc: 'An address, port and protocol on which a Service port answers. NodePorts have the unspecified address of their family.',
    size: 32,
    fields: [
      address('address', 'destination that is matched; ::ffff:0.0.0.0 or :: = any NodePort address of the node'),
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
      u32('scheduler', 'Scheduler, with SchedulerFlag bits'),
      u32('ringFirst', 'first RING slot of the list for policy Cluster (Maglev); NONE if none'),
      u32('ringCount', 'its length, and that of the ring for policy Local'),
      u32('localRingFirst', 'first RING slot of the list for policy Local; NONE if none'),
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
    name: 'PerfectRow',
    doc: 'Strategy PERFECT: all that a new connection to a frontend needs of FRONTEND and SERVICE, in one cache line.',
    size: 64,
    fields: [
      address('address', 'as in FRONTEND'),
      u16('port_be', 'as in FRONTEND'),
      u8('protocol', 'as in FRONTEND'),
      u8('kind', 'FrontendKind'),
      u32('frontend', 'row in FRONTEND; NONE = a free row: protocol 255, the rest zero'),
      u32('service', 'row in SERVICE; NONE for HEALTH_CHECK'),
      u32('serviceId', 'ServiceRow.id'),
      u16('flags', 'FrontendFlag bits'),
      u16('serviceFlags', 'ServiceFlag bits'),
      u32('clusterFirst', 'first BACKEND (not MEMBER) of the list for policy Cluster'),
      u32('clusterCount', 'its length'),
      u32('localFirst', 'first BACKEND (not MEMBER) of the list for policy Local'),
      u32('localCount', 'its length'),
      u32('sourceRangeFirst', 'first SOURCE_RANGE'),
      u32('sourceRangeCount', 'its length'),
      u32('affinitySeconds', 'ServiceRow.affinitySeconds'),
    ],
  },
  {
    name: 'IndexRow',
    doc: 'An index: MEMBER and RING (a backend), *_SLOT (a row, NONE = empty), PILOT (see native/law/match.md).',
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
      u64('ageMs', 'since its first packet'),
      u8('sctpState', 'SctpState, or NONE for other protocols'),
      u8('icmpType', 'of a query of ICMP: type of the question; 0'),
      u8('icmpCode', 'its code; 0'),
    ],
  },
  {
    name: 'AffinityRow',
    doc: 'A client that a Service with session affinity remembers, as listed by an engine.',
    size: 32,
    fields: [
      address('client', 'the client'),
      u32('serviceId', 'stable id of the Service port'),
      u32('backendId', 'stable id of the endpoint'),
      u64('lastNs', 'when it was last sent there, on the monotonic clock'),
    ],
  },
  {
    name: 'LossRow',
    doc: 'The last frame that a node dropped or rejected for a reason, as it came.',
    size: 128,
    fields: [
      u64('atNs', 'when, on the monotonic clock'),
      u32('reason', 'Reason; 0: none yet'),
      u32('port', 'port through which it came'),
      u32('length', 'of the whole frame, in bytes'),
      u32('kept', 'bytes of it that are kept'),
      bytes('head', 80, 'its first bytes: the headers'),
    ],
  },
  ...LOOP_STRUCTS,
];

/** Counter block of one node: index = Reason for frames; `COUNTER_*` for the rest. 64-bit cells, one writer. */
export const COUNTERS = {
  /** Cells 0..127: frames by Reason. */
  reasons: 128,
  /** Cell 128: frames received, 129: bytes received, 130: frames sent, 131: bytes sent, 132: flows now, 133: generation taken,
   * 134: flows dropped for room (early drop), 135: flows that fit at most. */
  receivedFrames: 128,
  receivedBytes: 129,
  sentFrames: 130,
  sentBytes: 131,
  flows: 132,
  generation: 133,
  flowsDropped: 134,
  flowCapacity: 135,
  /** Cells a block (a multiple of 8: one block never shares a cache line with another). */
  cells: 144,
} as const;
