// killed-api.ts - `kubewire api --state` that is killed at random moments: whatever it answered as written is there afterwards.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, readFileSync, truncateSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { decodeCommits, encodeCommit } from '../../src/cluster/state/codec.js';
import type { KubeObject, Service } from '../../src/model/objects.js';
import { ownFolder } from './program.js';

const MAIN = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));
const DEFAULT = '/api/v1/namespaces/default';
const WRITERS = 8;
const NAMES = 30;
/** How long a process may write before it is killed. Most of a round is its start, so this is short. */
const SHORTEST_MS = 20;
const LONGEST_MS = 200;
/** Of values, how many are so long that snapshots are often under way. */
const LONG_SHARE = 0.15;
const LONG = 'x'.repeat(100_000);

/** What is written: ConfigMaps, and Services, which also hold addresses and ports. */
const KINDS = {
  configmaps: (name: string, value: string) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, annotations: { value } },
  }),
  services: (name: string, value: string) => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, annotations: { value } },
    spec: { type: 'NodePort', ports: [{ port: 80 }] },
  }),
} as const;
type Plural = keyof typeof KINDS;
const PLURALS: readonly Plural[] = ['configmaps', 'services'];

/**
 * Ends the file with the beginning of a record, as a power cut leaves it. A kill may have left one, which goes: a record that ends
 * with the bytes of another is no cut but damage.
 */
function tear(file: string, share: number): void {
  const put: KubeObject = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'torn', namespace: 'default' } };
  const record = encodeCommit({ version: 1e9, changes: [{ put }] });
  truncateSync(
    file,
    decodeCommits(readFileSync(file), () => {}),
  );
  appendFileSync(file, record.subarray(0, Math.floor(share * record.length)));
}

/** Where a file of state stops to be whole, and what stands there. */
function tailOf(file: string): string {
  const bytes = readFileSync(file);
  let whole = 0;
  let version = 0;
  try {
    whole = decodeCommits(bytes, (commit) => {
      version = commit.version;
    });
  } catch (error) {
    return `${bytes.length} bytes, ${(error as Error).message}, after version ${version}`;
  }
  return `${bytes.length} bytes, whole until ${whole} (version ${version}), then ${bytes.subarray(whole, whole + 64).toString('hex')}`;
}

interface Answer {
  readonly code: number;
  // biome-ignore lint/suspicious/noExplicitAny: answers are read by their fields
  readonly body: any;
}

/** Value of a name; null when it was deleted. */
type Value = string | null;

/** What was acknowledged of a name, and what was asked for since without an answer. */
interface Known {
  acknowledged: Value;
  asked: Value | undefined;
}

class KilledApi {
  readonly #directory: string;
  readonly #socketPath: string;
  readonly #random: () => number;
  readonly #known = new Map<string, Known>();
  #version = 0;
  #count = 0;
  /** What the process says on its standard error. */
  #told = '';

  /** `random` gives numbers from 0 to 1. */
  constructor(directory: string, random: () => number) {
    this.#directory = directory;
    this.#socketPath = join(directory, 'api.sock');
    this.#random = random;
  }

  get #file(): string {
    return join(this.#directory, 'state/state');
  }

  /** Writes that were acknowledged. */
  get acknowledged(): number {
    return this.#count;
  }

  /** Starts it, compares what it has with what was acknowledged, writes, and kills it after so many milliseconds. */
  async round(milliseconds: number): Promise<void> {
    const before = this.#count > 0 ? tailOf(this.#file) : 'none';
    try {
      await this.#round(milliseconds);
    } catch (error) {
      const said = `after ${this.#count} writes up to version ${this.#version}; its file was at the start: ${before}; is now: ${tailOf(this.#file)}`;
      throw new Error(`${(error as Error).message}\n${said}\n${this.#told}`, { cause: error });
    }
  }

