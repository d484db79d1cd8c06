// capture.ts - Capture: the frames of one subject as a stream of pcapng or of JSON, a line a packet.
import { commentOf, type Hop } from '../../observe/capture/hop.js';
import type { Subject } from '../../observe/capture/subject.js';
import { packetText } from '../../observe/packet.js';
import type { Filter } from '../../wire/filter.js';
import { interfaceBlock, packetBlock, sectionBlock, statisticsBlock } from '../../wire/pcapng.js';

type Stage = 'in' | 'out';

/** One packet at one stage of a node, as `capture -o json` prints it. */
export interface CapturedLine {
  /** RFC 3339 with nanoseconds. */
  readonly time: string;
  readonly node: string;
  /** As it came to the node, or as it left. */
  readonly stage: Stage;
  readonly port: string;
  readonly verdict: string;
  readonly reason: string;
  readonly state: string;
  readonly service: string | null;
  readonly endpoint: string | null;
  readonly rule: string | null;
  readonly generation: string;
  readonly packet: string;
  /** Of the whole frame, in bytes. */
  readonly length: number;
}

export interface CaptureSummary {
  readonly packets: number;
  /** Frames that were left out because they came faster than they could be written. */
  readonly leftOut: number;
}

export interface CaptureOptions {
  readonly subject: Subject;
  readonly filter: Filter;
  readonly format: 'pcapng' | 'json';
  /** Bytes of a packet that are kept; 0 = all. */
  readonly snap: number;
  /** Packets after which it ends. */
  readonly count: number;
  /** Nanoseconds since 1970 at time 0 of the monotonic clock. */
  readonly epochNs: bigint;
}

interface Point {
  readonly number: number;
  packets: number;
}

/** What waits for a slow reader, in bytes. More is left out. */
const MOST_WAITING = 64 * 1024 * 1024;
const NS = 1_000_000_000n;

const timeText = (ns: bigint): string =>
  `${new Date(Number(ns / 1_000_000n)).toISOString().slice(0, -4)}${String(ns % NS).padStart(9, '0')}Z`;

export class Capture {
  readonly stream: ReadableStream<Uint8Array>;
  readonly #options: CaptureOptions;
  readonly #points = new Map<string, Point>();
  readonly #end: () => void;
  #controller: ReadableStreamDefaultController<Uint8Array> | null = null;
  #packets = 0;
  #leftOut = 0;
  #lastNs = 0n;

  /** @param end called when nothing more is wanted */
  constructor(options: CaptureOptions, end: () => void) {
    this.#options = options;
    this.#end = end;
    this.stream = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        cancel: () => {
          this.#controller = null;
          end();
        },
      },
      new ByteLengthQueuingStrategy({ highWaterMark: MOST_WAITING }),
    );
    if (options.format === 'pcapng') this.#write(sectionBlock('kubewire'));
  }

  /** The frame at both stages of its node, as far as it concerns this capture. */
  take(hop: Hop): void {
    if (!this.#controller || !this.#options.subject(hop)) return;
    const { row, before, after } = hop.frame;
    this.#packet(hop, 'in', hop.in, before, row.inLength);
    if (after) this.#packet(hop, 'out', hop.out ?? '', after, row.outLength);
  }

  /** So much waits for the reader that more would be left out soon. */
  get isBehind(): boolean {
    return (this.#controller?.desiredSize ?? MOST_WAITING) < MOST_WAITING / 2;
  }

  /** Writes what is still missing. `lost`: frames that never reached this capture. */
  close(lost: number): CaptureSummary {
    this.#leftOut += lost;
    if (this.#options.format === 'pcapng') this.#statistics();
    this.#controller?.close();
    this.#controller = null;
    return { packets: this.#packets, leftOut: this.#leftOut };
  }

  #packet(hop: Hop, stage: Stage, port: string, bytes: Uint8Array, length: number): void {
    const { count, filter, format, snap, epochNs } = this.#options;
    if (this.#packets >= count || !filter(bytes, length)) return;
    if ((this.#controller?.desiredSize ?? 0) <= 0) {
      this.#leftOut++;
      return;
    }
    const atNs = hop.atNs + epochNs;
    this.#lastNs = atNs;
    this.#packets++;
    if (format === 'json')
      this.#write(Buffer.from(`${JSON.stringify(lineOf(hop, stage, port, atNs, bytes, length))}\n`));
    else {
      const point = this.#point(hop.node, port, stage);
      point.packets++;
      const kept = snap > 0 && bytes.length > snap ? bytes.subarray(0, snap) : bytes;
      const comment = commentOf(hop, stage);
      this.#write(packetBlock({ interface: point.number, atNs, direction: stage, bytes: kept, length, comment }));
    }
    if (this.#packets >= count) this.#end();
  }

  /** The interface of a hook point; it is written when its first packet comes. */
  #point(node: string, port: string, stage: Stage): Point {
    const name = `${node} ${port} ${stage}`;
    const known = this.#points.get(name);
    if (known) return known;
    const what = stage === 'in' ? `what comes to ${node} through ${port}` : `what leaves ${node} through ${port}`;
    const point = { number: this.#points.size, packets: 0 };
    this.#points.set(name, point);
    this.#write(interfaceBlock(name, what, this.#options.snap));
    return point;
  }

  /** Nobody knows at which hook point a lost frame would have been written: all of them stand with the first. */
  #statistics(): void {
    if (this.#points.size === 0) this.#point('lab', 'nothing', 'in');
    for (const { number, packets } of this.#points.values()) {
      this.#write(statisticsBlock(number, this.#lastNs, packets, number === 0 ? this.#leftOut : 0));
    }
  }

  #write(bytes: Uint8Array): void {
    this.#controller?.enqueue(bytes);
  }
}

function lineOf(hop: Hop, stage: Stage, port: string, atNs: bigint, bytes: Uint8Array, length: number): CapturedLine {
  const { node, verdict, reason, state, handling, generation } = hop;
  const { service = null, endpoint = null } = handling ?? {};
  const rule = handling?.by === node ? handling.rule : null;
  const named = { time: timeText(atNs), node, stage, port, verdict, reason, state };
  return { ...named, service, endpoint, rule, generation, packet: packetText(bytes), length };
}
