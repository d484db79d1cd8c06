// engine.ts - the seam to whatever executes tables: one Engine is the dataplane of one emulated node.
import type { Decision, FlowRow } from '../abi/abi.gen.js';

/** What the virtio-net header says about a frame (struct virtio_net_hdr; all zero = a plain frame). */
export interface Offload {
  /** VIRTIO_NET_HDR_F_NEEDS_CSUM: the L4 checksum field holds the folded, uncomplemented pseudo-header sum. */
  readonly needsChecksum: boolean;
  /** VIRTIO_NET_HDR_GSO_*: 0 none, 1 TCPv4, 4 TCPv6, 5 UDP_L4 (0x80 = ECN). */
  readonly gsoType: number;
  /** Payload bytes of each segment. */
  readonly gsoSize: number;
  /** Ethernet + IP + L4 header bytes. */
  readonly headerLength: number;
  readonly checksumStart: number;
  readonly checksumOffset: number;
}

export const NO_OFFLOAD: Offload = {
  needsChecksum: false,
  gsoType: 0,
  gsoSize: 0,
  headerLength: 0,
  checksumStart: 0,
  checksumOffset: 0,
};

export interface FrameIn {
  /** Port row through which the frame came. */
  readonly port: number;
  /** Ethernet frame without FCS. Not modified. */
  readonly bytes: Uint8Array;
  readonly offload?: Offload;
}

export interface FrameOut {
  /** Port row through which it leaves. */
  readonly port: number;
  /** Node id that takes it when the port is an UPLINK; NONE otherwise. */
  readonly nextHop: number;
  readonly bytes: Uint8Array;
  readonly offload: Offload;
}

export interface Outcome {
  readonly decision: Decision;
  /** The frame that leaves: the rewritten one, or the answer (Verdict REPLY). Null when dropped. */
  readonly out: FrameOut | null;
}

/** Tracked connections of an engine that is told no number. [IMAGE-6] */
export const FLOW_CAPACITY = 65_536;

export interface EngineOptions {
  /** Seed of the engine's generator (32 bits). */
  readonly seed: number;
  /** Tracked connections at most (rounded up to a power of two). */
  readonly flowCapacity?: number;
}

export interface Engine {
  readonly kind: 'reference' | 'native';
  /** Takes a new generation of tables. Throws Fault IMAGE_REFUSED and keeps the old ones. Flows survive. */
  load(image: Uint8Array, nowNs: bigint): void;
  /** Changes rows of the tables in force (native/law/patch.md). Throws Fault IMAGE_REFUSED and keeps them as they were. */
  patch(patch: Uint8Array, nowNs: bigint): void;
  /** Runs one frame. Time never goes backwards. Never throws on any bytes. */
  process(frame: FrameIn, nowNs: bigint): Outcome;
  /** Replaces the random draws that follow by a script; an exhausted script goes back to the generator. */
  scriptRandom(draws: readonly number[]): void;
  /** Every live flow, in no particular order. */
  flows(nowNs: bigint): FlowRow[];
  /** Counter cells as in COUNTERS (abi/layout.ts). */
  counters(): bigint[];
  close(): void;
}
