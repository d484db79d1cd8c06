// load.ts - the load generator (bench/load/): compiled on demand, and run inside namespaces.
import type { Namespace } from '../src/lab/host/host.js';
import { runInNamespace, spawnInNamespace } from '../src/lab/host/process.js';
import { compiled } from './compiled.js';

/** The arguments of a mode; bench/load/load.h says more. */
interface LoadOptions {
  readonly address?: string;
  readonly port: number;
  readonly ms?: number;
  /** Payload of a datagram, in bytes. */
  readonly bytes?: number;
  /** Datagrams per call, by segmentation offload. */
  readonly segments?: number;
  /** Rate per second; 0 = as fast as possible. */
  readonly rate?: number;
  /** Number of the processor that it keeps to. Default: any. */
  readonly processor?: number;
}

function words(mode: string, options: LoadOptions): string[] {
  const { address = '0.0.0.0', port, ms = 0, bytes = 1, segments = 1, rate = 0, processor } = options;
  const kept = processor === undefined ? [] : ['taskset', '-c', String(processor)];
  return [...kept, compiled('load'), mode, address, ...[port, ms, bytes, segments, rate].map(String)];
}

/** The numbers in a mode's line of JSON, by name. */
type LoadResult = Readonly<Record<string, number>>;

const parse = (text: string): LoadResult => JSON.parse(text) as LoadResult;

/** Runs a sender to its end. */
export async function runLoad(ns: Namespace | string, mode: string, options: LoadOptions): Promise<LoadResult> {
  const timeoutMs = (options.ms ?? 0) + 15_000;
  const { code, stdout, stderr } = await runInNamespace(ns, words(mode, options), { timeoutMs });
  if (code !== 0) throw new Error(`${mode}: ${stderr.trim() || `exit code ${code}`}`);
  return parse(stdout);
}

interface Receiver {
  /** Ends it and returns what it counted. */
  stop(): Promise<LoadResult>;
}

/** Starts a receiver; resolves when it listens. */
export async function startReceiver(ns: Namespace, mode: 'sink' | 'echo', options: LoadOptions): Promise<Receiver> {
  const child = spawnInNamespace(ns, words(mode, options), { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  const closed = new Promise<void>((resolve) => child.stdout?.on('close', () => resolve()));
  await new Promise<void>((resolve, reject) => {
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.startsWith('ready\n')) resolve();
    });
    void child.wait().then((code) => reject(new Error(`${mode} ended with code ${code}`)));
  });
  return {
    async stop() {
      child.kill('SIGTERM');
      await Promise.all([child.wait(), closed]);
      return parse(text.slice('ready\n'.length));
    },
  };
}
