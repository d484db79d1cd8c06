// view.tsx - rules: the tables of a node as its strategy's own tool writes them, searchable, one or two side by side.
import { useMemo } from 'preact/hooks';
import type { MapRow, RulesAnswer } from '../../api/dash/shapes.js';
import { ask } from '../api.js';
import { useFlows } from '../flows/looking.js';
import { type LiveState, useLive } from '../live.js';
import { useLoading } from '../loading.js';
import { nodesOf } from '../map/filter.js';
import { usePlace } from '../place.js';
import { Choice, Head, Link, Problem, Search, StrategyName } from '../shell/controls.js';
import { type Column, VirtualTable } from '../shell/virtual.js';
import { type Hits, hitsOf } from './hits.js';
import { indexOf, objectsOf, type RuleIndex } from './objects.js';

const rowsPart = ({ rows }: LiveState) => rows;
const labPart = ({ lab }: LiveState) => lab;

interface Line {
  readonly number: number;
  readonly text: string;
  readonly objects: readonly string[];
  readonly hits: Hits | undefined;
}

/** `service/shop/web` → where it is looked at. */
function ObjectLink({ id }: { id: string }) {
  const [kind = '', ...rest] = id.split('/');
  const [first = '', second] = rest;
  const query = { kind: `${kind}s`, ...(second === undefined ? { name: first } : { in: first, name: second }) };
  return (
    <Link view="objects" query={query}>
      {rest.join('/')}
    </Link>
  );
}

const countText = (count: number | undefined): string => (count === undefined ? '' : String(count));

const COLUMNS: readonly Column<Line>[] = [
  { name: '', text: ({ number }) => String(number), number: true },
  { name: 'Connections', text: ({ hits }) => countText(hits?.connections), number: true },
  { name: 'Packets', text: ({ hits }) => countText(hits?.packets), number: true },
  { name: 'Rule', text: ({ text }) => text, shown: ({ text }) => <code>{text}</code> },
  {
    name: 'Made of',
    text: ({ objects }) => objects.join(' '),
    shown: ({ objects }) => (
      <span class="made">
        {objects.slice(0, 3).map((id) => (
          <ObjectLink key={id} id={id} />
        ))}
        {objects.length > 3 ? <span class="soft">and {objects.length - 3} more</span> : null}
      </span>
    ),
  },
];

function linesOf({ lines }: RulesAnswer, index: RuleIndex, hits: ReadonlyMap<number, Hits>, search: string): Line[] {
  const objects = objectsOf(lines, index);
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  return lines
    .map((text, i) => ({ number: i + 1, text, objects: objects[i] ?? [], hits: hits.get(i) }))
    .filter(({ text, objects: own }) => {
      const whole = `${text} ${own.join(' ')}`.toLowerCase();
      return words.every((word) => whole.includes(word));
    });
}

interface TableProps {
  readonly node: string;
  readonly strategy: string;
  readonly search: string;
  readonly rows: ReadonlyMap<string, MapRow>;
}

function Rules({ node, strategy, search, rows }: TableProps) {
  const path = `/dash/rules?${new URLSearchParams({ node, strategy })}`;
  const { value, error } = useLoading(() => ask<RulesAnswer>(path), [path, rows]);
  const index = useMemo(() => indexOf(rows.values()), [rows]);
  const { flows } = useFlows(value?.node ?? '', value === undefined);
  const hits = useMemo(() => hitsOf(value?.lines ?? [], flows), [value, flows]);
  const lines = useMemo(() => (value ? linesOf(value, index, hits, search) : []), [value, index, hits, search]);
  if (error !== undefined) return <Problem text={error} />;
  if (!value) return null;
  return (
    <section class="side" aria-label={`Rules of ${value.node} under ${value.strategy}`}>
      <p class="soft">
        {value.node}, <StrategyName name={value.strategy} />, written as {value.format}: {lines.length} of{' '}
        {value.lines.length} lines
      </p>
      <VirtualTable
        label="Rules"
        rows={lines}
        columns={COLUMNS}
        keyOf={({ number }) => String(number)}
        empty={search === '' ? 'There are none.' : 'No line has all these words.'}
      />
    </section>
  );
}

export function RulesView() {
  const { query } = usePlace();
  const rows = useLive(rowsPart);
  const lab = useLive(labPart);
  const { node = '', strategy = '', against = '', search = '' } = query;
  const strategies = lab?.strategies ?? [];
  return (
    <div class="view">
      <Head title="Rules">
        <Choice name="node" label="Node" all="the first node" choices={nodesOf(rows.values())} />
        <Choice name="strategy" label="As" all="as in force" choices={strategies} />
        <Choice name="against" label="Beside" all="nothing else" choices={strategies} />
        <Search name="search" label="Search" />
      </Head>
      <div class="split">
        <Rules node={node} strategy={strategy} search={search} rows={rows} />
        {against ? <Rules node={node} strategy={against} search={search} rows={rows} /> : null}
      </div>
    </div>
  );
}
