// binding.ts - pods/binding and bindings: a scheduler puts a pod on a node.
import type { Context } from 'hono';
import type { Cluster } from '../../cluster/cluster.js';
import { badRequest, conflict, invalid, success } from '../../cluster/status.js';
import { notSupported, required } from '../../manifest/validate/field-error.js';
import type { Issue } from '../../model/issue.js';
import type { Pod } from '../../model/objects.js';
import { readBody } from '../body.js';
import { isDryRun, type Target } from '../request.js';
import { objectOf } from './place.js';

interface Binding {
  readonly metadata?: { readonly name?: string; readonly namespace?: string };
  readonly target?: { readonly kind?: string; readonly name?: string };
}

function issuesOf({ target = {} }: Binding): Issue[] {
  const { kind = '', name = '' } = target;
  return [
    ...(['', 'Node'].includes(kind) ? [] : [notSupported('target.kind', kind, ['Node', '<empty>'])]),
    ...(name === '' ? [required('target.name')] : []),
  ];
}

/** @param target name of the pod; for the collection `bindings` it is in the body */
export async function serveBinding(c: Context, cluster: Cluster, target: Target): Promise<Response> {
  const binding = ((await readBody(c)) ?? {}) as Binding;
  const { name = binding.metadata?.name ?? '', namespace = '' } = target;
  if (binding.metadata?.name !== name) throw badRequest('name in URL does not match name in Binding object');
  const issues = issuesOf(binding);
  if (issues.length > 0) throw invalid('Binding', '', name, issues);
  const { metadata } = objectOf<Pod>(cluster, { ...target, name });
  if (metadata.deletionTimestamp)
    throw conflict(target.resource, name, `pod ${name} is being deleted, cannot be assigned to a host`);
  const bind = () => cluster.store.bind(namespace, name, binding.target?.name ?? '');
  if (isDryRun(c.req.queries('dryRun'))) cluster.store.dryRun(bind);
  else bind();
  return c.json(success(undefined, 201), 201);
}
