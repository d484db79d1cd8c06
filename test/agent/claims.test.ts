// claims.test.ts - nodes have one agent at a time, whatever is cut off, killed or slow; and soon have one again.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Claims } from '../../src/agent/claims.js';
import { StatusFailure } from '../../src/live/status.js';
import type { KubeObject } from '../../src/model/objects.js';
import { Dice } from '../support/seed.js';

const LEASE_MS = 6000;

/** Leases as an API server keeps them: each write has a version, and one that follows from an older version is refused. */
class Leases {
  readonly #kept = new Map<string, KubeObject>();
  #version = 0;

  get list(): readonly KubeObject[] {
    return [...this.#kept.values()];
  }

  create<T extends KubeObject>(object: T): T {
    if (this.#kept.has(object.metadata.name))
      throw new StatusFailure({ kind: 'Status', reason: 'AlreadyExists', code: 409 });
    return this.#keep(object);
  }

  replace<T extends KubeObject>(object: T): T {
    const version = this.#kept.get(object.metadata.name)?.metadata.resourceVersion;
    if (version !== object.metadata.resourceVersion)
      throw new StatusFailure({ kind: 'Status', reason: 'Conflict', code: 409 });
    return this.#keep(object);
  }

  #keep<T extends KubeObject>(object: T): T {
    const kept = { ...object, metadata: { ...object.metadata, resourceVersion: String(++this.#version) } };
    this.#kept.set(object.metadata.name, kept);
    return kept;
  }
}

/** An agent that is connected to the Leases, or not; that answers, or not. */
class Agent {
  readonly claims: Claims;
  readonly running = new Set<string>();
  readonly #leases: Leases;
  connected = true;
  alive = true;

  constructor(leases: Leases, holder: string, clock: () => number, random: () => number) {
    this.#leases = leases;
    const over = <T>(answer: () => T): Promise<T> =>
      this.connected ? Promise.resolve().then(answer) : Promise.reject(new Error('cannot be reached'));
    this.claims = new Claims({
      cluster: {
        create: (_, object) => over(() => leases.create(object)),
        replace: (_, object) => over(() => leases.replace(object)),
        get: <T>(path: string) =>
          over(() => leases.list.find(({ metadata }) => path.endsWith(`/${metadata.name}`)) as T),
      },
      holder,
      leaseMs: LEASE_MS,
      annotations: {},
      monotonic: clock,
      now: () => new Date(clock()),
      random,
      answered: () => undefined,
      lost: (name) => this.running.delete(name),
    });
  }

  /** Its watch, its fences, and now and then a round. */
  async tick(names: readonly string[], round: boolean, most: number): Promise<void> {
    if (!this.alive) return;
    if (this.connected) for (const lease of this.#leases.list) this.claims.see(lease);
    this.claims.fence();
    if (!round) return;
    await this.claims.renew();
    for (const name of await this.claims.claim(names, most)) this.running.add(name);
  }
}

test('an agent that is gone is followed by another one after the time of its Leases, and not before', async () => {
  let now = 0;
  const leases = new Leases();
  const [a, b] = ['a', 'b'].map(
    (name) =>
      new Agent(
        leases,
        name,
        () => now,
        () => 0.5,
      ),
  ) as [Agent, Agent];
  await a.tick(['n1', 'n2'], true, 9);
  await b.tick(['n1', 'n2'], true, 9);
  assert.deepEqual([[...a.running], [...b.running]], [['n1', 'n2'], []]);
  a.alive = false;
  for (now = 500; now < LEASE_MS; now += 500) await b.tick(['n1', 'n2'], true, 9);
  assert.equal(b.running.size, 0);
  now = LEASE_MS;
  await b.tick(['n1', 'n2'], true, 9);
  assert.deepEqual([...b.running].sort(), ['n1', 'n2']);
});

test('an agent that is cut off stops its nodes a third of the time before another one may have them', async () => {
  let now = 0;
  const leases = new Leases();
  const a = new Agent(
    leases,
    'a',
    () => now,
    () => 0.5,
  );
  await a.tick(['n1'], true, 9);
  a.connected = false;
  for (now = 0; a.running.size > 0; now += 100) await a.tick(['n1'], now % 1000 === 0, 9);
  assert.ok(now >= (LEASE_MS * 2) / 3 && now <= (LEASE_MS * 2) / 3 + 200, String(now));
});

test('a node that was released has another agent at once', async () => {
  const leases = new Leases();
  const [a, b] = ['a', 'b'].map(
    (name) =>
      new Agent(
        leases,
        name,
        () => 0,
        () => 0.5,
      ),
  ) as [Agent, Agent];
  await a.tick(['n1'], true, 9);
  await a.claims.release('n1');
  await b.tick(['n1'], true, 9);
  assert.deepEqual([...b.running], ['n1']);
});

test('no agent takes more than it may, and a claim that came second is refused', async () => {
  const leases = new Leases();
  const agents = ['a', 'b', 'c'].map(
    (name) =>
      new Agent(
        leases,
        name,
        () => 0,
        () => 0.5,
      ),
  );
  const names = ['n1', 'n2', 'n3', 'n4', 'n5'];
  await Promise.all(agents.map((agent) => agent.tick(names, true, 2)));
  for (const agent of agents) await agent.tick(names, true, 2);
  const all = agents.flatMap(({ running }) => [...running]);
  assert.deepEqual(all.sort(), names);
  assert.ok(agents.every(({ running }) => running.size <= 2));
});

test('in 200 random kills and cuts no node is ever run twice, and in the end every node is run', async () => {
  const names = Array.from({ length: 12 }, (_, i) => `n${i}`);
  for (let seed = 1; seed <= 4; seed++) {
    const random = new Dice(seed);
    const chance = (): number => random.below(1_000_000) / 1_000_000;
    let now = 0;
    const leases = new Leases();
    let agents = ['a', 'b', 'c'].map((name) => new Agent(leases, name, () => now, chance));
    for (let event = 0; event < 50; event++) {
      const victim = agents[random.below(3)] as Agent;
      if (random.below(2) === 0) victim.connected = !victim.connected;
      else {
        victim.alive = false;
        victim.running.clear();
        agents = agents.map((one) =>
          one === victim ? new Agent(leases, `again-${seed}-${event}`, () => now, chance) : one,
        );
      }
      const until = now + random.below(2 * LEASE_MS);
      for (; now < until; now += 100) {
        for (const agent of agents) await agent.tick(names, random.below(8) === 0, 12);
        const running = agents.flatMap((agent) => [...agent.running]);
        assert.equal(new Set(running).size, running.length, `seed ${seed}, event ${event}, ${now} ms: ${running}`);
      }
    }
    for (const agent of agents) agent.connected = true;
    for (const end = now + 3 * LEASE_MS; now < end; now += 100)
      for (const agent of agents) await agent.tick(names, random.below(8) === 0, 12);
    assert.deepEqual(agents.flatMap(({ running }) => [...running]).sort(), [...names].sort());
  }
});
