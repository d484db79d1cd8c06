// api.ts - suite `api`: writes per second with and without watchers, and how long others wait during a large deletion.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, get, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { quantity } from '../output/number.js';
import { type Measurement, measured, type Row } from '../row.js';
import type { Cell, CellResult, Scale, Suite } from '../suite.js';

const WRITERS = 16;
const WATCHERS = [0, 200] as const;
const NAMES = 200;
const SECONDS: Readonly<Record<Scale, number>> = { tiny: 0.5, quick: 5, full: 20 };
const SERVICES: Readonly<Record<Scale, number>> = { tiny: 50, quick: 1000, full: 4000 };
const MAPS = '/api/v1/namespaces/default/configmaps';
const OURS = '/api/v1/namespaces/default/services';
const PROBE_MS = 2;

const MAIN = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));

/** `kubewire api` as a process, and clients that keep their connections open. */
class Api {
  readonly #directory = mkdtempSync(join(tmpdir(), 'kubewire-bench-'));
  readonly #agent = new Agent({ keepAlive: true, maxSockets: WRITERS });
  readonly #socketPath = join(this.#directory, 'api.sock');
  #child: ChildProcess | null = null;

  async start(): Promise<void> {
    const args = [MAIN, 'api', '--socket', this.#socketPath, '--secure-port', '0'];
    const env = { ...process.env, XDG_RUNTIME_DIR: this.#directory };
    this.#child = spawn(process.execPath, args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
    let told = '';
    for await (const part of this.#child.stderr ?? []) {
      told += part;
      if (told.includes('The API is served')) return;
    }
    throw new Error(`kubewire api ended: ${told}`);
  }

  ask(method: string, path: string, body?: object): Promise<number> {
    return new Promise((resolve, reject) => {
      const headers = { 'content-type': 'application/json' };
      const options = { socketPath: this.#socketPath, agent: this.#agent, method, path, headers };
      const call = request(options, (message) => {
        message.resume();
        message.on('end', () => resolve(message.statusCode ?? 0));
        message.on('error', reject);
      });
      call.on('error', reject);
      call.end(body && JSON.stringify(body));
    });
  }

  async watch(path: string): Promise<void> {
    const [message] = await once(
      get({ socketPath: this.#socketPath, path: `${path}?watch=1&resourceVersion=0`, agent: false }),
      'response',
    );
    message.resume();
    // Watches end with the API.
    message.on('error', () => undefined);
  }

  async close(): Promise<void> {
    const child = this.#child;
    if (child?.exitCode === null) {
      const ended = once(child, 'exit');
      child.kill();
      await ended;
    }
    this.#agent.destroy();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

/** Writes of all writers a second. */
async function writes(api: Api, seconds: number): Promise<number> {
  const start = performance.now();
  const end = start + 1000 * seconds;
  let count = 0;
  const write = async (_: unknown, writer: number): Promise<void> => {
    for (let i = 0; performance.now() < end; i++, count++) {
      const name = `c${writer}-${i % NAMES}`;
      const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { i: String(i) } };
      await (i < NAMES ? api.ask('POST', MAPS, object) : api.ask('PUT', `${MAPS}/${name}`, object));
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, write));
  return count / ((performance.now() - start) / 1000);
}

/** Longest time, in milliseconds, that a small request took while the Services were deleted. */
async function longestWait(api: Api, services: number): Promise<number> {
  for (let i = 0; i < services; i += WRITERS)
    await Promise.all(
      Array.from({ length: Math.min(WRITERS, services - i) }, (_, j) =>
        api.ask('POST', OURS, {
          apiVersion: 'v1',
          kind: 'Service',
          metadata: { name: `s${i + j}`, labels: { of: 'bench' } },
          spec: { selector: { app: `s${i + j}` }, ports: [{ port: 80 }] },
        }),
      ),
    );
  let over = false;
  const deletion = api.ask('DELETE', `${OURS}?labelSelector=of%3Dbench`).finally(() => {
    over = true;
  });
  let longest = 0;
  do {
    const start = performance.now();
    await api.ask('GET', '/api/v1/namespaces/default');
    longest = Math.max(longest, performance.now() - start);
    await new Promise((resolve) => setTimeout(resolve, PROBE_MS));
  } while (!over);
  await deletion;
  return longest;
}

const pathOf = (watchers: number): string => `ConfigMaps of ${WRITERS} writers, ${watchers} watchers`;

async function measure(watchers: number | null, amount: number): Promise<CellResult> {
  const api = new Api();
  try {
    await api.start();
    const measurements: Measurement[] = [];
    if (watchers === null) {
      const subject = { dataplane: 'kubewire', path: 'GET while all Services are deleted', services: amount };
      measurements.push(
        measured({ ...subject, metric: 'longest wait', unit: 'ns' }, 1e6 * (await longestWait(api, amount))),
      );
    } else {
      await Promise.all(Array.from({ length: watchers }, () => api.watch('/api/v1/configmaps')));
      const subject = { dataplane: 'kubewire', path: pathOf(watchers) };
      measurements.push(measured({ ...subject, metric: 'writes', unit: '1/s' }, await writes(api, amount)));
    }
    return { measurements, skipped: [] };
  } finally {
    await api.close();
  }
}

function cells(scale: Scale): Cell[] {
  const seconds = SECONDS[scale];
  const written = WATCHERS.map((watchers) => ({
    label: `${watchers} watchers`,
    seconds: seconds + 3,
    params: { watchers, amount: seconds },
  }));
  const services = SERVICES[scale];
  return [
    ...written,
    {
      label: `${services} Services deleted`,
      seconds: 3 + services / 200,
      params: { watchers: null, amount: services },
    },
  ];
}

const medianOf = (rows: readonly Row[], metric: string, path?: string): number | undefined =>
  rows.find((row) => row.metric === metric && (path === undefined || row.path === path))?.median;

export const suite: Suite = {
  name: 'api',
  title: 'The API under load',
  about:
    'A process of its own serves the API; clients over its Unix socket write ConfigMaps as fast as they are answered, ' +
    'without watchers and with many. Then a collection of Services is deleted, while another client asks for something small.',
  needsLab: false,
  rounds: { tiny: 1, quick: 3, full: 5 },
  cells,
  measure: ({ watchers, amount }) => measure(watchers as number | null, Number(amount)),
  findings(rows) {
    const [alone, watched] = WATCHERS.map((watchers) => medianOf(rows, 'writes', pathOf(watchers)));
    const wait = medianOf(rows, 'longest wait');
    return [
      ...(alone === undefined || watched === undefined
        ? []
        : [`${Math.round(alone)} writes a second without watchers, ${Math.round(watched)} with ${WATCHERS[1]}.`]),
      ...(wait === undefined
        ? []
        : [`While Services are deleted, a small request waits ${quantity(wait, 'ns')} at most.`]),
    ];
  },
  charts: () => [],
};
