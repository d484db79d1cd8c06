// pool.ts - the dataplane of a lab: worker threads (shards), each running its own set of nodes.
//
// A node never spans shards: Kubernetes keeps rules and connection tracking per node, so flow tables need no locks.
// Everything here is asynchronous control; counters can be read from shared memory at any time.

import { availableParallelism } from 'node:os';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { Piscina } from 'piscina';
import { type AffinityRow, type FlowRow, LAYOUT, type LossRow, type PlacedStruct } from '../abi/abi.gen.js';
import { COUNTERS } from '../abi/layout.js';
import { LINK_CELLS } from '../abi/loop.js';
import { readRow } from '../image/decode.js';
import { Fault } from '../model/fault.js';
import { loadAddon } from './addon.js';
import { FLOW_CAPACITY } from './engine.js';
import {
  createGate,
  type LendingMaps,
  type RingEnd,
  refusal,
  type ShardAddon,
  type ShardMessage,
  type ShardReply,
  type ShardRequest,
  type ShardTask,
  type TapHandle,
  TRACE_READER,
} from './shard.js';
import { TraceRing } from './tracering.js';

/** What a shard may use. */
export interface EngineTuning {
  /** Maximum number of tracked connections per node, rounded up to a power of two. Default 65,536. */
  readonly flowCapacity?: number;
  /** How many microseconds a shard asks for frames before it sleeps, while that pays. Default 50; 0 = never. */
  readonly busyPollUs?: number;
}

interface PoolOptions extends EngineTuning {
  /** Number of worker threads. A node runs on shard (node id modulo this). Default: half of the processors, 1 to 4. */
  readonly shards?: number;
  /** Each node's random generator is seeded from this and the node's id. */
  readonly seed?: number;
  /** Where established connections between cables are lent to. The yard must outlive the pool. Default: nowhere. */
  readonly lending?: LendingMaps | null;
}

export interface Pool {
  readonly shards: number;
  /** Adds a node without tables. Until it gets some, it drops everything with NO_TABLES. */
  addNode(nodeId: number): Promise<void>;
  /** Removes the node and closes its devices. */
  removeNode(nodeId: number): Promise<void>;
  /** Connects a TAP to a port, before or after the image with that port is loaded. Once resolved, the pool owns the fd. */
  attachTap(nodeId: number, port: number, tap: TapHandle): Promise<void>;
  /** Closes the device of a port. Its interface loses carrier and disappears with its namespace. */
  detach(nodeId: number, port: number): Promise<void>;
  /** Resolves when the image is in force. Rejects with Fault IMAGE_REFUSED; the old image then stays in force. */
  loadImage(nodeId: number, image: Uint8Array): Promise<void>;
  /** Resolves when the patch is in force. Rejects with Fault IMAGE_REFUSED; the tables are then unchanged. */
  patchImage(nodeId: number, patch: Uint8Array): Promise<void>;
  /** Counter cells, laid out as in COUNTERS (abi/layout.ts). */
  counters(nodeId: number): bigint[];
  /** False from the moment a node is removed until it is added again. */
  hasNode(nodeId: number): boolean;
  flows(nodeId: number): Promise<FlowRow[]>;
  /** The last dropped or rejected frame for each reason. */
  losses(nodeId: number): Promise<LossRow[]>;
  /** Connections that are lent now, and frames that BPF programs have carried so far. */
  lent(): Promise<{ readonly connections: number; readonly frames: number }>;
  /** Clients remembered by Services with session affinity. Some entries may have expired already. */
  affinities(nodeId: number): Promise<AffinityRow[]>;
  /** From now on tells about every frame, through one ring a shard; `snap` bytes of each are kept, 0 = all. */
  trace(snap: number): Promise<TraceRing[]>;
  /** Ends that. */
  untrace(): Promise<unknown>;
  /** Tells everything that decides about frames from now on, beginning with what each node remembers. */
  record(): Promise<RecordingStart>;
  /** Ends that. */
  unrecord(): Promise<unknown>;
  /** With what a node begins. */
  birth(nodeId: number): NodeBirth;
  /** Puts these links in force, LinkRows with their LinkEndRows; returns their cells (LINK_CELLS), an array a shard. */
  link(links: LinkRows): Promise<BigUint64Array[]>;
  /** Stops the workers and closes every device. */
  close(): Promise<void>;
}

