// shell.tsx - the frame of all views: navigation, what lab this is, keys that work everywhere.
import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { VIEWS } from '../../api/dash/views.js';
import { ChartsView } from '../charts/view.js';
import { ExplainView } from '../explain/view.js';
import { FlowsView } from '../flows/view.js';
import { type LiveState, useLive } from '../live.js';
import { MapView } from '../map/view.js';
import { ObjectsView } from '../objects/view.js';
import { PathView } from '../path/view.js';
import { goTo, usePlace } from '../place.js';
import { RulesView } from '../rules/view.js';
import { ScenariosView } from '../scenarios/view.js';
import type { View } from '../url.js';
import { Link, StrategyName } from './controls.js';
import { nextShade, shadeNow, wear } from './shade.js';

const ALL: Readonly<Record<View, { readonly name: string; readonly shows: ComponentType }>> = {
  map: { name: 'Map', shows: MapView },
  path: { name: 'Path', shows: PathView },
  flows: { name: 'Flows', shows: FlowsView },
  rules: { name: 'Rules', shows: RulesView },
  charts: { name: 'Charts', shows: ChartsView },
  objects: { name: 'Objects', shows: ObjectsView },
  scenarios: { name: 'Scenarios', shows: ScenariosView },
  explain: { name: 'Explain', shows: ExplainView },
};

const KEYS: readonly (readonly [keys: string, meaning: string])[] = [
  [`1 – ${VIEWS.length}`, 'go to a view'],
  ['/', 'to the first filter'],
  ['Tab, Enter', 'to and through everything'],
  ['+ − 0, arrows', 'on the map: zoom, all of it, move'],
  ['← →, Space', 'on a path: step, play'],
  ['t', 'light, dark, or as the system'],
  ['?', 'these keys'],
];

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable ||
    /^(INPUT|SELECT|TEXTAREA)$/.test(target.tagName) ||
    target.closest('.terminal, .editor') !== null);

function useKeys(toggleHelp: () => void, toggleShade: () => void): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      const view = VIEWS[Number(event.key) - 1];
      if (view) goTo(view);
      else if (event.key === '/') document.querySelector<HTMLElement>('main input, main select')?.focus();
      else if (event.key === '?') toggleHelp();
      else if (event.key === 't') toggleShade();
      else return;
      event.preventDefault();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);
}

const labPart = ({ lab }: LiveState) => lab;
const connectedPart = ({ connected, greeted }: LiveState) => (connected ? 'live' : greeted ? 'lost' : 'connecting');
const STATES = { live: 'live', lost: 'the lab does not answer', connecting: 'connecting' } as const;

function Help({ close }: { close: () => void }) {
  return (
    <div class="help" role="dialog" aria-label="Keys">
      <h2>Keys</h2>
      <dl>
        {KEYS.map(([keys, meaning]) => (
          <>
            <dt>
              <kbd>{keys}</kbd>
            </dt>
            <dd>{meaning}</dd>
          </>
        ))}
      </dl>
      <button type="button" onClick={close}>
        Close
      </button>
    </div>
  );
}

export function Shell() {
  const { view } = usePlace();
  const lab = useLive(labPart);
  const state = useLive(connectedPart);
  const [help, setHelp] = useState(false);
  const [shade, setShade] = useState(shadeNow);
  const toggleShade = (): void => setShade((before) => wear(nextShade(before)));
  useKeys(() => setHelp((before) => !before), toggleShade);
  useEffect(() => {
    document.title = `${ALL[view].name} · ${lab?.name ?? 'kubewire'}`;
  }, [view, lab?.name]);
  const Shown = ALL[view].shows;
  return (
    <>
      <a class="skip" href="#main">
        To the content
      </a>
      <nav class="rail" aria-label="Views">
        <p class="brand">kubewire</p>
        <ul>
          {VIEWS.map((one, i) => (
            <li key={one}>
              <Link view={one} current={one === view} title={`${ALL[one].name} (${i + 1})`}>
                {ALL[one].name}
              </Link>
            </li>
          ))}
        </ul>
        <div class="facts">
          {lab ? <p>lab {lab.name}</p> : null}
          {lab ? (
            <p>
              <StrategyName name={lab.strategy} />
            </p>
          ) : null}
          <p class={`state ${state}`} role="status">
            {STATES[state]}
          </p>
          <p class="quiet">
            <button type="button" class="link" onClick={toggleShade} title="Light, dark, or as the system (t)">
              {shade}
            </button>
            <button type="button" class="link" onClick={() => setHelp(!help)} title="Keys (?)">
              keys
            </button>
          </p>
        </div>
      </nav>
      <main id="main">
        <Shown />
      </main>
      {help ? <Help close={() => setHelp(false)} /> : null}
    </>
  );
}
