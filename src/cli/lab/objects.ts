// objects.ts - what verbs about a running lab read from its API: the lab itself, and where namespaces are.

import type { LabSpec, LabStatus } from '../../lab/registration.js';
import type { KubeObject } from '../../model/objects.js';
import { NETNS_ANNOTATION } from '../../topology/annotations.js';
import { Exit } from '../failure.js';
import type { Client } from './client.js';

const ROOTS: Readonly<Record<string, string>> = {
  Pod: '/api/v1',
  Node: '/api/v1',
  Service: '/api/v1',
  EndpointSlice: '/apis/discovery.k8s.io/v1',
  Client: '/apis/kubewire.dev/v1alpha1',
  Lab: '/apis/kubewire.dev/v1alpha1',
  Link: '/apis/kubewire.dev/v1alpha1',
};

const collection = (kind: string): string => `${ROOTS[kind]}/${kind.toLowerCase()}s`;

export interface LabObject extends KubeObject {
  spec: LabSpec;
  status: LabStatus;
}

/** Every object of a kind, in all namespaces. */
export async function listAll<T extends KubeObject>(client: Client, kind: string): Promise<T[]> {
  const list = await client.get<{ items: T[] }>(collection(kind));
  // Items of a list carry neither kind nor apiVersion (meta/v1 List).
  return list.items.map((item) => ({ ...item, kind }));
}

export const getLab = (client: Client): Promise<LabObject> =>
  client.get<LabObject>(`${collection('Lab')}/${client.labName}`);

/** Advice about nodes whose tables are older than the cluster (LabStatus.problems). */
export const BEHIND_REMEDY =
  'What was in force goes on. Undo the last change, or report it with the manifests: it is a limit or a bug.';

/** Path of the object's network namespace. Throws Exit 1 when it has none (yet). */
export function netnsOf(object: KubeObject): string {
  const path = object.metadata.annotations?.[NETNS_ANNOTATION];
  if (path !== undefined && path !== '') return path;
  const phase = (object.status as { phase?: string } | undefined)?.phase;
  const what = `${object.kind.toLowerCase()}/${object.metadata.name}`;
  throw new Exit(1, `error: ${what} does not run${phase ? ` (it is ${phase})` : ''}\nSee: kubewire get pods`);
}
