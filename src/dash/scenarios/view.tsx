// view.tsx - scenarios: stories that explain something. Read one, play it, and watch each command say what the page says.
import { useMemo } from 'preact/hooks';
import type { ScenarioAnswer } from '../../api/dash/shapes.js';
import { type Part, type Piece, partsOf, type Typed } from '../../story/parts.js';
import { ask } from '../api.js';
import { useLoading } from '../loading.js';
import { usePlace } from '../place.js';
import { Choice, Head, Link, Problem } from '../shell/controls.js';
import { type Playing, usePlaying } from './playing.js';

const PieceShown = ({ piece: { kind, text } }: { piece: Piece }) =>
  kind === 'code' ? <code>{text}</code> : kind === 'stress' ? <em>{text}</em> : <span>{text}</span>;

/** A command with what it printed, or before it was typed with what the page says. */
function StepShown({ step, playing }: { step: Typed; playing: Playing }) {
  const done = playing.steps.get(step.line);
  const exit = done?.exit ?? step.exit;
  const text = (done?.text ?? step.expected).trimEnd();
  return (
    <div class={done ? (done.well ? 'step good' : 'step bad') : 'step'}>
      <b>$ {step.command}</b>
      {text === '' ? null : `\n${text}`}
      {exit === 0 ? null : <span class="soft">{`\n[exit ${exit}]`}</span>}
      {done && !done.well ? `\nexpected:\n${step.expected}` : null}
    </div>
  );
}

function PartShown({ part, strategy, playing }: { part: Part; strategy: string; playing: Playing }) {
  if (part.kind === 'title') return null;
  if (part.kind === 'prose')
    return (
      <p>
        {part.pieces.map((piece, i) => (
          <PieceShown key={i} piece={piece} />
        ))}
      </p>
    );
  if (part.kind === 'block')
    return part.name === '' ? (
      <pre class="drawing">{part.text}</pre>
    ) : (
      <details>
        <summary>{part.name}</summary>
        <pre>{part.text}</pre>
      </details>
    );
  if (part.only.length > 0 && !part.only.includes(strategy)) return null;
  return (
    <pre class="typed">
      {part.steps.map((step) => (
        <StepShown key={step.line} step={step} playing={playing} />
      ))}
    </pre>
  );
}

function Outcome({ playing: { running, address, row, error } }: { playing: Playing }) {
  if (error !== null) return <Problem text={error} />;
  if (row) {
    const told = `${row.result} in ${row.seconds.toFixed(1)} s`;
    return (
      <p class={row.result === 'failed' ? 'answer bad' : 'answer good'}>
        {[told, row.reason].filter(Boolean).join('\n')}
      </p>
    );
  }
  if (!running) return <p class="soft">It is played in a lab of its own: nothing here changes.</p>;
  return (
    <p class="answer">
      {address === null ? 'Its lab is starting …' : 'It is being played. '}
      {address === null ? null : (
        <a href={address} target="_blank" rel="noreferrer">
          Watch its packets on the map of its lab
        </a>
      )}
    </p>
  );
}

function Story({ story, strategy }: { story: ScenarioAnswer; strategy: string }) {
  const [playing, play] = usePlaying(story.name, strategy);
  const parts = useMemo(() => partsOf(story.page), [story.page]);
  return (
    <article class="story">
      <h2>{story.title}</h2>
      <p class="doing">
        <Choice name="strategy" label="Strategy" value={strategy} choices={story.strategies} />
        <button type="button" class="main" disabled={playing.running} onClick={play}>
          Run
        </button>
      </p>
      <Outcome playing={playing} />
      {parts.map((part, i) => (
        <PartShown key={i} part={part} strategy={strategy} playing={playing} />
      ))}
    </article>
  );
}

export function ScenariosView() {
  const { query } = usePlace();
  const { value: stories = [], error } = useLoading(() => ask<ScenarioAnswer[]>('/dash/scenarios'), []);
  const story = stories.find(({ name }) => name === query.name) ?? stories[0];
  const strategy = query.strategy || (story?.strategies[0] ?? '');
  return (
    <div class="view">
      <Head title="Scenarios" about={story ? `${stories.length} stories that check themselves` : ''} />
      {error === undefined ? null : <Problem text={error} />}
      <div class="stories">
        <nav aria-label="Stories">
          <ul class="plain">
            {stories.map(({ name, title }) => (
              <li key={name}>
                <Link view="scenarios" query={{ name }} current={name === story?.name}>
                  {title}
                </Link>
              </li>
            ))}
          </ul>
        </nav>
        {story ? <Story story={story} strategy={strategy} /> : null}
      </div>
    </div>
  );
}
