// strategy.ts - the list of all strategies, in the order of the contract, and compileTables.
import { STRATEGY_SPECS, type StrategyWord } from '../abi/strategies.js';
import type { TableSet } from '../image/table.js';
import { Fault } from '../model/fault.js';
import type { Attachment, NodePlan } from '../plan/plan.js';
import type { Strategy } from './assemble.js';
import { ebpf } from './ebpf.js';
import { compileFabric } from './fabric.js';
import { iptables } from './iptables.js';
import { ipvs } from './ipvs.js';
import { LiveTables } from './live.js';
import { nftables } from './nftables.js';
import { perfect } from './perfect.js';

export type { Strategy } from './assemble.js';

/** The compiler of each strategy in the contract. If one is missing here, the TypeScript build fails. */
const COMPILED: Readonly<Record<StrategyWord, Strategy>> = { nftables, iptables, ipvs, ebpf, perfect };

export const STRATEGIES: readonly Strategy[] = STRATEGY_SPECS.map(({ word }) => COMPILED[word]);

export const STRATEGY_NAMES: readonly string[] = STRATEGIES.map((strategy) => strategy.name);

/** The strategy with this name. Throws Fault USAGE if there is none. */
export function strategyNamed(name: string): Strategy {
  const found = STRATEGIES.find((strategy) => strategy.name === name);
  if (found) return found;
  throw new Fault('USAGE', `unknown strategy "${name}"`, `Use one of ${STRATEGY_NAMES.join(', ')}.`);
}

/** The name of a built-in strategy, or of a user's own. */
export type StrategyChoice = string | Strategy;

/** The chosen strategy. Throws Fault USAGE for an unknown name. */
export const strategyOf = (choice: StrategyChoice): Strategy =>
  typeof choice === 'string' ? strategyNamed(choice) : choice;

interface CompileOptions {
  readonly strategy: StrategyChoice;
  /** Counts the images of this node. */
  readonly generation: number | bigint;
  /** Seed of every hash section. */
  readonly hashSeed: number;
}

/** Tables of a node under a strategy. The fabric (Attachment.router) has none: its tables are always alike. */
export function compileTables(plan: NodePlan, attachment: Attachment, options: CompileOptions): TableSet {
  const generation = BigInt(options.generation);
  const seed = options.hashSeed >>> 0;
  const strategy = strategyOf(options.strategy);
  if (attachment.router) return compileFabric(plan, attachment, generation, seed);
  return strategy.compile(plan, attachment, generation, seed).tables;
}

/** Tables of a node (not of the fabric) under a strategy, which can be changed Service by Service while in force. */
export function compileLive(plan: NodePlan, attachment: Attachment, options: CompileOptions): LiveTables {
  const strategy = strategyOf(options.strategy);
  return new LiveTables(strategy.compile(plan, attachment, BigInt(options.generation), options.hashSeed >>> 0));
}
