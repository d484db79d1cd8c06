// expected.ts - what kube-proxy should have written for a plan, as the dump that it would be.
import type { Family } from '../../model/address.js';
import type { NodePlan } from '../../plan/plan.js';
import { iptablesSave } from '../../render/iptables-save.js';
import { ipvsadmSave } from '../../render/ipvsadm.js';
import { nftRuleset } from '../../render/nft.js';
import { readDumps } from '../read/dump.js';
import type { NodeDump } from '../rules/node.js';
import type { Mode } from './modes.js';

const FAMILIES: readonly Family[] = ['IPv4', 'IPv6'];

/** The files that such a node would give; ipvs without the rules around its virtual servers. */
function texts(plan: NodePlan, mode: Mode): string[] {
  if (mode === 'nftables') return [nftRuleset(plan, FAMILIES)];
  if (mode === 'ipvs') return [ipvsadmSave(plan, FAMILIES)];
  return FAMILIES.map((family) => iptablesSave(plan, family, false));
}

export const expectedDump = (plan: NodePlan, mode: Mode): NodeDump =>
  readDumps(texts(plan, mode).map((text, i) => ({ file: `expected ${i + 1}`, text })));
