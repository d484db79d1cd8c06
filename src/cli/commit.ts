// commit.ts - several writes that become true together: each is tried by a dry run first, and undone if a later one fails.
import type { Issue, IssueType } from '../model/issue.js';
import type { KubeObject } from '../model/objects.js';
import { type Client, PATCH_TYPES } from './client.js';
import { collectionPath, objectPath } from './discovery.js';
import type { Manifest } from './manifests.js';
import { isStatusFailure, type Status, statusText } from './status.js';

/** A write that is planned: a new object, a patch of one that exists, or nothing. */
export interface Write {
  readonly manifest: Manifest;
  readonly current: KubeObject | undefined;
  /** The whole object when there is no current one, else an RFC 7386 patch. */
  readonly change: unknown;
  readonly done: 'created' | 'configured' | 'unchanged';
}

export interface Written {
  readonly object: KubeObject;
  readonly done: string;
}

async function perform(client: Client, write: Write, dryRun: boolean): Promise<KubeObject> {
  const { kind, namespace, object } = write.manifest;
  if (write.done === 'unchanged' && write.current) return write.current;
  const query = dryRun ? { dryRun: 'All' } : {};
  if (!write.current) {
    const answer = await client.exchange('POST', collectionPath(kind, namespace), { query, body: write.change });
    return answer.body as KubeObject;
  }
  const path = objectPath(kind, namespace, object.metadata.name);
  const answer = await client.exchange('PATCH', path, { query, body: write.change, contentType: PATCH_TYPES.merge });
  return answer.body as KubeObject;
}

/** Causes of a refusal as issues, each at its place in the manifest. */
function issuesOf({ loaded, object }: Manifest, status: Status): Issue[] {
  const { kind, metadata } = object;
  const base = { kind, name: metadata.name };
  const causes = status.reason === 'Invalid' ? (status.details?.causes ?? []) : [];
  if (causes.length === 0) {
    const message = statusText(status).replace(/^error: /, '');
    return [{ ...base, type: 'FieldValueInvalid', field: '', message, detail: message, place: loaded.place('') }];
  }
  return causes.map(({ field = '', message = '', reason = 'FieldValueInvalid' }) => ({
    ...base,
    type: reason as IssueType,
    field,
    message: `${field}: ${message}`,
    detail: message,
    place: loaded.place(field),
  }));
}

/** A Namespace that the same command creates is not there yet when the others are tried. */
function isOwnNamespace(status: Status, writes: readonly Write[]): boolean {
  if (status.reason !== 'NotFound' || status.details?.kind !== 'namespaces') return false;
  return writes.some(
    ({ manifest }) => manifest.object.kind === 'Namespace' && manifest.object.metadata.name === status.details?.name,
  );
}

/** Tries every write without effect. Returns what the server says against them, or the objects as they would be. */
export async function tryWrites(
  client: Client,
  writes: readonly Write[],
): Promise<{ issues: Issue[]; tried: Written[] }> {
  const issues: Issue[] = [];
  const tried: Written[] = [];
  for (const write of writes) {
    try {
      tried.push({ object: await perform(client, write, true), done: write.done });
    } catch (error) {
      if (!isStatusFailure(error)) throw error;
      if (isOwnNamespace(error.status, writes)) tried.push({ object: write.manifest.object, done: write.done });
      else issues.push(...issuesOf(write.manifest, error.status));
    }
  }
  return { issues, tried };
}

/** Takes a write back: deletes what was created, puts back what was changed. */
async function undo(client: Client, { manifest, current, done }: Write): Promise<void> {
  const path = objectPath(manifest.kind, manifest.namespace, manifest.object.metadata.name);
  if (done === 'unchanged') return;
  if (!current) {
    await client.exchange('DELETE', path);
    return;
  }
  // Without a resourceVersion the update is unconditional: controllers may have touched the object meanwhile.
  const { resourceVersion: _, ...metadata } = current.metadata;
  await client.exchange('PUT', path, { body: { ...current, metadata } });
}

/** Performs the writes in order. The first refusal undoes all of them and is returned as issues. */
export async function performWrites(
  client: Client,
  writes: readonly Write[],
): Promise<{ issues: Issue[]; written: Written[] }> {
  const written: Written[] = [];
  for (const [i, write] of writes.entries()) {
    try {
      written.push({ object: await perform(client, write, false), done: write.done });
    } catch (error) {
      for (const before of writes.slice(0, i).toReversed()) await undo(client, before);
      if (!isStatusFailure(error)) throw error;
      return { issues: issuesOf(write.manifest, error.status), written: [] };
    }
  }
  return { issues: [], written };
}
