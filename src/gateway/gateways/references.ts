// references.ts - the backends that a route refers to, and the reason when a reference leads nowhere.
import type { Backends } from '../backends.js';
import { type BackendReference, GATEWAY_GROUP, namespaceOf, type ReferenceGrant, type Route } from '../objects.js';
import { type Backend, type Filters, NO_FILTERS } from '../routing/rule.js';
import { type Finding, fails } from './conditions.js';
import { isPermitted } from './grants.js';

/** What clients get from a reference that leads nowhere (HTTPRouteRule.backendRefs). */
const INVALID_REF = 500;

interface ResolvedReference {
  readonly backend: Backend;
  /** null: the reference is good. */
  readonly problem: Finding | null;
}

export class References {
  readonly #backends: Backends;
  readonly #grants: readonly ReferenceGrant[];

  constructor(backends: Backends, grants: readonly ReferenceGrant[]) {
    this.#backends = backends;
    this.#grants = grants;
  }

  resolve(route: Route, reference: BackendReference, filters: Filters = NO_FILTERS): ResolvedReference {
    const { group = '', kind = 'Service', name, port, weight = 1, namespace = namespaceOf(route) } = reference;
    const problem = this.#problem(route, { group, kind, namespace, name });
    if (problem) {
      const failure = { status: INVALID_REF, reason: problem.message };
      const backend = { name: `${namespace}/${name}:${port ?? ''}`, weight, filters, endpoints: [], failure };
      return { backend, problem };
    }
    const backend = this.#backends.resolve(
      { namespace, name },
      { number: port },
      { weight, filters, missing: INVALID_REF },
    );
    const missing = backend.failure && fails('ResolvedRefs', 'BackendNotFound', backend.failure.reason);
    return { backend, problem: missing };
  }

  #problem(route: Route, to: { group: string; kind: string; namespace: string; name: string }): Finding | null {
    if (to.group !== '' || to.kind !== 'Service')
      return fails('ResolvedRefs', 'InvalidKind', `a backend is a Service, not a ${to.kind} of group "${to.group}"`);
    const from = { group: GATEWAY_GROUP, kind: route.kind, namespace: namespaceOf(route) };
    if (isPermitted(from, to, this.#grants)) return null;
    const message = `no ReferenceGrant in namespace ${to.namespace} lets a ${route.kind} of ${from.namespace} use Service ${to.name}`;
    return fails('ResolvedRefs', 'RefNotPermitted', message);
  }
}
