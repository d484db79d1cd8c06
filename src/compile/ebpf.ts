// ebpf.ts - Cilium-like: a service map whose entries have backend slots, chosen at random or by a Maglev ring.
import { Strategy as StrategyNumber } from '../abi/abi.gen.js';
import { strategySpec } from '../abi/strategies.js';
import type { Strategy } from './assemble.js';
import { nftables } from './nftables.js';
import { addRings } from './ring.js';

/** nftables' flags and lists. The choice differs, and a client has one endpoint per Service (affinity map). */
export const ebpf: Strategy = {
  name: 'ebpf',
  mode: 'nftables',
  summary: strategySpec('ebpf').doc,
  compile(plan, attachment, generation, seed) {
    const made = nftables.compile(plan, attachment, generation, seed);
    const tables = { ...made.tables, strategy: StrategyNumber.EBPF };
    if (plan.config.ebpfSelection !== 'maglev') return { ...made, tables };
    // Rings are built for all Services together.
    const choices = { ...made.choices, frontendsOf: () => null };
    return { ...made, choices, tables: addRings(tables, plan.config.maglevTableSize) };
  },
};
