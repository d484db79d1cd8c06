// strategies.ts - what every kind but Service does on its way into the store: default, clear the status, validate.
import { defaultObject } from '../manifest/defaults.js';
import { validateObject } from '../manifest/validate/index.js';
import { validateImmutable, validateReplacedMetadata } from '../manifest/validate/replacement.js';
import type { Issue } from '../model/issue.js';
import type { KubeObject } from '../model/objects.js';
import { hasSubresource, RESOURCES, type Resource } from './resources.js';
import { forbidden, invalid } from './status.js';
import type { Store, Strategy } from './store.js';

/** Kinds whose status a creator may set: nodes register with it, the lab's own objects too. */
const STATUS_ON_CREATE = new Set(['Node', 'Client', 'Lab']);

/** Namespaces that a cluster cannot do without (plugin NamespaceLifecycle). */
const IMMORTAL = new Set(['default', 'kube-system', 'kube-public']);

function refuse(resource: Resource, object: KubeObject, issues: readonly Issue[]): void {
  if (issues.length > 0) throw invalid(resource.kind, resource.group, object.metadata.name, issues);
}

function generic(resource: Resource, recorded: boolean): Strategy {
  return {
    create(object) {
      const made = defaultObject(object);
      if (hasSubresource(resource, 'status') && !recorded && !STATUS_ON_CREATE.has(resource.kind)) resetStatus(made);
      if (resource.kind === 'Namespace') made.spec = { finalizers: ['kubernetes'] };
      refuse(resource, made, validateObject(made));
      return made;
    },
    update(object, old) {
      const made = defaultObject(object);
      const metadata = validateReplacedMetadata(made, old, resource.namespaced);
      // A recorded state follows another as it was.
      const fixed = recorded ? [] : validateImmutable(made, old);
      refuse(resource, made, [...metadata, ...validateObject(made, old), ...fixed]);
      return made;
    },
    deleting(old) {
      if (resource.kind === 'Namespace' && IMMORTAL.has(old.metadata.name))
        throw forbidden(resource, old.metadata.name, 'this namespace may not be deleted');
    },
  };
}

function resetStatus(object: KubeObject): void {
  if (object.kind === 'Pod') object.status = { phase: 'Pending' };
  else if (object.kind === 'Namespace') object.status = { phase: 'Active' };
  else if (object.kind === 'Ingress') object.status = { loadBalancer: {} };
  else object.status = {};
}

/** Registers the strategies of all kinds but Service. */
export function registerStrategies(store: Store, recorded: boolean): void {
  for (const resource of RESOURCES)
    if (resource.kind !== 'Service') store.register(resource.kind, generic(resource, recorded));
}