/** LinkRows, their LinkEndRows, and the samples of distributions: 16-bit numbers. */
interface LinkRows {
  readonly rows: Uint8Array;
  readonly ends: Uint8Array;
  readonly samples: Uint8Array;
}

/** With what a node begins. */
export interface NodeBirth {
  readonly seed: number;
  readonly flowCapacity: number;
}

export interface RecordingStart {
  /** One a shard. */
  readonly rings: readonly TraceRing[];
  /** Node id → its state (NodeEngine.save) before the first record of its ring. */
  readonly states: ReadonlyMap<number, Uint8Array>;
}

/** Bytes per ring: room for about 64 of the largest frames, or 30,000 of the smallest. */
const RING_BYTES = 4 * 1024 * 1024 + 192;
/** About as long as it takes to wake a thread. */
const BUSY_POLL_US = 50;
const GOLDEN = 0x9e3779b9;

/** The worker's file is next to this one, compiled or not. */
const WORKER = import.meta.url.replace(/pool(\.[jt]s)$/, 'shard$1');

interface Waiting {
  resolve(reply: ShardReply): void;
  reject(error: unknown): void;
}

/** The main thread's end of one worker. */
class ShardLink {
  readonly wakeFd: number;
  readonly ringFd: number;
  readonly gate = createGate();
  readonly #addon: ShardAddon;
  readonly #port: MessagePort;
  readonly workerPort: MessagePort;
  readonly #waiting = new Map<number, Waiting>();
  #next = 1;
  #ended: unknown = null;

  constructor(addon: ShardAddon) {
    this.#addon = addon;
    this.wakeFd = addon.createWake();
    this.ringFd = addon.createWake();
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    this.workerPort = port2;
    port1.on('message', (reply: ShardReply) => {
      this.#waiting.get(reply.id)?.resolve(reply);
      this.#waiting.delete(reply.id);
    });
  }

