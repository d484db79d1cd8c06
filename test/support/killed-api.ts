// killed-api.ts - `kubewire api --state` that is killed at random moments: whatever it answered as written is there afterwards.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ownFolder } from './program.js';

const MAIN = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));
const MAPS = '/api/v1/namespaces/default/configmaps';
const WRITERS = 8;
const NAMES = 30;
const LONGEST_MS = 400;

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

  /** `random` gives numbers from 0 to 1. */
  constructor(directory: string, random: () => number) {
    this.#directory = directory;
    this.#socketPath = join(directory, 'api.sock');
    this.#random = random;
  }

  /** Writes that were acknowledged. */
  get acknowledged(): number {
    return this.#count;
  }

  /** Starts it, compares what it has with what was acknowledged, writes, and kills it after so many milliseconds. */
  async round(milliseconds: number): Promise<void> {
    const child = await this.#start();
    const agent = new Agent({ keepAlive: true, maxSockets: WRITERS });
    await this.#compare(agent);
    const writers = Array.from({ length: WRITERS }, (_, writer) => this.#write(agent, writer));
    await new Promise((resolve) => setTimeout(resolve, milliseconds));
    child.kill('SIGKILL');
    await Promise.all([...writers, once(child, 'exit')]);
    agent.destroy();
  }

  async #start(): Promise<ChildProcess> {
    const state = join(this.#directory, 'state');
    const args = [MAIN, 'api', '--socket', this.#socketPath, '--secure-port', '0', '--state', state];
    const env = { ...process.env, XDG_RUNTIME_DIR: this.#directory };
    const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
    let told = '';
    for await (const part of child.stderr ?? []) {
      told += part;
      if (told.includes('The API is served')) return child;
    }
    throw new Error(`kubewire api ended: ${told}`);
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
    const { body } = await this.#ask(agent, 'GET', MAPS);
    const found = new Map<string, string>();
    for (const { metadata, data } of body.items) found.set(metadata.name, data?.value);
    assert.ok(Number(body.metadata.resourceVersion) >= this.#version, 'the version went back');
    for (const [name, known] of this.#known) {
      const there = found.get(name) ?? null;
      const may = known.asked === undefined ? [known.acknowledged] : [known.acknowledged, known.asked];
      assert.ok(may.includes(there), `${name} is ${there}, and was ${may.join(' or ')}`);
      this.#known.set(name, { acknowledged: there, asked: undefined });
    }
  }

  /** One request after the other, until the process is gone. */
  async #write(agent: Agent, writer: number): Promise<void> {
    for (let i = 0; ; i++) {
      const name = `c${writer}-${Math.floor(this.#random() * NAMES)}`;
      const known = this.#known.get(name) ?? { acknowledged: null, asked: undefined };
      this.#known.set(name, known);
      const gone = known.acknowledged !== null && this.#random() < 0.2;
      const value = gone ? null : `${writer}/${i}/${'x'.repeat(this.#random() < 0.05 ? 100_000 : 10)}`;
      known.asked = value;
      try {
        const answer = await this.#send(agent, name, known.acknowledged, value);
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

  #send(agent: Agent, name: string, before: Value, value: Value): Promise<Answer> {
    if (value === null) return this.#ask(agent, 'DELETE', `${MAPS}/${name}`);
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { value } };
    return before === null
      ? this.#ask(agent, 'POST', MAPS, object)
      : this.#ask(agent, 'PUT', `${MAPS}/${name}`, object);
  }
}

/** A test that kills an API that many times. */
export function testKills(rounds: number): void {
  const directory = ownFolder('kill');
  test('what was acknowledged before kill -9 is there after it', async () => {
    const api = new KilledApi(directory, Math.random);
    for (let i = 0; i < rounds; i++) await api.round(50 + Math.random() * LONGEST_MS);
    // A last start compares what the last kill left.
    await api.round(0);
    assert.ok(api.acknowledged > rounds, `${api.acknowledged} writes`);
  });
}
