// questions.ts - what can be asked of a world: one packet, one Service from everywhere, two ways of doing it all.
import { STRATEGIES, type StrategyChoice, strategyOf } from '../compile/strategy.js';
import { type Comparison, compareSides, type Side } from '../observe/compare.js';
import { engineFactory } from '../observe/engines.js';
import type { FlowRequest } from '../observe/flow.js';
import { MatrixBuilder, type MatrixRow, selectServices } from '../observe/matrix.js';
import { type TraceResult, Tracer } from '../observe/trace.js';
import type { World } from '../observe/world.js';

/** `native` is the dataplane in C++, `reference` its slow twin in TypeScript, `auto` the first if it is built. */
export type EngineKind = 'auto' | 'native' | 'reference';

export interface AskOptions {
  /** Default `nftables`. */
  readonly strategy?: StrategyChoice;
  readonly engine?: EngineKind;
  /** Of names without one; default `default`. */
  readonly namespace?: string;
}

const DEFAULT_STRATEGY = 'nftables';

/**
 * What happens to the first packet of a connection, and because of which rule.
 * Throws Fault USAGE for a source or destination that means nothing.
 */
export async function trace(world: World, flow: FlowRequest, options: AskOptions = {}): Promise<TraceResult> {
  const { strategy = DEFAULT_STRATEGY, engine = 'auto', namespace } = options;
  return new Tracer(world, strategy, await engineFactory(engine)).trace(flow, namespace);
}

export interface MatrixOptions {
  /** Default: all of ours. */
  readonly strategies?: readonly StrategyChoice[];
  readonly engine?: EngineKind;
  readonly namespace?: string;
}

/**
 * Every kind of source × every frontend of the Services (`web`, `ns/web`), under each strategy. Without names those of all
 * Services, and the hostPorts of pods.
 * Throws Fault NOT_FOUND.
 */
export async function matrix(
  world: World,
  services: readonly string[] = [],
  { strategies = STRATEGIES, engine = 'auto', namespace = 'default' }: MatrixOptions = {},
): Promise<MatrixRow[]> {
  const builder = new MatrixBuilder(world, strategies, await engineFactory(engine));
  const rows = builder.rows(selectServices(world, services, namespace));
  return services.length === 0 ? [...rows, ...builder.hostPortRows()] : rows;
}

/** One of the two that are compared: a strategy in the common world, or a strategy in a world of its own. */
export type CompareSide = StrategyChoice | { readonly world: World; readonly strategy?: StrategyChoice };

export interface CompareOptions {
  readonly engine?: EngineKind;
  /** Names of nodes; all that both sides have by default. */
  readonly nodes?: readonly string[];
  /** Every class of packets that differs, rather than one of each kind. */
  readonly all?: boolean;
}

/**
 * Do both treat every first packet of a connection alike? One packet of every class that their tables can tell apart goes
 * through both, so that the answer holds for all packets. Throws Fault USAGE for a node that is not there.
 */
export async function compare(
  world: World,
  sides: readonly [CompareSide, CompareSide],
  { engine = 'auto', nodes = [], all = false }: CompareOptions = {},
): Promise<Comparison> {
  const createEngine = await engineFactory(engine);
  const sideOf = (side: CompareSide): Side => {
    const own = typeof side === 'object' && 'world' in side ? side : { world, strategy: side };
    const { strategy = DEFAULT_STRATEGY } = own;
    return { label: strategyOf(strategy).name, world: own.world, strategy, createEngine };
  };
  return compareSides([sideOf(sides[0]), sideOf(sides[1])], { nodes, all, exact: false });
}