  ask(request: ShardRequest): Promise<ShardReply> {
    if (this.#ended) return Promise.reject(this.#ended);
    const message: ShardMessage = { id: this.#next++, request };
    return new Promise((resolve, reject) => {
      this.#waiting.set(message.id, { resolve, reject });
      this.#port.postMessage(message);
      this.#addon.wake(this.wakeFd);
    });
  }

  /**
   * Patches a node's tables from this thread while the worker sleeps, which saves waking both threads. Null when the
   * worker is awake or still has earlier requests to handle.
   */
  patchAsleep(node: number, patch: Uint8Array): ShardReply | null {
    if (this.#waiting.size > 0 || this.#ended) return null;
    try {
      const error = this.#addon.patchAsleep(this.gate, node, patch);
      return error === null ? null : { id: 0, ...refusal(error) };
    } catch (error) {
      return { id: 0, failure: (error as Error).message };
    }
  }

  /** The worker is gone: rejects all pending and future requests with the reason. */
  end(why: unknown): void {
    this.#ended ??= why;
    for (const waiting of this.#waiting.values()) waiting.reject(why);
    this.#waiting.clear();
    this.#port.close();
  }

  closeFds(): void {
    this.#addon.closeFd(this.wakeFd);
    this.#addon.closeFd(this.ringFd);
  }
}

/** The ends of all rings, by shard. There is one ring for each ordered pair of shards. */
function layRings(links: readonly ShardLink[]): RingEnd[][] {
  const ends: RingEnd[][] = links.map(() => []);
  for (const [from] of links.entries()) {
    for (const [to, consumer] of links.entries()) {
      if (from === to) continue;
      const memory = new Uint8Array(new SharedArrayBuffer(RING_BYTES));
      const { ringFd } = consumer;
      ends[from]?.push({ direction: 'out', shard: to, memory, ringFd });
      ends[to]?.push({ direction: 'in', shard: from, memory, ringFd });
    }
  }
  return ends;
}

function readRows<T>(bytes: Uint8Array | undefined, layout: PlacedStruct): T[] {
  if (!bytes) return [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { size } = layout;
  return Array.from({ length: bytes.byteLength / size }, (_, i) => readRow(view, i * size, layout) as unknown as T);
}

const closedFault = (): Fault => new Fault('INTERNAL', 'the dataplane is closed');

class WorkerPool implements Pool {
  readonly shards: number;
  readonly #options: PoolOptions;
  readonly #links: readonly ShardLink[];
  readonly #workers: Piscina;
  readonly #tasks: Promise<unknown>;
  readonly #counters = new Map<number, BigUint64Array>();
  #closing: Promise<void> | null = null;

  constructor(options: PoolOptions) {
    this.#options = options;
    // The other half is left to the programs that send and receive: on two processors, one shard moves more than two.
    this.shards = options.shards ?? Math.min(4, Math.max(1, Math.floor(availableParallelism() / 2)));
    const addon = loadAddon() as unknown as ShardAddon;
    this.#links = Array.from({ length: this.shards }, () => new ShardLink(addon));
    this.#workers = new Piscina({ filename: WORKER, minThreads: this.shards, maxThreads: this.shards });
    const rings = layRings(this.#links);
    this.#tasks = Promise.all(this.#links.map((link, index) => this.#start(link, index, rings[index] ?? [])));
  }

  async #start(link: ShardLink, index: number, rings: readonly RingEnd[]): Promise<void> {
    const { wakeFd, ringFd, gate, workerPort: messages } = link;
    const { lending = null, busyPollUs = BUSY_POLL_US } = this.#options;
    const task: ShardTask = {
      ...{ index, shards: this.shards, wakeFd, ringFd, gate, rings, lending, messages, busyPollUs },
    };
    try {
      await this.#workers.run(task, { transferList: [messages] });
      link.end(closedFault());
    } catch (error) {
      link.end(new Fault('INTERNAL', `shard ${index} failed: ${(error as Error).message}`));
    }
  }

  #linkOf(node: number): ShardLink {
    const link = this.#links[node % this.shards];
    if (!link) throw closedFault();
    return link;
  }

  async #ask(node: number, request: ShardRequest): Promise<ShardReply> {
    return this.#granted(node, request.kind, await this.#linkOf(node).ask(request));
  }

  /** Returns the reply, or throws if it is a refusal. */
  #granted(node: number, kind: ShardRequest['kind'], reply: ShardReply): ShardReply {
    if (reply.refused !== undefined) {
      const what = kind === 'patchImage' ? 'patch of the table image' : 'table image';
      throw new Fault('IMAGE_REFUSED', `${what} of node ${node} refused: ${reply.refused}`);
    }
    if (reply.failure !== undefined) throw new Fault('INTERNAL', `node ${node}: ${kind}: ${reply.failure}`);
    return reply;
  }

  async addNode(node: number): Promise<void> {
    const counters = new BigUint64Array(new SharedArrayBuffer(COUNTERS.cells * BigUint64Array.BYTES_PER_ELEMENT));
    await this.#ask(node, { kind: 'addNode', node, ...this.birth(node), counters });
    this.#counters.set(node, counters);
  }

  birth(node: number): NodeBirth {
    const seed = ((this.#options.seed ?? 1) + Math.imul(node, GOLDEN)) >>> 0;
    return { seed, flowCapacity: this.#options.flowCapacity ?? FLOW_CAPACITY };
  }

  async removeNode(node: number): Promise<void> {
    await this.#ask(node, { kind: 'removeNode', node });
    this.#counters.delete(node);
  }

  async attachTap(node: number, port: number, tap: TapHandle): Promise<void> {
    await this.#ask(node, { kind: 'attachTap', node, port, tap });
  }

  async detach(node: number, port: number): Promise<void> {
    await this.#ask(node, { kind: 'detach', node, port });
  }

  async loadImage(node: number, image: Uint8Array): Promise<void> {
    await this.#ask(node, { kind: 'loadImage', node, image });
  }

  async patchImage(node: number, patch: Uint8Array): Promise<void> {
    const reply = this.#linkOf(node).patchAsleep(node, patch);
    if (reply) this.#granted(node, 'patchImage', reply);
    else await this.#ask(node, { kind: 'patchImage', node, patch });
  }

  hasNode(node: number): boolean {
    return this.#counters.has(node);
  }

  counters(node: number): bigint[] {
    const cells = this.#counters.get(node);
    if (!cells) throw new Fault('NOT_FOUND', `no node ${node} in the dataplane`);
    return Array.from(cells);
  }

  async flows(node: number): Promise<FlowRow[]> {
    const { value } = await this.#ask(node, { kind: 'flows', node });
    return readRows<FlowRow>(value, LAYOUT.FlowRow);
  }

  async losses(node: number): Promise<LossRow[]> {
    const { value } = await this.#ask(node, { kind: 'losses', node });
    return readRows<LossRow>(value, LAYOUT.LossRow);
  }

  async lent(): Promise<{ connections: number; frames: number }> {
    const asked = await Promise.all(this.#links.map((_, shard) => this.#ask(shard, { kind: 'lent' })));
    const sum = (of: 0 | 1): number => asked.reduce((total, { lent }) => total + (lent?.[of] ?? 0), 0);
    return { connections: sum(0), frames: sum(1) };
  }

  async affinities(node: number): Promise<AffinityRow[]> {
    const { value } = await this.#ask(node, { kind: 'affinities', node });
    return readRows<AffinityRow>(value, LAYOUT.AffinityRow);
  }

  async trace(snap: number): Promise<TraceRing[]> {
    const rings = this.#links.map(() => new TraceRing(snap));
    await this.#trace(TRACE_READER.capture, rings);
    return rings;
  }

  untrace = (): Promise<unknown> => this.#trace(TRACE_READER.capture, []);

  async record(): Promise<RecordingStart> {
    const rings = this.#links.map(() => new TraceRing(0, true));
    const nodes = [...this.#counters.keys()];
    const replies = await this.#trace(TRACE_READER.recording, rings, nodes);
    const states = new Map<number, Uint8Array>();
    for (const [shard, reply] of replies.entries()) {
      const own = nodes.filter((node) => node % this.shards === shard);
      for (const [i, node] of own.entries()) states.set(node, reply.states?.[i] ?? new Uint8Array());
    }
    return { rings, states };
  }

  unrecord = (): Promise<unknown> => this.#trace(TRACE_READER.recording, []);

  /** Gives a reader a ring for each shard, or takes them away. At that moment the states of `nodes` are saved. */
  #trace(reader: number, rings: readonly TraceRing[], nodes: readonly number[] = []): Promise<ShardReply[]> {
    const asked = this.#links.map((_, shard) => {
      const save = nodes.filter((node) => node % this.shards === shard);
      return this.#ask(shard, { kind: 'trace', reader, memory: rings[shard]?.memory ?? null, save });
    });
    return Promise.all(asked);
  }

  async link({ rows, ends, samples }: LinkRows): Promise<BigUint64Array[]> {
    const count = (rows.length / LAYOUT.LinkRow.size) * LINK_CELLS.cells;
    const bytes = count * BigUint64Array.BYTES_PER_ELEMENT;
    const cells = this.#links.map(() => new BigUint64Array(new SharedArrayBuffer(bytes)));
    await Promise.all(cells.map((own, shard) => this.#ask(shard, { kind: 'link', rows, ends, samples, cells: own })));
    return cells;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    // A failed shard cannot be asked any more, and need not be.
    await Promise.allSettled(this.#links.map((link) => link.ask({ kind: 'close' })));
    await this.#tasks;
    await this.#workers.destroy();
    for (const link of this.#links) link.closeFds();
  }
}

/** Starts the workers. Close the pool to stop them. */
export function createPool(options: PoolOptions = {}): Pool {
  return new WorkerPool(options);
}
