// fetch.ts - selected objects from the lab: what is there, and every refusal, so that one missing name hides nothing.

import { isReason, isStatusFailure, type StatusFailure } from '../../live/status.js';
import type { KubeObject } from '../../model/objects.js';
import { Exit } from '../failure.js';
import type { Client } from '../lab/client.js';
import { collectionPath, groupVersion, type Kind, objectPath } from './discovery.js';
import type { Selection } from './select.js';

interface Scope {
  /** undefined: all namespaces. */
  readonly namespace: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  readonly ignoreNotFound?: boolean | undefined;
}

export interface Fetched {
  readonly kind: Kind;
  readonly objects: readonly KubeObject[];
  /** Where a watch continues. */
  readonly resourceVersion: string | undefined;
}

interface List {
  readonly metadata?: { readonly resourceVersion?: string };
  readonly items: readonly KubeObject[] | null;
}

/** All objects of a kind. Items of a list do not have their kind, so it is put back. */
export async function listObjects(client: Client, kind: Kind, scope: Scope): Promise<Fetched> {
  const list = await client.get<List>(collectionPath(kind, scope.namespace), {
    labelSelector: scope.labelSelector,
    fieldSelector: scope.fieldSelector,
  });
  const type = { apiVersion: groupVersion(kind), kind: kind.kind };
  const objects = (list.items ?? []).map((object) => ({ ...object, ...type }));
  return { kind, objects, resourceVersion: list.metadata?.resourceVersion };
}

/** Objects by name or by list, in the order of the command line. Refusals are collected; other errors are thrown. */
export async function fetchSelections(
  client: Client,
  selections: readonly Selection[],
  scope: Scope,
): Promise<{ readonly found: Fetched[]; readonly refusals: StatusFailure[] }> {
  if (selections.some(({ names }) => names.length > 0) && (scope.labelSelector || scope.fieldSelector)) {
    throw new Exit(1, 'error: name cannot be provided when a selector is specified');
  }
  const found: Fetched[] = [];
  const refusals: StatusFailure[] = [];
  const attempt = async <T>(work: Promise<T>): Promise<T | undefined> => {
    try {
      return await work;
    } catch (error) {
      if (!isStatusFailure(error)) throw error;
      if (!(scope.ignoreNotFound && isReason(error, 'NotFound'))) refusals.push(error);
      return undefined;
    }
  };
  for (const { kind, names } of selections) {
    if (names.length === 0) {
      const list = await attempt(listObjects(client, kind, scope));
      if (list) found.push(list);
      continue;
    }
    const objects: KubeObject[] = [];
    for (const name of names) {
      const object = await attempt(client.get<KubeObject>(objectPath(kind, scope.namespace, name)));
      if (object) objects.push(object);
    }
    found.push({ kind, objects, resourceVersion: objects[0]?.metadata.resourceVersion });
  }
  return { found, refusals };
}
