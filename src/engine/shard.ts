// shard.ts - the data thread: a pool worker that runs slices of native work and handles messages between them.
//
// A slice moves frames for at most 20 ms and ends at once when the pool wakes it: a new table image is in force within
// milliseconds even under full load. An idle shard sleeps in epoll. No JavaScript runs per frame.
import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { ImageError, ImageErrorNames } from '../abi/abi.gen.js';
import { loadAddon } from './addon.js';

/** The functions defined by native/binding/shard_object.cc. */
export interface ShardAddon {
  readonly Shard: new (
    index: number,
    shards: number,
    wakeFd: number,
    ringFd: number,
    gate: Uint8Array,
    busyPollUs?: number,
  ) => NativeShard;
  createWake(): number;
  wake(fd: number): void;
  closeFd(fd: number): void;
  /** Patches from this thread while the shard sleeps: an ImageError; null if awake or gone. Throws as patchImage does. */
  patchAsleep(gate: Uint8Array, node: number, patch: Uint8Array): number | null;
}

export interface NativeShard {
  addNode(id: number, seed: number, flowCapacity: number, counters: BigUint64Array): void;
  removeNode(id: number): void;
  loadImage(id: number, image: Uint8Array): number;
  patchImage(id: number, patch: Uint8Array): number;
  /** Unless this throws, the shard owns the fd from here on. */
  attachTap(id: number, port: number, fd: number, headerBytes: number, offloads: number, cable: number): void;
  /** Before there are nodes: lends established connections between cables to the maps of a yard. */
  lendBy(ways: number, leases: number, count: number): void;
  /** Connections that are lent now, and frames that BPF programs have carried. */
  lent(): [connections: number, frames: number];
  /** A port that receives by put() and sends by take(), with frames finished for these offloads (TUN_F_* bits). */
  attachMemory(id: number, port: number, offloads: number): void;
  detach(id: number, port: number): void;
  put(id: number, port: number, bytes: Uint8Array, offload?: Uint32Array): void;
  take(id: number, port: number): Uint8Array[];
  connectRing(direction: 'in' | 'out', shard: number, memory: Uint8Array, ringFd: number): void;
  /** Moves frames for at most `sliceMs`; sleeps at most `idleMs` if there are none. Returns how many it read. */
  run(sliceMs: number, idleMs: number): number;
  flows(id: number): Uint8Array;
  losses(id: number): Uint8Array;
  affinities(id: number): Uint8Array;
  /** Tells a reader (TRACE_READER) about every frame through this memory (TraceRing) from now on; null: no longer. */
  trace(reader: number, memory: Uint8Array | null): void;
  /** Everything that decides about later frames of a node, for NodeEngine.restore; empty before its first image. */
  save(id: number): Uint8Array;
  /** Links that misbehave from now on: LinkRows, their LinkEndRows, samples of distributions, and LINK_CELLS cells for each link. */
  link(rows: Uint8Array, ends: Uint8Array, samples: Uint8Array, cells: BigUint64Array): void;
  close(): void;
}

/** A closed gate: memory shared with whoever may patch the shard while it sleeps (native/io/gate.h). */
export const createGate = (): Uint8Array => new Uint8Array(new SharedArrayBuffer(GATE_BYTES));

/** A TAP as created by src/lab/host. */
export interface TapHandle {
  readonly fd: number;
  readonly headerBytes: number;
  readonly offloads: number;
  /** Its cable's end in the yard; absent: it is an interface of the machine itself. */
  readonly cable?: number;
}

/** The maps of a yard (src/lab/host/yard.ts), to which established connections can be lent. */
export interface LendingMaps {
  readonly ways: number;
  readonly leases: number;
  readonly count: number;
}

/** A ring between this shard and another. */
export interface RingEnd {
  readonly direction: 'in' | 'out';
  readonly shard: number;
  readonly memory: Uint8Array;
  /** eventfd that wakes the consumer. */
  readonly ringFd: number;
}

/** The arguments a worker starts with. */
export interface ShardTask {
  readonly index: number;
  readonly shards: number;
  /** eventfds: the first ends a slice (a message is waiting), the second only a sleep (a ring has a frame). */
  readonly wakeFd: number;
  readonly ringFd: number;
  /** Memory shared with the pool, which uses it to reach the shard while it sleeps. */
  readonly gate: Uint8Array;
  readonly rings: readonly RingEnd[];
  /** Null: all packets are the engine's. */
  readonly lending: LendingMaps | null;
  readonly messages: MessagePort;
  /** How many microseconds to ask for frames before sleeping, while that pays (native/io/patience.h); 0 = never. */
  readonly busyPollUs: number;
}

