// view.tsx - flows: the connections that nodes track and what they refused, live.
import { useMemo } from 'preact/hooks';
import type { FlowView } from '../../observe/flows.js';
import { type LiveState, useLive } from '../live.js';
import { nodesOf } from '../map/filter.js';
import { choose, usePlace } from '../place.js';
import { Choice, Head, Link, Problem, Search } from '../shell/controls.js';
import { type Column, VirtualTable } from '../shell/virtual.js';
import type { Query } from '../url.js';
import { useFlows } from './looking.js';
import { ageText, bytesText, tupleText } from './text.js';

const rowsPart = ({ rows }: LiveState) => rows;
const VERDICTS = ['forwarded', 'dropped', 'rejected'];

const COLUMNS: readonly Column<FlowView>[] = [
  {
    name: 'Verdict',
    text: ({ verdict, reason }) => reason ?? verdict,
    shown: ({ verdict, reason }) => <span class={verdict === 'forwarded' ? 'soft' : 'lost'}>{reason ?? verdict}</span>,
  },
  { name: 'From', text: ({ from }) => from, opens: true },
  { name: 'Service', text: ({ service }) => service ?? '' },
  { name: 'To', text: ({ to }) => to },
  { name: 'Node', text: ({ node }) => node },
  { name: 'Protocol', text: ({ protocol, state }) => `${protocol} ${state}`.trim() },
  { name: 'Packets', text: ({ packets }) => String(packets), number: true },
  { name: 'Bytes', text: ({ bytes }) => bytesText(bytes), number: true },
  { name: 'Age', text: ({ age }) => ageText(age), number: true },
  { name: 'Original', text: ({ original }) => tupleText(original.before), mono: true },
];

const keyOf = ({ node, protocol, reason, original }: FlowView): string =>
  `${node} ${protocol} ${reason ?? ''} ${tupleText(original.before)}`;

/** What passes the filters, the newest first. */
function passing(
  flows: readonly FlowView[],
  { service = '', node = '', verdict = '', search = '', strategy = '' }: Query,
): FlowView[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const passed = flows.filter((flow) => {
    if (node !== '' && flow.node !== node) return false;
    if (strategy !== '' && flow.strategy !== strategy) return false;
    if (verdict !== '' && flow.verdict !== verdict) return false;
    if (service !== '' && !(flow.service ?? '').includes(service)) return false;
    if (words.length === 0) return true;
    const text = `${COLUMNS.map((column) => column.text(flow)).join(' ')} ${flow.endpoint ?? ''} ${tupleText(flow.original.after)}`;
    return words.every((word) => text.toLowerCase().includes(word));
  });
  return passed.sort((a, b) => (a.age ?? 0) - (b.age ?? 0));
}

function Flow({ flow }: { flow: FlowView }) {
  const { original, reply, protocol } = flow;
  const { source, destination, destinationPort } = original.before;
  const to =
    destinationPort === 0 ? destination : tupleText({ ...original.before, source: '', sourcePort: 0 }).slice(3);
  const facts: (readonly [string, string])[] = [
    ['Node', `${flow.node}, ${flow.strategy}`],
    ['Request', tupleText(original.before)],
    ['becomes', tupleText(original.after)],
    ...(reply
      ? ([
          ['Answer', tupleText(reply.before)],
          ['becomes', tupleText(reply.after)],
        ] as const)
      : []),
    ['Service', flow.service ? `${flow.service}${flow.frontend ? ` by ${flow.frontend}` : ''}` : 'none'],
    ['Endpoint', flow.endpoint ?? 'none'],
    ['State', flow.state || '–'],
    ['Counted', `${flow.packets} packets, ${bytesText(flow.bytes)}`],
    ...(flow.timeout === null ? [] : ([['Forgotten in', ageText(flow.timeout)]] as const)),
  ];
  return (
    <aside class="details flow" aria-label="The chosen flow">
      <h2>{flow.reason ?? `${flow.from} to ${flow.to}`}</h2>
      <dl>
        {facts.map(([name, value], i) => (
          <>
            <dt key={`${name} ${i}`}>{name}</dt>
            <dd class="mono">{value}</dd>
          </>
        ))}
      </dl>
      {flow.rule ? <pre>{flow.rule}</pre> : null}
      <p class="ways">
        <Link
          view="path"
          query={{ from: source, to, proto: protocol === 'icmpv6' ? 'icmp' : protocol, node: flow.node }}
        >
          Its path
        </Link>
      </p>
      <button type="button" onClick={() => choose({ flow: '' })}>
        Close
      </button>
    </aside>
  );
}

export function FlowsView() {
  const { query } = usePlace();
  const rows = useLive(rowsPart);
  const paused = query.paused === 'yes';
  const { flows, error } = useFlows('', paused);
  const shown = useMemo(() => passing(flows, query), [flows, query]);
  const chosen = query.flow ? flows.find((flow) => keyOf(flow) === query.flow) : undefined;
  return (
    <div class="view">
      <Head title="Flows" about={`${shown.length} of ${flows.length}`}>
        <Choice name="node" label="Node" all="all nodes" choices={nodesOf(rows.values())} />
        <Choice name="verdict" label="Verdict" all="any verdict" choices={VERDICTS} />
        <Search name="service" label="Service" />
        <Search name="search" label="Search" />
        <button type="button" aria-pressed={paused} onClick={() => choose({ paused: paused ? '' : 'yes' })}>
          {paused ? 'Go on' : 'Pause'}
        </button>
      </Head>
      {error === undefined ? null : <Problem text={error} />}
      <div class="split">
        <VirtualTable
          label="Flows"
          rows={shown}
          columns={COLUMNS}
          keyOf={keyOf}
          chosen={query.flow ?? ''}
          empty={flows.length === 0 ? 'No connections are tracked now.' : 'No flow passes these filters.'}
          onChoose={(flow) => choose({ flow: keyOf(flow) }, true)}
        />
        {chosen ? <Flow flow={chosen} /> : null}
      </div>
    </div>
  );
}
