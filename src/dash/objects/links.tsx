// links.tsx - lets the packets to an object get late or lost, as `kubewire impair any OBJECT` does, and mends that again.
import { useState } from 'preact/hooks';
import { ask } from '../api.js';
import { useTurn } from '../live.js';
import { useLoading } from '../loading.js';
import { Action } from './actions.js';

const LINKS = '/apis/kubewire.dev/v1alpha1/links';

interface Link {
  readonly metadata: { readonly name: string };
  readonly spec: Readonly<Record<string, unknown>>;
}

/** What can be filled in, with an example of each. */
const EFFECTS = { delay: '20ms', jitter: '5ms', loss: '10%', rate: '10mbit' } as const;
type Effect = keyof typeof EFFECTS;
const effects = Object.keys(EFFECTS) as Effect[];

const wordsOf = ({ spec: { from, to: _, ...rest } }: Link): string =>
  [`from ${from}`, ...Object.entries(rest).map(([key, value]) => (value === true ? key : `${key} ${value}`))].join(
    ', ',
  );

/** @param end as a Link names it: `node/NAME`, `pod/NAMESPACE/NAME`, `svc/NAMESPACE/NAME` */
export function Links({ end }: { end: string }) {
  const turn = useTurn('Link');
  const [given, setGiven] = useState<Partial<Record<Effect, string>>>({});
  const { value } = useLoading(() => ask<{ items: readonly Link[] }>(LINKS), [end, turn]);
  const own = (value?.items ?? []).filter(({ spec }) => spec.to === end);
  const filled = Object.fromEntries(Object.entries(given).filter(([, text]) => text !== ''));
  const impair = async (): Promise<void> => {
    const metadata = { generateName: 'page-' };
    const body = {
      apiVersion: 'kubewire.dev/v1alpha1',
      kind: 'Link',
      metadata,
      spec: { from: 'any', to: end, ...filled },
    };
    await ask(LINKS, { method: 'POST', type: 'application/json', body: JSON.stringify(body) });
    setGiven({});
  };
  return (
    <details class="links" open={own.length > 0}>
      <summary>{own.length === 0 ? 'Impair the way to it' : 'The way to it is impaired'}</summary>
      <ul>
        {own.map((link) => (
          <li key={link.metadata.name}>
            {wordsOf(link)}{' '}
            <Action text="Mend" run={() => ask(`${LINKS}/${link.metadata.name}`, { method: 'DELETE' })} />
          </li>
        ))}
      </ul>
      <div class="filters">
        {effects.map((effect) => (
          <label key={effect} class="field">
            <span>{effect}</span>
            <input
              value={given[effect] ?? ''}
              placeholder={EFFECTS[effect]}
              onInput={(event) => setGiven({ ...given, [effect]: event.currentTarget.value })}
            />
          </label>
        ))}
        <Action text="Impair" disabled={Object.keys(filled).length === 0} run={impair} />
      </div>
    </details>
  );
}
