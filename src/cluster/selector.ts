// selector.ts - label selectors as objects carry them: what they select, and how they are shown.
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

const INTEGER = /^[-+]?[0-9]+$/;
const MOST = 2n ** 63n;

/** A whole number of 64 bits, as Gt and Lt compare them; null for any other text. */
export function selectorNumber(text: string): bigint | null {
  const number = INTEGER.test(text) ? BigInt(text.replace(/^\+/, '')) : MOST;
  return number >= -MOST && number < MOST ? number : null;
}

/** A label that is missing or not a number is neither greater nor less. */
function ordered(value: string | undefined, operator: 'Gt' | 'Lt', limit: string | undefined): boolean {
  const [left, right] = [selectorNumber(value ?? ''), selectorNumber(limit ?? '')];
  if (left === null || right === null) return false;
  return operator === 'Gt' ? left > right : left < right;
}

function holds(requirement: Requirement, labels: Labels): boolean {
  const value = labels[requirement.key];
  const { operator, values = [] } = requirement;
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'Gt':
    case 'Lt':
      return ordered(value, operator, values[0]);
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
