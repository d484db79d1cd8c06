// loop.ts - structs that a shard's loop shares with the control plane: what it tells about frames, and links that misbehave.
import { address, bytes, type Field, type Struct, u8, u16, u32, u64 } from './field.js';

/** The virtio-net header of a frame. */
const offloadFields = (prefix: string, whose: string): Field[] => [
  u8(`${prefix}NeedsChecksum`, `VIRTIO_NET_HDR_F_NEEDS_CSUM ${whose}`),
  u8(`${prefix}GsoType`, `gso_type ${whose}`),
  u16(`${prefix}GsoSize`, `gso_size ${whose}`),
  u16(`${prefix}HeaderLength`, `hdr_len ${whose}`),
  u16(`${prefix}ChecksumStart`, `csum_start ${whose}`),
  u16(`${prefix}ChecksumOffset`, `csum_offset ${whose}`),
];

export const LOOP_STRUCTS: readonly Struct[] = [
  {
    name: 'TraceRing',
    doc: 'Starts the memory through which a shard tells what it did with each frame; a power of two of bytes follows.',
    size: 192,
    fields: [
      u64('produced', 'bytes written, ever; written by the shard'),
      u64('lost', 'frames left out because there was no room; written by the shard'),
      bytes('own', 48, 'keeps the line to the shard'),
      u64('consumed', 'bytes read, ever; written by the reader'),
      bytes('readers', 56, 'keeps the line to the reader'),
      u32('snap', 'bytes of a frame that are kept; 0 = all'),
      u32('whole', '1: everything that decides about frames is told, too: tables, sweeps, nodes that come and go'),
    ],
  },
  {
    name: 'TraceRow',
    doc: 'A frame at one node: its bytes as it came follow, then those that left, each padded to 8 bytes. Or another event.',
    size: 160,
    fields: [
      u32('bytes', 'of the whole record, a multiple of 8'),
      u32('node', 'node id; NONE = filler up to the end of the ring, of which only `bytes` is written'),
      u64('atNs', 'when it came, on the monotonic clock'),
      u32('inPort', 'port row it came in through'),
      u32('outPort', 'port row that something left through; NONE if nothing did'),
      u32('nextHop', 'node id that takes it; NONE when it stays on this node'),
      u32('verdict', 'Verdict'),
      u32('reason', 'Reason'),
      u32('state', 'FlowState'),
      u32('frontend', 'row in FRONTEND that matched; NONE'),
      u32('service', 'row in SERVICE; NONE'),
      u32('backend', 'row in BACKEND that was chosen now; NONE'),
      u32('list', 'EndpointList that the choice was made from'),
      u32('masquerade', 'MasqueradeReason'),
      u32('flags', 'DecisionFlag bits'),
      u64('generation', 'of the tables in force'),
      u32('inLength', 'length of the frame that came'),
      u32('inKept', 'bytes of it that follow'),
      u32('outLength', 'length of the frame that left; 0 if none did'),
      u32('outKept', 'bytes of it that follow'),
      u32('kind', 'TraceKind'),
      u32('lostTo', 'Reason for which what left was lost after all; 0 = it was not'),
      u64('clockNs', 'the time by which the node decided'),
      u64('sequence', 'how many records the shard has made before, told or left out'),
      u32('choices', 'length of the list that the choice was made from'),
      u32('places', 'SWEEP: places of the flow table that were looked at'),
      ...offloadFields('in', 'of the frame that came'),
      ...offloadFields('out', 'of the frame that left'),
    ],
  },
  {
    name: 'LinkRow',
    doc: 'A link that misbehaves: what happens to the frames that it matches. Of chances, 2^32 would be always.',
    size: 128,
    fields: [
      u32('id', 'stable; a link with the id and seed of one before goes on where that one was'),
      u32('flags', 'LinkFlag bits'),
      u32('fromFirst', 'first LinkEndRow of who sends'),
      u32('fromCount', 'how many; 0 = anybody'),
      u32('toFirst', 'first LinkEndRow of who receives'),
      u32('toCount', 'how many; 0 = anybody'),
      u32('seed', 'of its random draws'),
      u32('loss', 'chance that a frame is lost; with BURSTS, that a good link turns bad'),
      u32('recovery', 'BURSTS: chance that a bad link turns good'),
      u32('badLoss', 'BURSTS: chance that a bad link loses a frame'),
      u32('goodLoss', 'BURSTS: chance that a good link loses a frame'),
      u32('duplicate', 'chance that a frame arrives twice'),
      u32('reorder', 'chance that a frame is not delayed and overtakes others'),
      u32('corrupt', 'chance that a bit is flipped'),
      u32('mtu', 'longest IP packet that gets through; 0 = any'),
      u32('limit', 'frames that may wait; more are lost'),
      u64('delayNs', 'how long a frame is on its way'),
      u64('jitterNs', 'how much that varies, to either side'),
      u64('rate', 'bits a second; 0 = any'),
      u32('limitBytes', 'bytes that may wait; 0 = any'),
      u32('lossCorrelation', 'how much of a draw is the one before it; so with the others'),
      u32('duplicateCorrelation', 'the same'),
      u32('reorderCorrelation', 'the same'),
      u32('corruptCorrelation', 'the same'),
      u32('jitterCorrelation', 'the same'),
      u32('samplesFirst', 'first sample of a distribution of its own, in 8192nds of jitterNs'),
      u32('samplesCount', 'how many; 0: it has none'),
    ],
  },
  {
    name: 'LinkEndRow',
    doc: 'One end of a link: addresses of machines, or where a Service is reached.',
    size: 32,
    fields: [
      address('prefix', 'network address, host bits zero'),
      u32('prefixLength', '0 to 128 in the 16-byte form'),
      u16('port_be', 'port of a Service; 0 = any'),
      u8('protocol', 'IP protocol number; 0 = any'),
      u8('service', '1: the address as clients see it; 0: that of the machine'),
    ],
  },
];

/** Counter cells of one link on one shard. 64-bit, one writer. */
export const LINK_CELLS = {
  /** Frames that it matched, and their bytes. */
  matched: 0,
  bytes: 1,
  /** Lost by chance, because the link was down, because too many waited, because they were too long. */
  lost: 2,
  down: 3,
  overflowed: 4,
  tooLong: 5,
  duplicated: 6,
  reordered: 7,
  corrupted: 8,
  /** On their way now. */
  waiting: 9,
  /** Cells a link. */
  cells: 16,
} as const;
