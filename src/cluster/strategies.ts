// strategies.ts - prepares every kind except Service for the store: applies defaults, sets the status, validates.
import { isValidated, validateObject } from '../manifest/validate/index.js';
import { validateMetadata } from '../manifest/validate/metadata.js';
import { validateImmutable, validateReplacedMetadata } from '../manifest/validate/replacement.js';
import type { Issue } from '../model/issue.js';
import type { KindKey } from '../model/kindkey.js';
import type { KubeObject } from '../model/objects.js';
import { defaulted } from './kinds/defaulted.js';
import { FIELD_RULES } from './kinds/fieldrules.js';
import { rowIssues } from './kinds/fields.js';
import { hasSubresource, isKept, type Resource } from './kinds/kind.js';
import { forbidden, invalid } from './status.js';
import type { Store, Strategy } from './store.js';

function refuse(resource: Resource, object: KubeObject, issues: readonly Issue[]): void {
  if (issues.length > 0) throw invalid(resource.kind, resource.group, object.metadata.name, issues);
}

/** Kinds that manifests are read of are checked where those are; of others metadata, and what their rules say. */
function issuesOf(resource: Resource, object: KubeObject, old: KubeObject | undefined): Issue[] {
  const issues = isValidated(resource.key)
    ? validateObject(object, old)
    : old
      ? []
      : validateMetadata(object.metadata, resource.namespaced, resource.names);
  const rows = FIELD_RULES[resource.key] ?? [];
  return [...issues, ...(resource.rules.validate?.(object, old) ?? []), ...rowIssues(rows, object, old)];
}

function generic(resource: Resource, recorded: boolean): Strategy {
  const { status, prepare, keeps } = resource.rules;
  const fresh = recorded || !hasSubresource(resource, 'status') || status === 'given' ? undefined : status;
  return {
    create(object) {
      const made = defaulted(resource, object);
      if (fresh) made.status = structuredClone(fresh);
      prepare?.(made, undefined);
      refuse(resource, made, issuesOf(resource, made, undefined));
      return made;
    },
    update(object, old) {
      const made = defaulted(resource, object);
      prepare?.(made, old);
      const metadata = validateReplacedMetadata(made, old, resource.namespaced);
      // A recorded state follows another as it was.
      const fixed = recorded ? [] : validateImmutable(made, old);
      refuse(resource, made, [...metadata, ...issuesOf(resource, made, old), ...fixed]);
      return made;
    },
    updateStatus(object, old) {
      if (object.metadata !== old.metadata)
        refuse(resource, object, validateReplacedMetadata(object, old, resource.namespaced));
      return object;
    },
    deleting(old) {
      const why = keeps?.(old);
      if (why !== undefined) throw forbidden(resource, old.metadata.name, why);
    },
  };
}

/** Gives a kind the strategy that its description says. `more`: what is done to its objects beside that. */
export function registerStrategy(
  store: Store,
  resource: Resource,
  recorded: boolean,
  more: Addition = (strategy) => strategy,
): void {
  store.register(resource, more(generic(resource, recorded)));
}

/** Makes of the strategy of any kind that of one. */
type Addition = (generic: Strategy) => Strategy;

/** Registers the strategies of all kinds but Service. */
export function registerStrategies(
  store: Store,
  recorded: boolean,
  more: Readonly<Record<KindKey, Addition | undefined>>,
): void {
  for (const resource of store.kinds.all())
    if (resource.key !== 'Service' && isKept(resource)) registerStrategy(store, resource, recorded, more[resource.key]);
}
