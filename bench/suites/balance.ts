// balance.ts - suite `balance`: how evenly connections are spread, what a Maglev ring moves, whether affinity holds.
import type { Decision } from '../../src/abi/abi.gen.js';
import { STRATEGY_SPECS, type StrategySpec } from '../../src/abi/strategies.js';
import { maglevRing } from '../../src/compile/ring.js';
import { compileTables, strategyNamed } from '../../src/compile/strategy.js';
import { createNativeEngine } from '../../src/engine/native.js';
import { encodeImage } from '../../src/image/encode.js';
import type { ProxyConfig } from '../../src/plan/plan.js';
import { FIRST_POD_PORT } from '../../src/topology/attachment.js';
import { type Bench, makeBench, makeService, offset, snapshotOf } from '../cluster.js';
import { bars, curve, made } from '../output/chart.js';
import { digits, whole } from '../output/number.js';
import { FRAME_BYTES, frames, number4, SYN } from '../packets.js';
import { type Measurement, measured, type Row } from '../row.js';
import type { Cell, CellResult, Scale, Suite } from '../suite.js';

const ENDPOINTS = 10;
const CONNECTIONS: Readonly<Record<Scale, number>> = { tiny: 500, quick: 10_000, full: 40_000 };
/** Independent draws in one process. The rows are statistics over them. */
const SEEDS: Readonly<Record<Scale, number>> = { tiny: 2, quick: 5, full: 20 };
const AFFINITY_CLIENTS = 500;
const AFFINITY_SECONDS = 10_800;
const RING_SIZE = 65_537;
const RING_BACKENDS: Readonly<Record<Scale, readonly number[]>> = {
  tiny: [5],
  quick: [10, 100],
  full: [10, 100, 1000],
};

const VIP = '10.96.0.1';
const PORT = 80;
const FIRST_CLIENT = number4('10.244.0.2');

interface Choice {
  readonly strategy: string;
  /** How an endpoint is chosen, in words. */
  readonly how: string;
  readonly options: Partial<ProxyConfig>;
}

const HOW: Readonly<Record<StrategySpec['choice'], string>> = {
  random: 'random',
  cascade: 'probability cascade',
  ring: 'random',
};
const SCHEDULERS = ['rr', 'sh', 'mh'];

/** The ways to choose that a strategy has: its own, and those that kube-proxy's or Cilium's options switch on. */
function choicesOf({ word: strategy, choice, servers }: StrategySpec): Choice[] {
  if (servers) {
    return SCHEDULERS.map((name) => ({ strategy, how: `scheduler ${name}`, options: { ipvsScheduler: name } }));
  }
  const ring = { ebpfSelection: 'maglev', maglevTableSize: RING_SIZE } as const;
  return [
    { strategy, how: HOW[choice], options: {} },
    ...(choice === 'ring' ? [{ strategy, how: 'Maglev ring', options: ring }] : []),
  ];
}

const CHOICES: readonly Choice[] = [...STRATEGY_SPECS].reverse().flatMap(choicesOf);

/** Chi-square with nine degrees of freedom: its mean, and the value that chance exceeds once in a hundred. */
const CHI_MEAN = ENDPOINTS - 1;
const CHI_LIMIT = 21.67;

const endpointList = (): string[] => Array.from({ length: ENDPOINTS }, (_, i) => offset('10.128.0.1', i));

/** A dataplane that gets new connections one by one. */
class Chooser {
  readonly #bench: Bench = makeBench([
    { port: FIRST_POD_PORT, id: 1, name: 'default/client', addresses: ['10.244.1.2'] },
  ]);
  readonly #choice: Choice;
  readonly #engine: ReturnType<typeof createNativeEngine>;
  readonly #seed: number;
  #names: string[] = [];
  #generation = 0;

  constructor(choice: Choice, seed: number) {
    this.#choice = choice;
    this.#seed = seed;
    this.#engine = createNativeEngine({ seed, flowCapacity: 1 << 17 });
  }

  /** Puts a Service with these endpoints in force. */
  load(endpoints: readonly string[], affinitySeconds?: number): void {
    const service = makeService({
      name: 'target',
      clusterIP: VIP,
      endpoints,
      ...(affinitySeconds === undefined ? {} : { affinitySeconds }),
    });
    const { strategy, options } = this.#choice;
    const plan = this.#bench.plan(snapshotOf([service]), strategyNamed(strategy).mode, undefined, options);
    const generation = ++this.#generation;
    const tables = compileTables(plan, this.#bench.attachment, { strategy, generation, hashSeed: this.#seed });
    this.#engine.load(encodeImage(tables), 1n);
    this.#names = tables.BACKEND.map((row) => row.address.slice(12).join('.'));
  }

  /** The endpoint that each connection gets. A connection is a client number and a source port. */
  connect(connections: readonly (readonly [client: number, port: number])[]): string[] {
    const destination = number4(VIP);
    const { bytes } = frames(connections.length, FIRST_POD_PORT, SYN, (place) => {
      const [client, sourcePort] = connections[place] ?? [0, 0];
      return { source: FIRST_CLIENT + client, destination, sourcePort, destinationPort: PORT };
    });
    return connections.map((_, i) => {
      const frame = { port: FIRST_POD_PORT, bytes: bytes.subarray(i * FRAME_BYTES, (i + 1) * FRAME_BYTES) };
      const decision: Decision = this.#engine.process(frame, 1n).decision;
      const name = this.#names[decision.backend];
      if (name === undefined) throw new Error(`a connection got no endpoint (reason ${decision.reason})`);
      return name;
    });
  }

  close(): void {
    this.#engine.close();
  }
}

