// view.tsx - explain: dumps of a real node's rules, pasted or opened, and what they do with a packet.
import { useMemo, useState } from 'preact/hooks';
import type { DumpText } from '../../dump/read/dump.js';
import type { Answer, AnswerStep } from '../../dump/walk/answer.js';
import { branchLine, stages, verdictLine } from '../../dump/walk/story.js';
import { useCalm } from '../calm.js';
import { choose, usePlace } from '../place.js';
import { Choice, Head, Problem, Search } from '../shell/controls.js';
import type { Query } from '../url.js';
import { answerOf, readTexts } from './asking.js';

const PROTOCOLS = ['tcp', 'udp', 'sctp', 'icmp'];
const STATES = ['new', 'established'];
const GOOD: ReadonlySet<string> = new Set(['dnat', 'accept']);
const PASTED = 'pasted';
const HINT =
  'Paste here what iptables-save, nft list ruleset, ipvsadm -Sn, ip -j addr … print on the node: any of them, in any order.';

/** What was given last stays while other views are looked at; it is in no address, for it is long. */
let kept: readonly DumpText[] = [{ file: PASTED, text: '' }];

interface DumpsProps {
  readonly texts: readonly DumpText[];
  readonly take: (texts: readonly DumpText[]) => void;
}

function Dumps({ texts, take }: DumpsProps) {
  const [pasted, ...files] = texts;
  const open = async (list: FileList | null): Promise<void> => {
    const read = [...(list ?? [])].map(async (file) => ({ file: file.name, text: await file.text() }));
    take([pasted ?? { file: PASTED, text: '' }, ...files, ...(await Promise.all(read))]);
  };
  return (
    <section class="dumps-given" aria-label="Dumps of the node">
      <textarea
        aria-label="Dumps"
        placeholder={HINT}
        spellcheck={false}
        value={pasted?.text ?? ''}
        onInput={(event) => take([{ file: PASTED, text: event.currentTarget.value }, ...files])}
      />
      <p class="doing">
        <label class="field">
          <span>Files</span>
          <input
            type="file"
            multiple
            onChange={(event) => {
              const input = event.currentTarget;
              void open(input.files).then(() => {
                input.value = '';
              });
            }}
          />
        </label>
        {files.map(({ file }, i) => (
          <button key={`${file} ${i}`} type="button" onClick={() => take(texts.filter((_, at) => at !== i + 1))}>
            {file} ×
          </button>
        ))}
      </p>
    </section>
  );
}

function Step({ step: { table, chain, rule, file, line, effect, matched } }: { step: AnswerStep }) {
  return (
    <li class={matched ? undefined : 'soft'}>
      {matched ? '' : 'not met: '}
      {[table, chain].filter(Boolean).join(' ')} {effect === '' ? null : <b>{effect}</b>}{' '}
      {file === null ? null : (
        <span class="soft">
          {file}:{line}
        </span>
      )}
      {rule === '' ? null : <pre class="rules">{rule}</pre>}
    </li>
  );
}

function Answered({ answer }: { answer: Answer }) {
  return (
    <section class="explained" aria-label="What the rules do">
      <p class={GOOD.has(answer.verdict) ? 'answer good' : 'answer bad'}>{verdictLine(answer)}</p>
      {answer.branches.length > 1 ? <pre>{answer.branches.map(branchLine).join('\n')}</pre> : null}
      {stages(answer).map(({ hook, steps }, i) => (
        <section key={`${hook} ${i}`}>
          <h2>{hook}</h2>
          <ol class="steps">
            {steps.map((step, at) => (
              <Step key={at} step={step} />
            ))}
          </ol>
        </section>
      ))}
      {answer.notes.length > 0 ? (
        <section>
          <h2>Taken for granted</h2>
          <ul>
            {answer.notes.map((note) => (
              <li key={note}>{note}</li>
            ))}
          </ul>
        </section>
      ) : null}
    </section>
  );
}

function Question({ query: { proto = 'tcp', ct = 'new', tried = '' } }: { query: Query }) {
  return (
    <>
      <Search name="from" label="From" />
      <Search name="to" label="To" />
      <Choice name="proto" label="Over" value={proto} choices={PROTOCOLS} />
      <Choice name="ct" label="Connection" value={ct} choices={STATES} />
      <Search name="local" label="The node’s addresses" />
      <label class="check">
        <input type="checkbox" checked={tried !== ''} onChange={() => choose({ tried: tried === '' ? 'yes' : '' })} />{' '}
        also what is not met
      </label>
    </>
  );
}

export function ExplainView() {
  const { query } = usePlace();
  const [texts, setTexts] = useState(kept);
  const take = (given: readonly DumpText[]): void => {
    kept = given;
    setTexts(given);
  };
  const calm = useCalm(texts);
  const node = useMemo(() => readTexts(calm), [calm]);
  const asked = useCalm(JSON.stringify(query));
  const answer = useMemo(
    () => ('value' in node ? answerOf(node.value, JSON.parse(asked) as Query) : node),
    [node, asked],
  );
  const given = texts.some(({ text }) => text.trim() !== '');
  return (
    <div class="view">
      <Head title="Explain a node’s own rules">
        <Question query={query} />
      </Head>
      <div class="sides">
        <Dumps texts={texts} take={take} />
        {!given ? (
          <p class="soft">Nothing that is given here leaves this browser.</p>
        ) : answer === null ? (
          <p class="soft">From and To are addresses: 10.244.1.7 and 10.96.0.10:53.</p>
        ) : 'problem' in answer ? (
          <Problem text={answer.problem} />
        ) : (
          <Answered answer={answer.value} />
        )}
      </div>
    </div>
  );
}
