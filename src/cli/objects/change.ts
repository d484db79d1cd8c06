// change.ts - one patch for each of the selected objects: what scale, label, annotate and patch have in common.

import { isStatusFailure } from '../../live/status.js';
import type { KubeObject } from '../../model/objects.js';
import { Exit } from '../failure.js';
import { type Client, PATCH_TYPES } from '../lab/client.js';
import { type Kind, objectPath } from './discovery.js';
import { fetchSelections } from './fetch.js';
import { type DryRun, dryRunQuery } from './outcome.js';
import type { Selection } from './select.js';
import { statusText } from './status.js';

export interface Patch {
  readonly type: keyof typeof PATCH_TYPES;
  readonly body: unknown;
  /** `scale`, `status`; undefined for the object itself. */
  readonly subresource?: string;
}

interface ChangeOptions {
  readonly namespace: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  readonly dryRun: DryRun;
}

interface Changed {
  readonly before: KubeObject;
  readonly object: KubeObject;
}

async function send(client: Client, kind: Kind, before: KubeObject, patch: Patch, dryRun: DryRun): Promise<KubeObject> {
  const { namespace, name } = before.metadata;
  const path = objectPath(kind, namespace, name) + (patch.subresource ? `/${patch.subresource}` : '');
  const answer = await client.exchange('PATCH', path, {
    query: dryRunQuery(dryRun),
    body: patch.body,
    contentType: PATCH_TYPES[patch.type],
  });
  return answer.body as KubeObject;
}

/**
 * Patches every selected object as `plan` says; null leaves it alone. Refusals do not stop it: at the end it throws all
 * of them.
 */
export async function changeObjects(
  client: Client,
  selections: readonly Selection[],
  options: ChangeOptions,
  plan: (object: KubeObject) => Patch | null,
  onDone: (changed: Changed) => void,
): Promise<void> {
  const { found, refusals } = await fetchSelections(client, selections, options);
  const texts = refusals.map(({ status }) => statusText(status));
  for (const { kind, objects } of found) {
    for (const before of objects) {
      try {
        const patch = plan(before);
        const untouched = patch === null || options.dryRun === 'client';
        onDone({ before, object: untouched ? before : await send(client, kind, before, patch, options.dryRun) });
      } catch (error) {
        if (isStatusFailure(error)) texts.push(statusText(error.status));
        else if (error instanceof Exit && error.text) texts.push(error.text);
        else throw error;
      }
    }
  }
  if (texts.length > 0) throw new Exit(1, texts.join('\n'));
}