/** Each connection comes from another client, so that choices by client address are as independent as the rest. */
function shares(choice: Choice, connections: number, seed: number): { chi: number; busiest: number } {
  const chooser = new Chooser(choice, seed);
  chooser.load(endpointList());
  const counts = new Map(endpointList().map((name) => [name, 0]));
  const list = Array.from(
    { length: connections },
    (_, i) => [(i * 13) % 65_000, 1024 + ((i + seed) % 60_000)] as const,
  );
  for (const name of chooser.connect(list)) counts.set(name, (counts.get(name) ?? 0) + 1);
  chooser.close();
  const expected = connections / ENDPOINTS;
  const values = [...counts.values()];
  return {
    chi: values.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0),
    busiest: Math.max(...values) / expected,
  };
}

/**
 * Clients come twice; then one endpoint goes, and they come again. The result is the percentage that kept its endpoint
 * if it could.
 */
function affinity(choice: Choice, seed: number): { again: number; afterwards: number } {
  const chooser = new Chooser(choice, seed);
  const endpoints = endpointList();
  chooser.load(endpoints, AFFINITY_SECONDS);
  const visit = (port: number): string[] =>
    chooser.connect(Array.from({ length: AFFINITY_CLIENTS }, (_, client) => [client, port] as const));
  const first = visit(2000);
  const again = visit(2001);
  chooser.load(endpoints.slice(1), AFFINITY_SECONDS);
  const afterwards = visit(2002);
  chooser.close();
  const share = (kept: boolean[]): number => (100 * kept.filter(Boolean).length) / kept.length;
  const stays = first.map((name) => name !== endpoints[0]);
  return {
    again: share(first.map((name, i) => name === again[i])),
    afterwards: share(first.map((name, i) => name === afterwards[i]).filter((_, i) => stays[i])),
  };
}

/** A ring of some backends, then the same without one of them. */
function ring(count: number): { fullest: number; moved: number } {
  const backends = Array.from({ length: count }, (_, i) => ({ name: `${offset('10.128.0.1', i)}:8080`, weight: 1 }));
  const before = maglevRing(backends, RING_SIZE);
  const slots = new Uint32Array(count);
  for (const index of before) slots[index] = (slots[index] ?? 0) + 1;
  const gone = count >> 1;
  const rest = backends.filter((_, i) => i !== gone);
  const after = maglevRing(rest, RING_SIZE);
  let moved = 0;
  for (const [slot, index] of before.entries()) {
    const now = after[slot] ?? 0;
    if (index !== gone && (now < gone ? now : now + 1) !== index) moved++;
  }
  return { fullest: Math.max(...slots) / Math.min(...slots), moved: (100 * moved) / RING_SIZE };
}

const METRICS = {
  chi: `chi-square of the shares of ${ENDPOINTS} endpoints`,
  busiest: `connections of the busiest of ${ENDPOINTS} endpoints`,
  affinity: 'clients that keep their endpoint',
  fullest: `Maglev ring of ${whole(RING_SIZE)} slots: fullest backend`,
  moved: `Maglev ring of ${whole(RING_SIZE)} slots: slots moved without need when one backend goes`,
} as const;

