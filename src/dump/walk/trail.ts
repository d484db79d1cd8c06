// trail.ts - the way of a packet so far: the rules that matched and what they did, as a list that forks share.
import type { Place, Table } from '../rules/ruleset.js';
import type { Stage } from './order.js';

export interface Step {
  readonly hook: Stage;
  /** `ip nat`; '' where no table is asked: routing, IPVS. */
  readonly table: string;
  readonly chain: string;
  /** As it was written; '' for the policy of a chain and for what is no rule. */
  readonly rule: string;
  readonly comment: string;
  readonly place: Place | null;
  readonly matched: boolean;
  /** `jump KUBE-SVC-…`, `mark 0x4000`, `dnat 10.244.1.3:8080`, `accept` … */
  readonly effect: string;
}

export interface Trail {
  readonly step: Step;
  readonly before: Trail | null;
}

export const extend = (before: Trail | null, step: Step): Trail => ({ step, before });

export function stepsOf(trail: Trail | null): Step[] {
  const steps: Step[] = [];
  for (let at = trail; at !== null; at = at.before) steps.push(at.step);
  return steps.reverse();
}

export const tableName = ({ family, name }: Table): string => `${family} ${name}`;
