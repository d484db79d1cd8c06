// tables.ts - the steps from a world to bytes, one by one: plan, tables, rules as text, an image in an engine.
import { compileTables, type StrategyChoice, strategyOf } from '../compile/strategy.js';
import type { EngineOptions } from '../engine/engine.js';
import type { TableSet } from '../image/table.js';
import { Fault } from '../model/fault.js';
import { engineFactory } from '../observe/engines.js';
import { attachmentOf, planOf } from '../observe/fleet.js';
import type { World } from '../observe/world.js';
import type { NodePlan } from '../plan/plan.js';
import { FORMATS, formatOf } from '../render/formats.js';
import { FAMILIES } from '../render/reach.js';
import type { LabNode } from '../topology/topology.js';
import type { EngineKind } from './questions.js';

const DEFAULT_STRATEGY = 'nftables';
const HASH_SEED = 1;

function nodeOf({ topology }: World, name: string): LabNode {
  const found = topology.nodes.find((node) => node.name === name);
  if (found) return found;
  const names = topology.nodes.map((node) => node.name).join(', ');
  throw new Fault('USAGE', `there is no node "${name}"`, `Nodes: ${names}.`);
}

/** What a node must do for Services, in the mode of a strategy, independent of rules and bytes. Throws Fault USAGE. */
export const plan = (world: World, node: string, strategy: StrategyChoice = DEFAULT_STRATEGY): NodePlan =>
  planOf(world, nodeOf(world, node), strategyOf(strategy).mode);

/** The tables of a node under a strategy. Throws Fault USAGE. */
export function compile(world: World, node: string, strategy: StrategyChoice = DEFAULT_STRATEGY): TableSet {
  const attachment = attachmentOf(world, nodeOf(world, node));
  return compileTables(plan(world, node, strategy), attachment, { strategy, generation: 1, hashSeed: HASH_SEED });
}

/**
 * The tables of a node as text that the real tools read.
 * @param format `iptables-save`, `nft`, `ipvsadm`, `cilium` or `json`; by default the notation of nftables
 */
export function render(world: World, node: string, format = formatOf(DEFAULT_STRATEGY).name): string {
  const known = FORMATS[format];
  if (!known) throw new Fault('USAGE', `unknown format "${format}"`, `Use ${Object.keys(FORMATS).join(', ')}.`);
  const strategy = known.strategy ?? DEFAULT_STRATEGY;
  const families = format === 'iptables-save' ? FAMILIES.slice(0, 1) : FAMILIES;
  return known.print(plan(world, node, strategy), strategy, families, true);
}

/** An engine without tables: `load(encodeImage(tables), now)`, then `process(frame, now)`. Throws Fault ADDON_*. */
export async function createEngine(kind: EngineKind, options: EngineOptions) {
  return (await engineFactory(kind))(options);
}
