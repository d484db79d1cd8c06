// preview.tsx - what an edited Service would change for packets, before it is applied.
import type { PreviewAnswer } from '../../api/dash/shapes.js';
import { ask } from '../api.js';
import { useCalm } from '../calm.js';
import { useLoading } from '../loading.js';
import { Problem } from '../shell/controls.js';
import { readDraft } from './draft.js';

/** First a dry run, because the server fills in what is left out. */
async function preview(path: string, text: string): Promise<PreviewAnswer> {
  const type = 'application/json';
  const body = JSON.stringify(readDraft(text).object);
  const kept = await ask(`${path}?fieldValidation=Strict&dryRun=All`, { method: 'PUT', type, body });
  return ask<PreviewAnswer>('/dash/preview', { method: 'POST', type, body: JSON.stringify(kept) });
}

export function Preview({ path, text }: { path: string; text: string }) {
  const calm = useCalm(text);
  const { value, error, busy } = useLoading(() => preview(path, calm), [path, calm]);
  return (
    <section class="preview" aria-label="What it changes for packets" aria-busy={busy}>
      <h3>What it changes for packets</h3>
      {error === undefined ? null : <Problem text={error} />}
      {value ? (
        <p class="soft">
          {value.differing === 0
            ? `Nothing: all ${value.classes} classes of packets end as before.`
            : `${value.differing} of ${value.classes} classes of packets end otherwise:`}
        </p>
      ) : null}
      {value?.endpointsFollow ? (
        <p class="soft">
          Endpoints are taken as they are now: they follow selector and target port when it is applied.
        </p>
      ) : null}
      <ul class="plain">
        {(value?.groups ?? []).map(({ kind, count, packet, before, after }) => (
          <li key={`${kind} ${packet}`}>
            <b>{kind}</b> <span class="soft">{count} classes, for example</span> <span class="mono">{packet}</span>
            <div class="soft">before: {before}</div>
            <div>
              <mark>after: {after}</mark>
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}
