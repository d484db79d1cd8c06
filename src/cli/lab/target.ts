// target.ts - the object that a word such as `web-1`, `svc/web`, `node/node-1` or `client/outside` means in a running lab.
import type { KubeObject } from '../../model/objects.js';
import { findNamed, type Named, splitKind } from '../../topology/naming.js';
import { Kinds } from '../objects/discovery.js';
import { listObjects } from '../objects/fetch.js';
import type { Client } from './client.js';

const metadataOf = ({ metadata }: KubeObject): Named => ({ namespace: metadata.namespace, name: metadata.name });

/** A word without a kind is a pod. The beginning of a pod's name is enough where only one begins so. */
export async function findTarget(client: Client, target: string, namespace: string): Promise<KubeObject> {
  const { kind, rest } = splitKind(target);
  const kinds = await Kinds.load(client);
  const type = kinds.resolve(kind === null ? 'pods' : (target.split('/')[0] ?? ''));
  const { objects } = await listObjects(client, type, { namespace: undefined });
  const rules = { what: type.kind, namespace, prefixes: kind === null || kind === 'pod' };
  return findNamed(rest, objects, metadataOf, rules);
}
