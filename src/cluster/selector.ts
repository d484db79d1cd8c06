// selector.ts - label selectors: as objects carry them, and as a query string writes them.
//
// Semantics of k8s.io/apimachinery/pkg/labels: `!=` and NotIn also hold for objects without the label.
import type { Labels } from '../model/objects.js';

export interface Requirement {
  readonly key: string;
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist' | 'Gt' | 'Lt';
  readonly values?: readonly string[];
}

export interface LabelSelector {
  matchLabels?: Labels;
  matchExpressions?: readonly unknown[];
}

function holds(requirement: Requirement, labels: Labels): boolean {
  const value = labels[requirement.key];
  const values = requirement.values ?? [];
  switch (requirement.operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'Gt':
      return value !== undefined && Number(value) > Number(values[0]);
    case 'Lt':
      return value !== undefined && Number(value) < Number(values[0]);
    default:
      return false;
  }
}

export const matchesLabels = (wanted: Labels | undefined, labels: Labels | undefined): boolean =>
  Object.entries(wanted ?? {}).every(([key, value]) => labels?.[key] === value);

export const matchesRequirements = (requirements: readonly unknown[], labels: Labels | undefined): boolean =>
  requirements.every((requirement) => holds(requirement as Requirement, labels ?? {}));

/** An empty selector matches everything. */
export const matchesSelector = (selector: LabelSelector | undefined, labels: Labels | undefined): boolean =>
  matchesLabels(selector?.matchLabels, labels) && matchesRequirements(selector?.matchExpressions ?? [], labels);

/** `a=b,c!=d,e in (f,g),!h` → requirements; null when it is not a selector. */
export function parseSelector(text: string): Requirement[] | null {
  const requirements: Requirement[] = [];
  for (const part of text.match(/(?:[^,(]|\([^)]*\))+/g) ?? []) {
    const requirement = parseRequirement(part.trim());
    if (!requirement) return null;
    requirements.push(requirement);
  }
  return requirements;
}

function parseRequirement(text: string): Requirement | null {
  const set = /^([\w./-]+)\s+(in|notin)\s*\(([^)]*)\)$/.exec(text);
  if (set?.[1]) {
    const values = (set[3] ?? '').split(',').map((value) => value.trim());
    return { key: set[1], operator: set[2] === 'in' ? 'In' : 'NotIn', values };
  }
  const pair = /^([\w./-]+)\s*(==|=|!=)\s*([\w.-]*)$/.exec(text);
  if (pair?.[1]) return { key: pair[1], operator: pair[2] === '!=' ? 'NotIn' : 'In', values: [pair[3] ?? ''] };
  const bare = /^(!?)\s*([\w./-]+)$/.exec(text);
  if (bare?.[2]) return { key: bare[2], operator: bare[1] ? 'DoesNotExist' : 'Exists' };
  return null;
}

/** The text of a selector as `kubectl` shows it in its SELECTOR column. */
export function formatSelector(selector: LabelSelector | undefined): string {
  const labels = Object.entries(selector?.matchLabels ?? {}).map(([key, value]) => `${key}=${value}`);
  const expressions = (selector?.matchExpressions ?? []).map((entry) => {
    const { key, operator, values = [] } = entry as Requirement;
    if (operator === 'Exists') return key;
    if (operator === 'DoesNotExist') return `!${key}`;
    return `${key} ${operator.toLowerCase()} (${values.join(',')})`;
  });
  return [...labels.sort(), ...expressions].join(',');
}
