// agent.ts - an agent: claims emulated nodes of a cluster, runs them, and joins them to those of other agents.
import { randomBytes } from 'node:crypto';
import { strategyNamed } from '../compile/strategy.js';
import { Cleanup } from '../lab/host/cleanup.js';
import { delayOf } from '../lab/tables/lag.js';
import { Tables } from '../lab/tables/tables.js';
import { isReason } from '../live/status.js';
import { Watched } from '../live/watched.js';
import type { Node } from '../model/objects.js';
import { proxyConfig } from '../topology/attachment.js';
import { MAX_NODES } from '../topology/topology.js';
import { Claims } from './claims.js';
import { freeNumbers, MADE_BY, nodeObject, numberOf } from './nodes.js';
import type { AgentOptions } from './options.js';
import { AgentPlane } from './plane.js';
import { Nodes } from './pods.js';
import { FOLLOWED, MirroredStore } from './store.js';
import { machinesIn, peersOf, Territory, WIRE_ADDRESS } from './territory.js';
import { Wire } from './wire.js';
import { Writes } from './writes.js';

interface Agent {
  /** Names of the nodes that it runs. */
  nodes(): readonly string[];
  /** Stops its nodes and lets others have them. */
  close(): Promise<void>;
}

/** Renewals in a Lease's time. */
const BEATS = 5;
/** Looks in a Lease's time whether a node must be stopped. */
const LOOKS = 50;

/** How long an agent that ends waits for the API, in milliseconds. */
const PARTING_MS = 1000;

/** A list that could not be read is read again after this, longer and longer, in milliseconds. */
const patience =
  (random: () => number) =>
  (_: unknown, failures: number): number =>
    Math.min(10_000, 200 * 2 ** failures) * (0.5 + random());

/** Where Leases are, if nobody has made it yet. */
async function ensureNamespace({ cluster }: AgentOptions): Promise<void> {
  const metadata = { name: 'kube-node-lease' };
  await cluster.create('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata }).catch((error) => {
    if (!isReason(error, 'AlreadyExists')) throw error;
  });
}

/** Makes the nodes that are missing of those that this agent is to have made. */
async function makeNodes({ cluster, name, nodes, report }: AgentOptions, known: readonly Node[]): Promise<void> {
  const own = known.filter((node) => numberOf(node) !== null && node.metadata.annotations?.[MADE_BY] === name);
  let missing = nodes - own.length;
  const taken = new Set(known.map(numberOf).filter((number) => number !== null));
  for (const number of freeNumbers(taken, MAX_NODES)) {
    if (missing <= 0) return;
    try {
      await cluster.create('/api/v1/nodes', nodeObject(number, name));
      missing--;
    } catch (error) {
      // Another agent took the number.
      if (!isReason(error, 'AlreadyExists')) throw error;
    }
  }
  if (missing > 0) report(`${missing} nodes are not made: a cluster has at most ${MAX_NODES}`);
}

/** What the parts of an agent do to each other. */
class Work {
  readonly #options: AgentOptions;
  readonly #store: MirroredStore;
  readonly #claims: Claims;
  readonly #territory: Territory;
  readonly #wire: Wire;
  readonly tables: Tables;
  readonly nodes: Nodes;
  /** Since when the API has answered without a break; null: it does not. */
  #contact: number | null = null;

  constructor(options: AgentOptions, shared: Shared, wire: Wire, plane: AgentPlane, cleanup: Cleanup) {
    const { store, claims, territory } = shared;
    this.#options = options;
    this.#store = store;
    this.#claims = claims;
    this.#territory = territory;
    this.#wire = wire;
    this.tables = new Tables({
      get topology() {
        return territory.topology;
      },
      strategyOf: () => options.strategy,
      configOf: (mode) => proxyConfig(territory.topology, mode),
      delayOf: (node) => delayOf(store.get('Node', '', node)),
      seed: options.seed,
      snapshot: store.snapshot,
      wires: (node) => this.nodes.wires(node),
      isOn: () => true,
      settled: () => Promise.resolve(),
      load: plane.load,
      report: options.report,
    });
    cleanup.add(() => this.tables.close());
    const topology = () => territory.topology;
    this.nodes = new Nodes({ options, store, plane, tables: this.tables, topology }, cleanup);
  }