  async #round(milliseconds: number): Promise<void> {
    const child = await this.#start();
    const exited = once(child, 'exit');
    const agent = new Agent({ keepAlive: true, maxSockets: WRITERS });
    await this.#compare(agent);
    const writers = Array.from({ length: WRITERS }, (_, writer) => this.#write(agent, writer));
    await new Promise((resolve) => setTimeout(resolve, milliseconds));
    child.kill('SIGKILL');
    await Promise.all([...writers, exited]);
    agent.destroy();
    if (this.#random() < 0.3) tear(this.#file, this.#random());
  }

  async #start(): Promise<ChildProcess> {
    const state = join(this.#directory, 'state');
    const args = [MAIN, 'api', '--socket', this.#socketPath, '--secure-port', '0', '--state', state];
    const env = { ...process.env, XDG_RUNTIME_DIR: this.#directory };
    const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
    this.#told = '';
    await new Promise<void>((resolve, reject) => {
      child.stderr?.on('data', (part) => {
        this.#told += part;
        if (this.#told.includes('The API is served')) resolve();
      });
      child.once('exit', () => reject(new Error('kubewire api ended before it served')));
    });
    return child;
  }

  #ask(agent: Agent, method: string, path: string, body?: object): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const headers = { 'content-type': 'application/json' };
      const call = request({ socketPath: this.#socketPath, agent, method, path, headers }, (message) => {
        let text = '';
        message.on('data', (part) => {
          text += part;
        });
        message.on('error', reject);
        message.on('end', () => {
          if (message.complete) resolve({ code: message.statusCode ?? 0, body: JSON.parse(text) });
          else reject(new Error('cut off'));
        });
      });
      call.on('error', reject);
      call.end(body && JSON.stringify(body));
    });
  }

  async #compare(agent: Agent): Promise<void> {
    for (const plural of PLURALS) {
      const { body } = await this.#ask(agent, 'GET', `${DEFAULT}/${plural}`);
      const found = new Map<string, string>();
      for (const { metadata } of body.items) found.set(`${plural}/${metadata.name}`, metadata.annotations?.value);
      assert.ok(Number(body.metadata.resourceVersion) > this.#version, 'a version may be given twice');
      assert.ok(!found.has('configmaps/torn'), 'half of a record was read');
      if (plural === 'services') checkAllocations(body.items);
      for (const [name, known] of this.#known) {
        if (!name.startsWith(plural)) continue;
        const there = found.get(name) ?? null;
        const may = known.asked === undefined ? [known.acknowledged] : [known.acknowledged, known.asked];
        assert.ok(may.includes(there), `${name} is ${short(there)}, and was ${may.map(short).join(' or ')}`);
        this.#known.set(name, { acknowledged: there, asked: undefined });
      }
    }
  }

  /** One request after the other, until the process is gone. */
  async #write(agent: Agent, writer: number): Promise<void> {
    for (let i = 0; ; i++) {
      const plural = this.#random() < 0.3 ? 'services' : 'configmaps';
      const name = `c${writer}-${Math.floor(this.#random() * NAMES)}`;
      const known = this.#known.get(`${plural}/${name}`) ?? { acknowledged: null, asked: undefined };
      this.#known.set(`${plural}/${name}`, known);
      const gone = known.acknowledged !== null && this.#random() < 0.2;
      const value = gone ? null : `${writer}/${i}/${this.#random() < LONG_SHARE ? LONG : ''}`;
      known.asked = value;
      try {
        const answer = await this.#send(agent, plural, name, known.acknowledged, value);
        assert.ok(answer.code < 300, JSON.stringify(answer.body));
        this.#version = Math.max(this.#version, Number(answer.body.metadata?.resourceVersion ?? 0));
      } catch (error) {
        if (error instanceof assert.AssertionError) throw error;
        return;
      }
      this.#count++;
      known.acknowledged = value;
      known.asked = undefined;
    }
  }

  #send(agent: Agent, plural: Plural, name: string, before: Value, value: Value): Promise<Answer> {
    const path = `${DEFAULT}/${plural}`;
    if (value === null) return this.#ask(agent, 'DELETE', `${path}/${name}`);
    const object = KINDS[plural](name, value);
    return before === null
      ? this.#ask(agent, 'POST', path, object)
      : this.#ask(agent, 'PUT', `${path}/${name}`, object);
  }
}

const short = (value: Value | undefined): string => String(value).slice(0, 20);

/** No two Services have the same address or port. */
function checkAllocations(services: readonly Service[]): void {
  const held = services.flatMap(({ spec }) => [spec.clusterIP, ...(spec.ports ?? []).map(({ nodePort }) => nodePort)]);
  const given = held.filter((one) => one !== undefined);
  assert.equal(new Set(given).size, given.length, 'an address or a port is held twice');
}

/** A test that kills an API that many times. */
export function testKills(rounds: number): void {
  const directory = ownFolder('kill');
  test('what was acknowledged before kill -9 is there after it', async () => {
    const api = new KilledApi(directory, Math.random);
    for (let i = 0; i < rounds; i++) await api.round(SHORTEST_MS + Math.random() * (LONGEST_MS - SHORTEST_MS));
    // A last start compares what the last kill left.
    await api.round(0);
    assert.ok(api.acknowledged > rounds, `${api.acknowledged} writes`);
  });
}
