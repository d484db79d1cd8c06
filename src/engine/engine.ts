// engine.ts - the interface to whatever executes the tables. One Engine is the dataplane of one emulated node.
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
  /** Row of the port on which the frame arrived. */
  readonly port: number;
  /** Ethernet frame without FCS. It is not modified. */
  readonly bytes: Uint8Array;
  readonly offload?: Offload;
}

export interface FrameOut {
  /** Row of the port on which the frame leaves. */
  readonly port: number;
  /** Id of the node that receives it if the port is an UPLINK; NONE otherwise. */
  readonly nextHop: number;
  readonly bytes: Uint8Array;
  readonly offload: Offload;
}

export interface Outcome {
  readonly decision: Decision;
  /** The frame that leaves: the rewritten one, or the reply (Verdict REPLY). Null when dropped. */
  readonly out: FrameOut | null;
}

/** Default for the number of tracked connections. [IMAGE-6] */
export const FLOW_CAPACITY = 65_536;

export interface EngineOptions {
  /** Seed of the engine's random generator (32 bits). */
  readonly seed: number;
  /** Maximum number of tracked connections (rounded up to a power of two). */
  readonly flowCapacity?: number;
}

export interface Engine {
  readonly kind: 'reference' | 'native';
  /** Loads a new generation of tables; flows survive. Throws Fault IMAGE_REFUSED and keeps the old tables. */
  load(image: Uint8Array, nowNs: bigint): void;
  /** Changes rows of the current tables (native/law/patch.md). Throws Fault IMAGE_REFUSED and leaves them unchanged. */
  patch(patch: Uint8Array, nowNs: bigint): void;
  /** Runs one frame. Time must not go backwards. Never throws, whatever the bytes. */
  process(frame: FrameIn, nowNs: bigint): Outcome;
  /** Uses these values for the next random draws. When they run out, the generator takes over again. */
  scriptRandom(draws: readonly number[]): void;
  /** All live flows, in no particular order. */
  flows(nowNs: bigint): FlowRow[];
  /** Counter cells, laid out as in COUNTERS (abi/layout.ts). */
  counters(): bigint[];
  close(): void;
}
