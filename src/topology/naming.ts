// naming.ts - which object a name on the command line means: one grammar for every verb.
import { nearest } from '../manifest/suggest.js';
import { Fault } from '../model/fault.js';

/** An object as names see it; `namespace` is undefined for kinds without namespaces. */
export interface Named {
  readonly namespace: string | undefined;
  readonly name: string;
}

/** Kinds that stand before a slash, each with the spellings that kubectl knows. */
const PREFIXES = {
  service: /^(svc|services?)$/i,
  pod: /^(po|pods?)$/i,
  node: /^(no|nodes?)$/i,
  client: /^clients?$/i,
  workload: /^(deploy|deployments?|sts|statefulsets?|ds|daemonsets?|rs|replicasets?)(\.apps)?$/i,
} as const;

type NameKind = keyof typeof PREFIXES;

/** `pod/shop/web-1` → kind and the rest; kind is null when none stands before. */
export function splitKind(text: string): { readonly kind: NameKind | null; readonly rest: string } {
  const slash = text.indexOf('/');
  const word = slash < 0 ? '' : text.slice(0, slash);
  const kinds = Object.keys(PREFIXES) as NameKind[];
  const kind = kinds.find((one) => PREFIXES[one].test(word)) ?? null;
  return { kind, rest: kind === null ? text : text.slice(slash + 1) };
}

/** The name alone, without the word for this kind before it. */
export function withoutKind(text: string, kind: NameKind): string {
  const split = splitKind(text);
  return split.kind === kind ? split.rest : text;
}

interface NameRules {
  /** `Service`, for messages. */
  readonly what: string;
  /** Of names without one. */
  readonly namespace: string;
  /** The beginning of a name is enough where only one begins so. */
  readonly prefixes?: boolean;
}

const fullName = ({ namespace, name }: Named): string => (namespace === undefined ? name : `${namespace}/${name}`);

/** `web.shop`, `web.shop.svc` and `web.shop.svc.cluster.local` → the name of DNS, as a pod's resolv.conf completes it. */
function readDomain(text: string): Named | null {
  const [name = '', namespace = '', ...more] = text
    .replace(/\.$/, '')
    .replace(/\.svc(\.cluster\.local)?$/, '')
    .split('.');
  return name === '' || namespace === '' || more.length > 0 ? null : { name, namespace };
}

/** What `NAME`, `NAMESPACE/NAME` or `NAME.NAMESPACE` may mean, the likeliest first. */
export function readings(text: string, namespace: string): Named[] {
  const parts = text.split('/');
  if (parts.length === 2) return [{ namespace: parts[0], name: parts[1] ?? '' }];
  const bare = text.replace(/\.svc\.?$/, '');
  const domain = readDomain(text);
  return [{ namespace, name: text }, ...(domain ? [domain] : bare === text ? [] : [{ namespace, name: bare }])];
}

/** Candidates are listed as long as they fit on a screen. */
const SHOWN = 6;

function listed(names: readonly string[]): string {
  const more = names.length > SHOWN ? `, and ${names.length - SHOWN} more` : '';
  return names.slice(0, SHOWN).join(', ') + more;
}

function notFound(text: string, known: readonly Named[], { what, namespace }: NameRules): Fault {
  const [wanted = { namespace, name: text }] = readings(text, namespace);
  const elsewhere = known.filter(({ name }) => name === wanted.name).map(fullName);
  const own = known.filter((one) => one.namespace === undefined || one.namespace === wanted.namespace);
  const near = nearest(
    wanted.name,
    own.map(({ name }) => name),
  );
  const told = known.some((one) => one.namespace !== undefined) ? fullName(wanted) : text;
  const remedy =
    elsewhere.length > 0
      ? `There is ${listed(elsewhere)}: say NAMESPACE/NAME, or give -n NAMESPACE.`
      : near !== undefined
        ? `Did you mean "${near}"?`
        : known.length === 0
          ? `There is no ${what} at all.`
          : `Known: ${listed(known.map(fullName))}.`;
  return new Fault('NOT_FOUND', `there is no ${what} "${told}"`, remedy);
}

/**
 * The object that `NAME`, `NAMESPACE/NAME` or `NAME.NAMESPACE` means among `objects`.
 * Throws Fault NOT_FOUND with the nearest, or USAGE with all that a beginning fits.
 */
export function findNamed<T>(text: string, objects: readonly T[], nameOf: (object: T) => Named, rules: NameRules): T {
  const known = objects.map(nameOf);
  const wanted = readings(text, rules.namespace);
  const fits = (one: Named, to: Named): boolean => one.namespace === undefined || one.namespace === to.namespace;
  for (const reading of wanted) {
    const at = known.findIndex((one) => one.name === reading.name && fits(one, reading));
    if (at >= 0) return objects[at] as T;
  }
  for (const reading of rules.prefixes && text !== '' ? wanted : []) {
    const begun = known.flatMap((one, i) => (one.name.startsWith(reading.name) && fits(one, reading) ? [i] : []));
    if (begun.length === 1) return objects[begun[0] ?? 0] as T;
    if (begun.length > 1) {
      const names = begun.map((i) => fullName(known[i] as Named));
      throw new Fault(
        'USAGE',
        `several of the name "${text}": ${listed(names)}`,
        'Say more of the name of one of them.',
      );
    }
  }
  throw notFound(text, known, rules);
}

interface WithMetadata {
  readonly metadata: { readonly name: string; readonly namespace?: string | undefined };
}

/** The Service of a name; `svc/` may stand before it. */
export const serviceNamed = <T extends WithMetadata>(text: string, services: readonly T[], namespace: string): T =>
  findNamed(
    withoutKind(text, 'service'),
    services,
    ({ metadata }) => ({ namespace: metadata.namespace ?? 'default', name: metadata.name }),
    { what: 'Service', namespace },
  );

/** The node of a name; `node/` may stand before it. */
export const nodeNamed = <T extends { readonly name: string }>(text: string, nodes: readonly T[]): T =>
  findNamed(withoutKind(text, 'node'), nodes, ({ name }) => ({ namespace: undefined, name }), {
    what: 'node',
    namespace: '',
  });
