// naming.ts - which of its names a definition gets: none that another definition of its group has.
//
// Conditions and words of apiextensions-apiserver's naming controller.
import { isDeepStrictEqual } from 'node:util';
import type { Definition, Names } from './definition.js';

interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False';
  readonly reason: string;
  readonly message: string;
}

/** Names in the order in which they are tried, with the reason that tells of a conflict. */
const TRIED = [
  ['plural', 'PluralConflict'],
  ['singular', 'SingularConflict'],
  ['shortNames', 'ShortNamesConflict'],
  ['kind', 'KindConflict'],
  ['listKind', 'ListKindConflict'],
] as const;

const resourceNames = ({ plural, singular, shortNames = [] }: Names): (string | undefined)[] => [
  plural,
  singular,
  ...shortNames,
];

const quoted = (names: readonly string[]): string =>
  names.map((name) => `${JSON.stringify(name)} is already in use`).join(', ');

/** The condition NamesAccepted of names that are asked for where others are in use. */
function accepted(asked: Names, inUse: readonly Names[]): Condition {
  const resources = new Set(inUse.flatMap(resourceNames));
  const kinds = new Set(inUse.flatMap(({ kind, listKind }) => [kind, listKind]));
  let condition: Condition = {
    ...{ type: 'NamesAccepted', status: 'True', reason: 'NoConflicts', message: 'no conflicts found' },
  };
  for (const [part, reason] of TRIED) {
    const taken = part === 'kind' || part === 'listKind' ? kinds : resources;
    const clashing = [asked[part] ?? []].flat().filter((name) => taken.has(name));
    const message = clashing.length > 1 ? `[${quoted(clashing)}]` : quoted(clashing);
    if (clashing.length > 0) condition = { type: 'NamesAccepted', status: 'False', reason, message };
  }
  return condition;
}

const ESTABLISHED: Condition = {
  ...{ type: 'Established', status: 'True', reason: 'InitialNamesAccepted' },
  message: 'the initial names have been accepted',
};
const NOT_ESTABLISHED: Condition = {
  ...{ type: 'Established', status: 'False', reason: 'NotAccepted' },
  message: 'not all names are accepted',
};

interface Status {
  conditions?: (Condition & { readonly lastTransitionTime?: unknown })[];
  acceptedNames?: Partial<Names>;
}

/** Whether the kinds of a definition are served. What has once been established stays so. */
export const isEstablished = ({ status }: Definition): boolean =>
  ((status ?? {}) as Status).conditions?.some((one) => one.type === 'Established' && one.status === 'True') ?? false;

/**
 * The status that a definition gets.
 * @param others the definitions beside it
 * @param now as in metadata
 */
export function namedStatus(definition: Definition, others: readonly Definition[], now: string): object {
  const { group, names, versions = [] } = definition.spec;
  const before = (definition.status ?? {}) as Status & { storedVersions?: string[] };
  const inUse = others.filter(({ spec }) => spec.group === group).map(namesOf);
  const naming = accepted(names, inUse);
  const fits = naming.status === 'True';
  const wanted = [naming, fits || isEstablished(definition) ? ESTABLISHED : NOT_ESTABLISHED];
  const stored = versions.filter(({ storage }) => storage).map(({ name }) => name);
  return {
    ...before,
    conditions: wanted.map((condition) => dated(condition, before.conditions ?? [], now)),
    acceptedNames: fits ? names : (before.acceptedNames ?? { plural: '', kind: '' }),
    storedVersions: [...new Set([...(before.storedVersions ?? []), ...stored])],
  };
}

/** The names that a definition holds: those that it was given, and no others. */
const namesOf = ({ status }: Definition): Names => ((status ?? {}) as Status).acceptedNames as Names;

function dated(condition: Condition, before: NonNullable<Status['conditions']>, now: string): object {
  const same = before.find(({ lastTransitionTime: _, ...rest }) => isDeepStrictEqual(rest, condition));
  const { type, status, ...why } = condition;
  return same ?? { type, status, lastTransitionTime: now, ...why };
}
