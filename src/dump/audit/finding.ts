// finding.ts - what an audit found: how bad it is, who is affected, by which rule, and what to do.
import type { Place, Rule } from '../rules/ruleset.js';

type Severity = 'error' | 'warning';

/** Names of what can be wrong; stable. */
export type FindingKind =
  | 'missing-service'
  | 'missing-endpoint'
  | 'stale-endpoint'
  | 'stale-service'
  | 'foreign-service'
  | 'wrong-verdict'
  | 'uneven'
  | 'missing-masquerade'
  | 'needless-masquerade'
  | 'foreign-drop'
  | 'foreign-nat'
  | 'missing-chain'
  | 'duplicate-rule'
  | 'wrong-order'
  | 'dead-rule'
  | 'dead-chain'
  | 'two-backends'
  | 'two-modes'
  | 'wide-masquerade'
  | 'stale-connection'
  | 'setting';

export interface Finding {
  readonly severity: Severity;
  readonly kind: FindingKind;
  /** What is wrong, in one sentence. */
  readonly message: string;
  /** Whose packets it concerns, in words. */
  readonly affects: string;
  /** The rule, or whatever line of a dump it is about; '' if it is about what is not there. */
  readonly rule: string;
  readonly file: string | null;
  readonly line: number | null;
  readonly remedy: string;
}

export interface Told extends Omit<Finding, 'rule' | 'file' | 'line'> {
  readonly rule?: Pick<Rule, 'text' | 'place'> | undefined;
  readonly place?: Place | null | undefined;
}

export function finding({ rule, place, ...rest }: Told): Finding {
  const where = rule?.place ?? place ?? null;
  return { ...rest, rule: rule?.text ?? '', file: where?.file ?? null, line: where?.line ?? null };
}

/** Up to three names, and how many more there are. */
export function some(names: readonly string[]): string {
  const unique = [...new Set(names)];
  const shown = unique.slice(0, 3).join(', ');
  return unique.length > 3 ? `${shown} and ${unique.length - 3} more` : shown;
}

export const RESYNC =
  'Restart kube-proxy on this node: it writes its rules anew (kubectl -n kube-system delete pod -l k8s-app=kube-proxy --field-selector spec.nodeName=NODE).';