function measureChoice(index: number, connections: number, seeds: number, seed: number): Measurement[] {
  const choice = CHOICES[index];
  if (!choice) throw new Error(`no choice ${index}`);
  const { strategy, how } = choice;
  const subject = { dataplane: 'kubewire', strategy, services: 1, endpoints: ENDPOINTS };
  const drawn = Array.from({ length: seeds }, (_, i) => shares(choice, connections, seed + i));
  const held = affinity(choice, seed);
  const spread = { ...subject, path: how, flows: connections };
  return [
    measured({ ...spread, metric: METRICS.chi, unit: '' }, ...drawn.map(({ chi }) => chi)),
    measured({ ...spread, metric: METRICS.busiest, unit: '× the mean' }, ...drawn.map(({ busiest }) => busiest)),
    ...(['again', 'afterwards'] as const).map((when) => {
      const path = `${how}, ${when === 'again' ? 'second visit' : 'another endpoint is gone'}`;
      return measured({ ...subject, path, flows: AFFINITY_CLIENTS, metric: METRICS.affinity, unit: '%' }, held[when]);
    }),
  ];
}

function measureRing(backends: number): Measurement[] {
  const { fullest, moved } = ring(backends);
  const subject = { dataplane: 'kubewire', strategy: 'ebpf', services: 1, endpoints: backends, path: 'compiler' };
  return [
    measured({ ...subject, metric: METRICS.fullest, unit: '× the emptiest' }, fullest),
    measured({ ...subject, metric: METRICS.moved, unit: '%' }, moved),
  ];
}

function cells(scale: Scale): Cell[] {
  const connections = CONNECTIONS[scale];
  const seeds = SEEDS[scale];
  const choices = CHOICES.map(({ strategy, how }, index) => ({
    label: `${strategy}, ${how}`,
    seconds: 0.8 + (connections * seeds) / 200_000,
    params: { index, connections, seeds },
  }));
  const rings = RING_BACKENDS[scale].map((backends) => ({
    label: `ring of ${whole(backends)} backends`,
    seconds: 0.8,
    params: { backends },
  }));
  return [...choices, ...rings];
}

function findings(rows: readonly Row[]): string[] {
  const chi = rows.filter(({ metric, path }) => metric === METRICS.chi && !path.includes('rr'));
  const out = chi.filter(({ median }) => median > CHI_LIMIT).map(({ strategy, path }) => `${strategy} (${path})`);
  const values = chi.map(({ median }) => median);
  const moved = rows.filter(({ metric }) => metric === METRICS.moved);
  const kept = rows.filter(({ metric }) => metric === METRICS.affinity);
  const lost = kept.filter(({ median }) => median < 100).map(({ strategy, path }) => `${strategy} (${path})`);
  return [
    ...(chi.length > 0
      ? [
          `Chi-square of the shares is ${digits(Math.min(...values))} to ${digits(Math.max(...values))}; chance alone gives ` +
            `${CHI_MEAN} on average and passes ${CHI_LIMIT} once in a hundred: ` +
            `${out.length === 0 ? 'no choice is less even than chance' : `less even than chance is ${out.join(', ')}`}.`,
        ]
      : []),
    ...(kept.length > 0
      ? [
          lost.length === 0
            ? 'Session affinity held for every client, also while another endpoint went.'
            : `Session affinity did not hold for every client of ${lost.join(', ')}.`,
        ]
      : []),
    ...(moved.length > 0
      ? [
          `When one backend of a Maglev ring goes, ${moved
            .map(({ median, endpoints }) => `${digits(median)} % of the slots (${whole(endpoints)} backends)`)
            .join(', ')} change hands without need.`,
        ]
      : []),
  ];
}

const labelled = (row: Row): string => row.path;

export const suite: Suite = {
  name: 'balance',
  title: 'Who gets the connections',
  about:
    `One Service of ${ENDPOINTS} endpoints, connections of many clients through the real packet path, in memory: how far the ` +
    'shares are from equal, whether a client with session affinity comes back to its endpoint, and what a Maglev ring ' +
    'moves when a backend goes. Medians over several seeds.',
  needsLab: false,
  rounds: { tiny: 1, quick: 1, full: 1 },
  cells,
  async measure({ index, connections, seeds, backends }, seed): Promise<CellResult> {
    const measurements =
      backends === undefined
        ? measureChoice(Number(index), Number(connections), Number(seeds), seed)
        : measureRing(Number(backends));
    return { measurements, skipped: [] };
  },
  findings,
  charts: (rows) =>
    made(
      bars(
        `Chi-square of the shares of ${ENDPOINTS} endpoints (chance: ${CHI_MEAN} on average)`,
        rows.filter(({ metric }) => metric === METRICS.chi),
        labelled,
      ),
      bars(
        'Clients that keep their endpoint when another endpoint goes',
        rows.filter(({ metric, path }) => metric === METRICS.affinity && path.includes('gone')),
        (row) => row.path.split(',')[0] ?? '',
      ),
      curve(
        'Maglev: slots moved without need when one backend goes',
        rows.filter(({ metric }) => metric === METRICS.moved),
        'endpoints',
      ),
    ),
};
