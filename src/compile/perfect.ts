// perfect.ts - our own strategy: nftables' semantics behind a minimal perfect hash; one row of one cache line is the verdict.
import {
  type BackendRow,
  type FrontendRow,
  type PerfectRow,
  type ServiceRow,
  Strategy as StrategyNumber,
} from '../abi/abi.gen.js';
import { buildSlots, frontendKey } from '../image/hash.js';
import { buildPerfect, MOST_KEYS } from '../image/perfect.js';
import type { TableSet } from '../image/table.js';
import { Fault } from '../model/fault.js';
import { assemble } from './assemble.js';
import { nftablesChoices } from './nftables.js';
import type { Strategy } from './strategy.js';

const NO_SERVICE: ServiceRow = {
  id: 0,
  flags: 0,
  clusterFirst: 0,
  clusterCount: 0,
  localFirst: 0,
  localCount: 0,
  servingFirst: 0,
  servingCount: 0,
  sourceRangeFirst: 0,
  sourceRangeCount: 0,
  affinitySeconds: 0,
  scheduler: 0,
  ringFirst: 0,
  ringCount: 0,
  localRingFirst: 0,
};

/** Makes a run of MEMBER point at consecutive rows of BACKEND, by copies behind the others when it does not yet. */
function straighten(tables: TableSet, first: number, count: number): void {
  const { MEMBER, BACKEND } = tables;
  const start = MEMBER[first]?.index ?? 0;
  let straight = true;
  for (let i = 1; i < count && straight; i++) straight = MEMBER[first + i]?.index === start + i;
  if (straight) return;
  const copies = BACKEND.length;
  for (let i = 0; i < count; i++) {
    BACKEND.push(BACKEND[MEMBER[first + i]?.index ?? 0] as BackendRow);
    MEMBER[first + i] = { index: copies + i };
  }
}

function perfectRow(tables: TableSet, frontend: FrontendRow, index: number): PerfectRow {
  const service = tables.SERVICE[frontend.service] ?? NO_SERVICE;
  const backendOf = (first: number, count: number): number => (count === 0 ? 0 : (tables.MEMBER[first]?.index ?? 0));
  return {
    address: frontend.address,
    port_be: frontend.port_be,
    protocol: frontend.protocol,
    kind: frontend.kind,
    frontend: index,
    service: frontend.service,
    serviceId: service.id,
    flags: frontend.flags,
    serviceFlags: service.flags,
    clusterFirst: backendOf(service.clusterFirst, service.clusterCount),
    clusterCount: service.clusterCount,
    localFirst: backendOf(service.localFirst, service.localCount),
    localCount: service.localCount,
    sourceRangeFirst: service.sourceRangeFirst,
    sourceRangeCount: service.sourceRangeCount,
    affinitySeconds: service.affinitySeconds,
  };
}

/** The tables with PILOT and PERFECT; null when the minimal perfect hash needs another seed. */
export function withPerfectHash(tables: TableSet): TableSet | null {
  const keys = tables.FRONTEND.map((row) => frontendKey(row.address, row.port_be, row.protocol));
  const hash = buildPerfect(keys, tables.hashSeed);
  if (!hash) return null;
  const made = { ...tables, MEMBER: [...tables.MEMBER], BACKEND: [...tables.BACKEND] };
  for (const service of tables.SERVICE) {
    straighten(made, service.clusterFirst, service.clusterCount);
    straighten(made, service.localFirst, service.localCount);
  }
  const rows = new Array<PerfectRow>(keys.length);
  tables.FRONTEND.forEach((frontend, i) => {
    rows[hash.rows[i] ?? 0] = perfectRow(made, frontend, i);
  });
  return {
    ...made,
    strategy: StrategyNumber.PERFECT,
    FRONTEND_SLOT: buildSlots([], tables.hashSeed),
    PILOT: Array.from(hash.pilots, (index) => ({ index })),
    PERFECT: rows,
  };
}

/** Everything as nftables does it, but for the lookup. */
export const perfect: Strategy = {
  name: 'perfect',
  mode: 'nftables',
  summary: 'ours: minimal perfect hash, one probe to the verdict',
  compile(plan, attachment, generation, seed) {
    if (plan.frontends.length > MOST_KEYS) {
      throw new Fault('USAGE', `perfect takes at most ${MOST_KEYS} frontends`, 'Use another strategy.');
    }
    const choices = { ...nftablesChoices(plan), strategy: StrategyNumber.PERFECT, withoutSlots: true };
    for (let attempt = seed; ; attempt = (attempt + 1) >>> 0) {
      const tables = withPerfectHash(assemble(plan, attachment, generation, attempt, choices));
      if (tables) return tables;
    }
  },
};
