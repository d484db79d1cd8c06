// rules.ts - Ingresses of our class → rules of a route table, and the certificates of their hosts.
import type { Backends } from '../backends.js';
import { type HostCertificate, keyPairOf } from '../certificates.js';
import {
  createdAt,
  INGRESS_CONTROLLER,
  type Ingress,
  type IngressBackend,
  type IngressClass,
  type IngressPath,
  nameOf,
  namespaceOf,
  type Secret,
} from '../objects.js';
import { ANY_HOST, ingressHost } from '../routing/host.js';
import { type Backend, NO_FILTERS, type PathMatch, type Rule } from '../routing/rule.js';

const DEFAULT_CLASS = 'ingressclass.kubernetes.io/is-default-class';
/** How an Ingress named its class before it had a field for it. */
const CLASS_ANNOTATION = 'kubernetes.io/ingress.class';

const isDefault = ({ metadata }: IngressClass): boolean => metadata.annotations?.[DEFAULT_CLASS] === 'true';

/** Ingresses whose class asks for kubewire; those without a class belong to the default class. */
export function ourIngresses(ingresses: readonly Ingress[], classes: readonly IngressClass[]): Ingress[] {
  const ours = classes.filter(({ spec }) => spec?.controller === INGRESS_CONTROLLER);
  return ingresses.filter(({ spec, metadata }) => {
    const wanted = spec?.ingressClassName ?? metadata.annotations?.[CLASS_ANNOTATION];
    return ours.some((one) => (wanted === undefined ? isDefault(one) : one.metadata.name === wanted));
  });
}

/** Without an implementation of its own, `ImplementationSpecific` is a prefix; without a path it is every path. */
const pathOf = ({ path, pathType }: IngressPath): PathMatch => ({
  type: pathType === 'Exact' ? 'Exact' : 'Prefix',
  value: path ?? '/',
});

const BAD_BACKEND = 'only Services can be backends of an Ingress';

function backendOf(ingress: Ingress, { service }: IngressBackend, backends: Backends): Backend {
  const namespace = namespaceOf(ingress);
  if (!service) {
    const failure = { status: 503, reason: BAD_BACKEND };
    return { name: `${namespace}/?`, weight: 1, endpoints: [], filters: NO_FILTERS, failure };
  }
  return backends.resolve({ namespace, name: service.name }, service.port ?? {});
}

function rulesOf(ingress: Ingress, backends: Backends): Rule[] {
  const { rules = [], defaultBackend } = ingress.spec ?? {};
  const made: Rule[] = [];
  const add = (host: Rule['host'], path: PathMatch, backend: IngressBackend, field: string): void => {
    made.push({
      ...{ host, path, method: null, headers: [], query: [] },
      source: {
        kind: 'Ingress',
        namespace: namespaceOf(ingress),
        name: ingress.metadata.name,
        field,
        created: createdAt(ingress),
        index: made.length,
      },
      action: { filters: NO_FILTERS, backends: [backendOf(ingress, backend, backends)] },
    });
  };
  for (const [i, { host, http }] of rules.entries())
    for (const [j, path] of (http?.paths ?? []).entries())
      add(ingressHost(host), pathOf(path), path.backend, `spec.rules[${i}].http.paths[${j}]`);
  if (defaultBackend) add(ANY_HOST, { type: 'Default', value: '' }, defaultBackend, 'spec.defaultBackend');
  return made;
}

export const ingressRules = (ingresses: readonly Ingress[], backends: Backends): Rule[] =>
  ingresses.flatMap((ingress) => rulesOf(ingress, backends));

interface IngressCertificates {
  readonly certificates: readonly HostCertificate[];
  /** Secrets that cannot be used: who wants them, and why not. Their hosts get the proxy's own certificate. */
  readonly problems: readonly { readonly ingress: Ingress; readonly message: string }[];
}

/** The oldest Ingress decides about a host. */
export function ingressCertificates(ingresses: readonly Ingress[], secrets: readonly Secret[]): IngressCertificates {
  const byName = new Map(secrets.map((secret) => [nameOf(secret), secret]));
  const found = new Map<string, HostCertificate>();
  const problems: { ingress: Ingress; message: string }[] = [];
  for (const ingress of ingresses.toSorted((a, b) => createdAt(a) - createdAt(b))) {
    for (const { hosts = [], secretName } of ingress.spec?.tls ?? []) {
      if (secretName === undefined) continue;
      const name = `${namespaceOf(ingress)}/${secretName}`;
      const pair = keyPairOf(byName.get(name), name);
      if (typeof pair === 'string') problems.push({ ingress, message: pair });
      else
        for (const text of hosts.length > 0 ? hosts : [''])
          if (!found.has(text)) found.set(text, { host: ingressHost(text), pair });
    }
  }
  return { certificates: [...found.values()], problems };
}