  /** Nodes came, went or changed hands: routes and tables follow. */
  readonly moved = (): void => {
    const machines = machinesIn(this.#store.list<Node>('Node'));
    if (this.#territory.update(machines, this.nodes.names)) void this.tables.sync();
    const peers = peersOf(this.#territory.topology.elsewhere ?? [], this.#claims.leaseOf);
    this.#wire.update(peers).catch((error) => this.#options.report(`the wire: ${(error as Error).message}`));
  };

  /** Stops a node that must not run here any more. */
  readonly lose = (name: string): void => {
    this.#options.report(`${name} is given up: its Lease could not be renewed, or is another's`);
    void this.nodes.stop(name, this.moved);
  };

  /** Renews what is held, gives up what has no object any more, and claims what is free. */
  async round(): Promise<void> {
    const { capacity, report } = this.#options;
    await this.#claims.renew();
    await this.#listen();
    const machines = machinesIn(this.#store.list<Node>('Node'));
    const names = new Set(machines.map(({ name }) => name));
    for (const name of this.#claims.names.filter((one) => !names.has(one))) {
      await this.nodes.stop(name, this.moved);
      await this.#claims.release(name);
    }
    const busy = this.nodes.busy;
    const open = machines.filter(({ name }) => !busy.has(name) && this.#mayTake(name));
    const got = await this.#claims.claim(
      open.map(({ name }) => name),
      capacity,
    );
    for (const node of machines.filter(({ name }) => got.includes(name))) {
      report(`${node.name} is run from here`);
      void this.nodes.start(node, this.moved);
    }
    this.nodes.sign();
  }

  async #listen(): Promise<void> {
    const { cluster, monotonic } = this.#options;
    const answer = await cluster.get('/version').catch(() => null);
    this.#contact = answer === null ? null : (this.#contact ?? monotonic());
  }

  /**
   * Whoever made a node is to have it first, and whoever had it when the API was away has time to say so: others wait for the time
   * of a Lease and a beat, unless it was released.
   */
  #mayTake(name: string): boolean {
    const { name: agent, leaseMs, monotonic } = this.#options;
    if (this.#store.get('Node', '', name)?.metadata.annotations?.[MADE_BY] === agent) return true;
    if (this.#claims.leaseOf(name)?.spec?.holderIdentity === '') return true;
    return this.#contact !== null && monotonic() - this.#contact >= leaseMs * (1 + 1 / BEATS);
  }

  /** Lets others have everything, after nothing of it runs here. */
  async end(): Promise<void> {
    await Promise.all([...this.nodes.busy].map((name) => this.nodes.stop(name, this.moved)));
    const released = Promise.all(this.#claims.names.map((name) => this.#claims.release(name)));
    await Promise.race([released, this.#options.pause(PARTING_MS)]);
  }
}

interface Shared {
  readonly store: MirroredStore;
  readonly claims: Claims;
  readonly territory: Territory;
}

/** Renews and claims until it is told to end. Between two rounds it looks whether something must be stopped. */
function beat({ leaseMs, random, pause, report }: AgentOptions, work: Work, claims: Claims): () => Promise<void> {
  let ended = false;
  const fences = setInterval(() => claims.fence(), leaseMs / LOOKS);
  const rounds = (async () => {
    while (!ended) {
      await work.round().catch((error) => report(`the API: ${(error as Error).message}`));
      await pause((leaseMs / BEATS) * (0.8 + 0.4 * random()));
    }
  })();
  return async () => {
    ended = true;
    clearInterval(fences);
    // A request that is under way may never be answered.
    await Promise.race([rounds, pause(PARTING_MS)]);
  };
}

/** Objects that tables are made from, and those that say who has which node. */
function follow(store: MirroredStore, { claims }: Shared, work: Work, cleanup: Cleanup): void {
  for (const kind of ['Service', 'EndpointSlice', 'Node'])
    cleanup.add(store.watch(() => void work.tables.sync(), kind));
  cleanup.add(store.watch(work.moved, 'Node'));
  cleanup.add(
    store.watch(({ type, object }) => {
      if (type === 'DELETED') claims.forget(object.metadata.name);
      else claims.see(object);
      work.moved();
    }, 'Lease'),
  );
  for (const lease of store.list('Lease')) claims.see(lease);
}

/** Tells a problem when it comes, and not again as long as it stays. */
function tellOnce(report: AgentOptions['report']): (problem: string) => void {
  let last = '';
  return (problem) => {
    if (problem !== '' && problem !== last) report(`Leases are not renewed: ${problem}`);
    last = problem;
  };
}

async function build(options: AgentOptions, cleanup: Cleanup): Promise<Agent> {
  const { cluster, name, wireAddress, leaseMs, monotonic, clock, random, pause, report, ranges, seed } = options;
  strategyNamed(options.strategy);
  const mtu = await Wire.mtu(wireAddress);
  await ensureNamespace(options);
  const writes = new Writes({ report, pause, random });
  cleanup.add(() => writes.close());
  let work: Work | null = null;
  const claims = new Claims({
    cluster,
    holder: `${name}_${randomBytes(4).toString('hex')}`,
    leaseMs,
    annotations: { [WIRE_ADDRESS]: wireAddress },
    monotonic,
    now: clock,
    random,
    answered: tellOnce(report),
    lost: (node) => work?.lose(node),
  });
  const store = new MirroredStore({ cluster, writes, mayWrite: claims.holds });
  const watched = await Watched.open(cluster, FOLLOWED, (error) => report(String(error)), patience(random));
  cleanup.add(() => watched.close());
  store.follow(watched);
  await makeNodes(options, store.list<Node>('Node'));
  const plane = await AgentPlane.start(mtu, seed, cleanup);
  const wire = await Wire.open(plane.router.namespace, wireAddress, mtu);
  const shared = { store, claims, territory: new Territory(mtu, ranges) };
  work = new Work(options, shared, wire, plane, cleanup);
  follow(store, shared, work, cleanup);
  await work.tables.sync();
  const running = work;
  const stop = beat(options, running, claims);
  cleanup.add(() => Promise.race([writes.settled(), pause(PARTING_MS)]));
  cleanup.add(() => running.end());
  cleanup.add(stop);
  return { nodes: () => [...running.nodes.names], close: () => cleanup.run() };
}

/** Starts an agent. Throws a Fault if machine or cluster do not allow it, and then leaves nothing behind. */
export async function startAgent(options: AgentOptions): Promise<Agent> {
  const cleanup = new Cleanup();
  try {
    return await build(options, cleanup);
  } catch (error) {
    await cleanup.run();
    throw error;
  }
}