export type ShardRequest =
  | { kind: 'addNode'; node: number; seed: number; flowCapacity: number; counters: BigUint64Array }
  | { kind: 'removeNode'; node: number }
  | { kind: 'attachTap'; node: number; port: number; tap: TapHandle }
  | { kind: 'detach'; node: number; port: number }
  | { kind: 'loadImage'; node: number; image: Uint8Array }
  | { kind: 'patchImage'; node: number; patch: Uint8Array }
  | { kind: 'flows'; node: number }
  | { kind: 'losses'; node: number }
  | { kind: 'lent' }
  | { kind: 'affinities'; node: number }
  | { kind: 'trace'; reader: number; memory: Uint8Array | null; save: readonly number[] }
  | { kind: 'link'; rows: Uint8Array; ends: Uint8Array; samples: Uint8Array; cells: BigUint64Array }
  | { kind: 'close' };

export interface ShardMessage {
  readonly id: number;
  readonly request: ShardRequest;
}

/** The acknowledgement: the request is in force, or the reason why not. */
export interface ShardReply {
  readonly id: number;
  readonly failure?: string;
  /** Name of the ImageError if an image or a patch was refused. */
  readonly refused?: string;
  readonly value?: Uint8Array;
  /** States of nodes, in the order in which they were asked for. */
  readonly states?: readonly Uint8Array[];
  readonly lent?: readonly [connections: number, frames: number];
}

/** Who is told about frames; each has a ring of its own. */
export const TRACE_READER = { capture: 0, recording: 1 } as const;

/** Bytes of a gate: one full cache line. */
const GATE_BYTES = 64;

/** Longest slice of native work, in milliseconds. */
const SLICE_MS = 20;
/** Longest sleep. Only flow expiry depends on it, because every message wakes the shard. */
const IDLE_MS = 250;

export const refusal = (error: number): Omit<ShardReply, 'id'> =>
  error === ImageError.OK ? {} : { refused: ImageErrorNames[error] ?? String(error) };

function attachTap(shard: NativeShard, { node, port, tap }: Extract<ShardRequest, { kind: 'attachTap' }>): void {
  const { fd, headerBytes, offloads, cable = 0 } = tap;
  shard.attachTap(node, port, fd, headerBytes, offloads, cable);
}

function apply(shard: NativeShard, request: Exclude<ShardRequest, { kind: 'close' }>): Omit<ShardReply, 'id'> {
  switch (request.kind) {
    case 'addNode':
      shard.addNode(request.node, request.seed, request.flowCapacity, request.counters);
      return {};
    case 'removeNode':
      shard.removeNode(request.node);
      return {};
    case 'attachTap':
      attachTap(shard, request);
      return {};
    case 'detach':
      shard.detach(request.node, request.port);
      return {};
    case 'loadImage':
      return refusal(shard.loadImage(request.node, request.image));
    case 'patchImage':
      return refusal(shard.patchImage(request.node, request.patch));
    case 'flows':
      return { value: shard.flows(request.node) };
    case 'losses':
      return { value: shard.losses(request.node) };
    case 'lent':
      return { lent: shard.lent() };
    case 'affinities':
      return { value: shard.affinities(request.node) };
    case 'trace':
      shard.trace(request.reader, request.memory);
      return { states: request.save.map((node) => shard.save(node)) };
    case 'link':
      shard.link(request.rows, request.ends, request.samples, request.cells);
      return {};
  }
}

function answer(shard: NativeShard, { id, request }: ShardMessage): ShardReply {
  if (request.kind === 'close') return { id };
  try {
    return { id, ...apply(shard, request) };
  } catch (error) {
    return { id, failure: (error as Error).message };
  }
}

/** The worker's one task. It ends with a `close` message. */
export default function runShard(task: ShardTask): void {
  const addon = loadAddon() as unknown as ShardAddon;
  const shard = new addon.Shard(task.index, task.shards, task.wakeFd, task.ringFd, task.gate, task.busyPollUs);
  const { lending } = task;
  if (lending) shard.lendBy(lending.ways, lending.leases, lending.count);
  for (const ring of task.rings) shard.connectRing(ring.direction, ring.shard, ring.memory, ring.ringFd);
  for (;;) {
    shard.run(SLICE_MS, IDLE_MS);
    for (;;) {
      const received = receiveMessageOnPort(task.messages) as { message: ShardMessage } | undefined;
      if (!received) break;
      const { message } = received;
      if (message.request.kind === 'close') shard.close();
      task.messages.postMessage(answer(shard, message));
      if (message.request.kind === 'close') return;
    }
  }
}
