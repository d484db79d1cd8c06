// serve.ts - recordings over the API.
//
// GET /apis/kubewire.dev/v1alpha1/recordings/ID?seconds=&budget= is a stream (engine/recording/format.ts) that lasts for
// `seconds`, until `budget` bytes, or until DELETE of the same path, which tells what is in it (RecordingEnd). One at a time.
import type { Context, Hono } from 'hono';
import { badRequest, noSuchPath } from '../../cluster/status.js';
import type { RecordingEnd } from '../../engine/recording/format.js';
import { Recorder } from '../../engine/recording/recorder.js';
import { ownVersion } from '../../engine/version.js';
import type { InForce } from '../../lab/tables/node-tables.js';
import type { DataplaneView } from '../dataplane.js';
import { numberOf } from '../request.js';
import type { RecordingSource } from './source.js';

/** What waits for a slow reader, in bytes. More is a gap. */
const MOST_WAITING = 64 * 1024 * 1024;
const LOOK_MS = 20;
/** If nobody says otherwise. */
const BUDGET = 1024 * 1024 * 1024;

const planOf = ({ strategy, plan, attachment, tables }: InForce): object => ({
  ...{ strategy, generation: String(tables.generation), hashSeed: tables.hashSeed, plan, attachment },
});

interface Running {
  readonly stop: () => Promise<RecordingEnd>;
}

export class Recordings {
  readonly #source: RecordingSource | undefined;
  readonly #ended = new Map<string, Running>();
  #running: string | null = null;

  constructor(dataplane: DataplaneView | undefined) {
    this.#source = dataplane?.recording;
  }

  serve(app: Hono): void {
    const path = '/apis/kubewire.dev/v1alpha1/recordings/:id';
    app.get(path, (c) => this.#start(c));
    app.delete(path, async (c) => {
      const running = this.#ended.get(c.req.param('id'));
      if (!running) throw noSuchPath();
      return c.json(await running.stop());
    });
  }

  async #start(c: Context): Promise<Response> {
    const id = c.req.param('id') ?? '';
    const source = this.#source;
    if (!source)
      throw badRequest('the kernel carries the packets of this lab: what decides about them is not ours to record');
    if (this.#running !== null) throw badRequest('another recording runs: end it first');
    const [seconds, budget] = [numberOf(c, 'seconds', 0), numberOf(c, 'budget', BUDGET)];
    this.#running = id;
    try {
      const stream = await this.#begin(id, source, budget);
      if (seconds > 0) setTimeout(() => void this.#ended.get(id)?.stop(), seconds * 1000).unref();
      return c.body(stream, 200, { 'content-type': 'application/octet-stream' });
    } catch (error) {
      this.#running = null;
      throw error;
    }
  }

  async #begin(id: string, source: RecordingSource, budget: number): Promise<ReadableStream<Uint8Array>> {
    let controller: ReadableStreamDefaultController<Uint8Array> | null = null;
    const start = (given: ReadableStreamDefaultController<Uint8Array>): void => {
      controller = given;
    };
    const room = new ByteLengthQueuingStrategy({ highWaterMark: MOST_WAITING });
    const cancel = (): void => {
      controller = null;
      void stop();
    };
    const stream = new ReadableStream<Uint8Array>({ start, cancel }, room);
    const recorder = this.#recorder(source, budget, (bytes) => {
      if (!controller || (controller.desiredSize ?? 0) <= 0) return false;
      controller.enqueue(bytes);
      return true;
    });
    const forget = source.onTables((node, { kind, bytes }, made) => {
      recorder.tables(node, { kind, bytes, generation: made.tables.generation, plan: planOf(made) });
    });
    let stopped: Promise<RecordingEnd> | null = null;
    const stop = (): Promise<RecordingEnd> => {
      stopped ??= end();
      return stopped;
    };
    let looking = recorder.start();
    const timer = setInterval(() => {
      looking = looking.then(() => recorder.look());
      if (recorder.hasEnded) void stop();
    }, LOOK_MS);
    const end = async (): Promise<RecordingEnd> => {
      clearInterval(timer);
      await looking;
      const summary = await recorder.end();
      forget();
      controller?.close();
      controller = null;
      this.#running = null;
      setTimeout(() => this.#ended.delete(id), 60_000).unref();
      return summary;
    };
    this.#ended.set(id, { stop });
    await looking;
    return stream;
  }

  #recorder(source: RecordingSource, budget: number, write: (bytes: Uint8Array) => boolean): Recorder {
    const { pool, topology } = source;
    const now = new Date();
    return new Recorder({
      ...{ pool, budget, write, version: ownVersion(), started: now.toISOString() },
      epochNs: BigInt(now.getTime()) * 1_000_000n - process.hrtime.bigint(),
      nodes: Object.fromEntries([[0, 'fabric'], ...topology.nodes.map(({ id, name }) => [id, name])]),
      planOf(node) {
        const made = source.inForceOn(node);
        return made && planOf(made);
      },
    });
  }
}
