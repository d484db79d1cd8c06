// view.tsx - the path of a packet: who sends it where, what each node does to it, under one strategy or two side by side.
import { useEffect, useState } from 'preact/hooks';
import type { MapRow, PathAnswer } from '../../api/dash/shapes.js';
import { ask } from '../api.js';
import { useCalm } from '../calm.js';
import { type LiveState, useLive } from '../live.js';
import { useLoading } from '../loading.js';
import { choose, usePlace } from '../place.js';
import { Choice, Head, Link, Problem, Search } from '../shell/controls.js';
import type { Query } from '../url.js';
import { Steps } from './steps.js';

const rowsPart = ({ rows }: LiveState) => rows;
const labPart = ({ lab }: LiveState) => lab;
const PROTOCOLS = ['tcp', 'udp', 'sctp', 'icmp'];
/** Milliseconds for which a step is shown while the path plays. */
const PLAY_MS = 1400;

function sendersOf(rows: ReadonlyMap<string, MapRow>): string[] {
  return [...rows.values()].flatMap(({ kind, id }) => (kind === 'service' ? [] : [id]));
}

/** Every port of every Service, as `kubewire trace --to` takes it. */
function targetsOf(rows: ReadonlyMap<string, MapRow>): string[] {
  return [...rows.values()].flatMap((row) => {
    if (row.kind !== 'service') return [];
    const ports = row.ports.map((port) => port.replace(/[:/].*/, ''));
    const names = ports.map((port) => `svc/${row.namespace}/${row.name}:${port}`);
    return [
      ...names,
      ...row.balanced.flatMap((address) =>
        ports.map((port) => (/:/.test(address) ? `[${address}]:${port}` : `${address}:${port}`)),
      ),
    ];
  });
}

const askPath = (question: string): Promise<PathAnswer[]> =>
  ask<PathAnswer[]>('/dash/path', { method: 'POST', type: 'application/json', body: question });

/** Steps by itself while it plays, and stops at the end. */
function usePlaying(at: number, last: number): readonly [boolean, (on: boolean) => void] {
  const [playing, setPlaying] = useState(false);
  useEffect(() => {
    if (!playing) return;
    if (at >= last) {
      setPlaying(false);
      return;
    }
    const timer = setTimeout(() => choose({ step: String(at + 1) }), PLAY_MS);
    return () => clearTimeout(timer);
  }, [playing, at, last]);
  return [playing, setPlaying];
}

function useArrows(at: number, last: number, toggle: () => void): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (
        event.target instanceof HTMLElement &&
        /^(INPUT|SELECT|TEXTAREA|BUTTON|A|SUMMARY)$/.test(event.target.tagName)
      )
        return;
      if (event.key === 'ArrowRight') choose({ step: String(Math.min(last, at + 1)) });
      else if (event.key === 'ArrowLeft') choose({ step: String(Math.max(0, at - 1)) });
      else if (event.key === ' ') toggle();
      else return;
      event.preventDefault();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [at, last, toggle]);
}

function Stepper({ at, last, way }: { at: number; last: number; way: readonly string[] }) {
  const [playing, setPlaying] = usePlaying(at, last);
  const play = (): void => {
    if (!playing && at >= last) choose({ step: '0' });
    setPlaying(!playing);
  };
  useArrows(at, last, play);
  return (
    <p class="stepper">
      <button type="button" onClick={() => choose({ step: String(Math.max(0, at - 1)) })} disabled={at === 0}>
        Back
      </button>
      <button type="button" onClick={play}>
        {playing ? 'Pause' : 'Play'}
      </button>
      <button type="button" onClick={() => choose({ step: String(Math.min(last, at + 1)) })} disabled={at >= last}>
        Step
      </button>
      <span class="soft">
        {at + 1} of {last + 1}
      </span>
      <Link view="map" query={{ way: way.join(',') }}>
        on the map
      </Link>
    </p>
  );
}

function Question({
  query,
  rows,
  strategies,
}: {
  query: Query;
  rows: ReadonlyMap<string, MapRow>;
  strategies: readonly string[];
}) {
  const { proto = 'tcp' } = query;
  return (
    <>
      <Search name="from" label="From" wide offers={sendersOf(rows)} clears={['step']} />
      <Search name="to" label="To" wide offers={targetsOf(rows)} clears={['step']} />
      <Choice name="proto" label="Over" value={proto} choices={PROTOCOLS} />
      <Choice name="strategy" label="As" all="the lab does" choices={strategies} />
      <Choice name="against" label="Beside" all="nothing else" choices={strategies} />
    </>
  );
}

export function PathView() {
  const { query } = usePlace();
  const rows = useLive(rowsPart);
  const lab = useLive(labPart);
  const { from = '', to = '', proto = 'tcp', strategy = '', against = '', step = '0', node = '' } = query;
  const own = strategy || (lab?.strategy ?? '');
  const strategies = against ? [own, against] : strategy ? [strategy] : [];
  const question = useCalm(JSON.stringify({ from, to, proto, node, strategies }));
  const asked = from !== '' && to !== '';
  const { value: answers, error } = useLoading(asked ? () => askPath(question) : null, [question, asked]);
  const last = Math.max(0, ...(answers ?? []).map(({ steps }) => steps.length - 1));
  const at = Math.min(last, Math.max(0, Number.parseInt(step, 10) || 0));
  return (
    <div class="view">
      <Head title="Path of a packet">
        <Question query={query} rows={rows} strategies={lab?.strategies ?? []} />
      </Head>
      {asked ? null : <Start rows={rows} />}
      {error === undefined ? null : <Problem text={error} />}
      {answers ? <Stepper at={at} last={last} way={answers[0]?.way ?? []} /> : null}
      {answers ? (
        <div class="sides">
          {answers.map((answer) => (
            <Steps key={answer.result.strategy} answer={answer} at={at} onStep={(i) => choose({ step: String(i) })} />
          ))}
        </div>
      ) : null}
    </div>
  );
}

/** What to begin with: somebody from outside, and each Service. */
function Start({ rows }: { rows: ReadonlyMap<string, MapRow> }) {
  const all = [...rows.values()];
  const from = all.find(({ kind }) => kind === 'client')?.id ?? all.find(({ kind }) => kind === 'pod')?.id ?? '';
  const targets = targetsOf(rows).filter((text) => text.startsWith('svc/'));
  return (
    <div class="start">
      <p>Choose who sends a packet, and where it goes. For example, from {from || 'a pod'}:</p>
      <ul class="plain">
        {targets.slice(0, 12).map((to) => (
          <li key={to}>
            <Link view="path" query={{ from, to, proto: /dns/.test(to) ? 'udp' : '' }}>
              {to}
            </Link>
          </li>
        ))}
      </ul>
    </div>
  );
}
