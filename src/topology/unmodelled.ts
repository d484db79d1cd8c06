// unmodelled.ts - Kubernetes fields that the lab does not act on, in one table, so that nobody finds out by waiting.
import { parseAddress } from '../model/address.js';
import type { KubeObject, ServicePort } from '../model/objects.js';
import { EXTERNAL_ROUTE_ANNOTATION, externalRouteIn } from '../plan/balancing.js';

interface Row {
  readonly kind: 'Pod' | 'Service';
  /** Relative to the object, or for pods of a workload to its template; `[*]` is every item of a list. */
  readonly field: string;
  /** The sentence about the value found there; null when there is nothing to say. */
  say(value: unknown, object: KubeObject): string | null;
}

const containers = (field: string, sentence: string): Row[] =>
  ['containers', 'initContainers'].map((list) => ({
    kind: 'Pod' as const,
    field: `spec.${list}[*].${field}`,
    say: (value) => (value ? sentence : null),
  }));

const POST_START = 'postStart hooks are not run: a container serves as soon as it has started';

/** Ports with the number of an earlier one but another protocol. */
function sameNumber(value: unknown): string | null {
  const ports = (Array.isArray(value) ? value : []) as ServicePort[];
  const twin = ports.find(({ port }, i) => ports.findIndex((other) => other.port === port) < i);
  return twin
    ? `kubectl apply merges ports by number alone and keeps one of the two with ${twin.port} in an update ` +
        '(with --server-side both)'
    : null;
}

const ROWS: readonly Row[] = [
  ...containers('lifecycle.postStart', POST_START),
  {
    kind: 'Service',
    field: 'spec.externalIPs[*]',
    say: (value, { metadata }) =>
      externalRouteIn(metadata) === null
        ? `no router of the lab leads to ${value}: pods and nodes reach it, clients outside only if it is a node's ` +
          `(annotation ${EXTERNAL_ROUTE_ANNOTATION}: all, or names of nodes, makes a route)`
        : null,
  },
  {
    kind: 'Service',
    field: 'spec.loadBalancerClass',
    say: (value) => `the load balancer of the lab serves no class: "${value}" is left alone, and stays pending`,
  },
  {
    kind: 'Service',
    field: 'spec.loadBalancerIP',
    say: (value) =>
      value !== '' && !parseAddress(String(value))
        ? `${JSON.stringify(value)} is no IP address: the load balancer of the lab gives another`
        : null,
  },
  { kind: 'Service', field: 'spec.ports', say: sameNumber },
];

/** Every value that a pattern matches, with its path. */
function* valuesAt(value: unknown, steps: readonly string[], path: string): Generator<[string, unknown]> {
  const [step, ...rest] = steps;
  if (value === undefined || value === null) return;
  if (step === undefined) yield [path, value];
  else if (step === '[*]') {
    if (!Array.isArray(value)) return;
    for (const [i, item] of value.entries()) yield* valuesAt(item, rest, `${path}[${i}]`);
  } else yield* valuesAt((value as Record<string, unknown>)[step], rest, path === '' ? step : `${path}.${step}`);
}

const stepsOf = (field: string): string[] => field.split(/\.|(?=\[\*])/);

/** Field path → the sentence about it. Each sentence appears once per object, at its first place. */
export function unmodelledFindings(object: KubeObject): [string, string][] {
  const { template } = (object.spec ?? {}) as { template?: unknown };
  const found = new Map<string, string>();
  for (const row of ROWS) {
    const templated = row.kind === 'Pod' && object.kind !== 'Pod' && template !== undefined;
    if (!templated && object.kind !== row.kind) continue;
    const [from, path] = templated ? [template, 'spec.template'] : [object, ''];
    for (const [field, value] of valuesAt(from, stepsOf(row.field), path)) {
      const sentence = row.say(value, object);
      if (sentence !== null && !found.has(sentence)) found.set(sentence, field);
    }
  }
  return [...found].map(([sentence, field]) => [field, sentence]);
}
