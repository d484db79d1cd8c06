// steps.tsx - the way of a packet under one strategy: its stages, and the one that is looked at in full.
import type { PathAnswer, PathStep } from '../../api/dash/shapes.js';
import { Link, StrategyName } from '../shell/controls.js';
import { PacketBytes } from './bytes.js';

const ends = ({ source, destination }: { source: string; destination: string }): string => `${source} → ${destination}`;

/** It arrived somewhere, or a Service rule gave it an end that is meant. */
const isGood = ({ result: { verdict }, steps }: PathAnswer): boolean =>
  verdict === 'none' ? !/drop|reject|reply/i.test(steps.at(-1)?.verdict ?? '') : !/drop|reject/.test(verdict);

function StepBody({ step, strategy }: { step: PathStep; strategy: string }) {
  return (
    <div class="step-body">
      <dl>
        <dt>In by</dt>
        <dd>{step.in}</dd>
        <dt>Tuple</dt>
        <dd class="mono">{ends(step.before)}</dd>
        {step.after ? (
          <>
            <dt>becomes</dt>
            <dd class="mono">
              {ends(step.after) === ends(step.before) ? 'the same' : <mark>{ends(step.after)}</mark>}
            </dd>
          </>
        ) : null}
        <dt>Verdict</dt>
        <dd>
          {step.verdict.toLowerCase()} · {step.reason}
        </dd>
        {step.service ? (
          <>
            <dt>Service</dt>
            <dd>
              {step.service}
              {step.frontend ? ` by ${step.frontend}` : ''}
              {step.choices > 1 ? `, one of ${step.choices} endpoints` : ''}
              {step.remembered ? ', as before (session affinity)' : ''}
            </dd>
          </>
        ) : null}
        <dt>Out by</dt>
        <dd>{step.out ?? 'nowhere'}</dd>
      </dl>
      {step.rules.length > 0 ? (
        <>
          <h3>
            Rules{' '}
            <Link view="rules" query={{ node: step.node, strategy, search: (step.service ?? '').split(':')[0] ?? '' }}>
              in the whole table
            </Link>
          </h3>
          <pre class="rules">{step.rules.join('\n')}</pre>
        </>
      ) : null}
      <PacketBytes before={step.bytes.before} after={step.bytes.after} />
    </div>
  );
}

interface Props {
  readonly answer: PathAnswer;
  /** Index of the step that is open; beyond the last it is the last. */
  readonly at: number;
  readonly onStep: (at: number) => void;
}

export function Steps({ answer, at, onStep }: Props) {
  const { result, steps, ending, advice } = answer;
  const open = Math.min(at, steps.length - 1);
  const step = steps[open];
  return (
    <section class="path" aria-label={`Path under ${result.strategy}`}>
      <h2>
        <StrategyName name={result.strategy} />
      </h2>
      <p class={isGood(answer) ? 'answer good' : 'answer bad'}>{[ending, ...advice].join('\n')}</p>
      {result.backends.length > 1 ? (
        <ul class="shares">
          {result.backends.map(({ address, port, probability, masquerade }) => (
            <li key={`${address} ${port}`}>
              <span class="mono">{port === 0 ? address : `${address}:${port}`}</span>
              <meter value={probability} max={1} />
              <span class="soft">{`${(probability * 100).toFixed(1)}%${masquerade ? ', sees the node' : ''}`}</span>
            </li>
          ))}
        </ul>
      ) : null}
      <ol class="stages">
        {steps.map((one, i) => (
          <li key={`${one.node} ${i}`}>
            <button type="button" aria-current={i === open ? 'step' : undefined} onClick={() => onStep(i)}>
              <b>{one.node}</b>
              <span class="soft">{one.reason}</span>
            </button>
          </li>
        ))}
      </ol>
      {step ? <StepBody step={step} strategy={result.strategy} /> : null}
    </section>
  );
}
