// view.tsx - the map: filters, the canvas, and what is known of the row that is selected.
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Edge, MapRow, Sample } from '../../api/dash/shapes.js';
import { type LiveState, useLive } from '../live.js';
import { choose, goTo, usePlace } from '../place.js';
import { Choice, Head, Search } from '../shell/controls.js';
import type { Query } from '../url.js';
import { MapCanvas } from './canvas.js';
import { Details, trafficPlace } from './details.js';
import { filterRows, namespacesOf, nodesOf } from './filter.js';
import { layOut, MOST_PODS, type Slots } from './layout.js';

const rowsPart = ({ rows }: LiveState) => rows;
const edgesPart = ({ edges }: LiveState) => edges;
const samplesPart = ({ samples }: LiveState) => samples;

/** What each node lost between the last two samples: the most frequent reason, and frames a second of all. */
function losingNow(samples: readonly Sample[]): Map<string, string> {
  const [before, now] = samples.slice(-2);
  if (!before || !now) return new Map();
  const seconds = Math.max(0.001, (now.at - before.at) / 1000);
  return new Map(
    Object.entries(now.nodes).flatMap(([node, { losses }]) => {
      const grown = Object.entries(losses)
        .map(([reason, count]) => [reason, count - (before.nodes[node]?.losses[reason] ?? 0)] as const)
        .filter(([, count]) => count > 0)
        .sort(([, a], [, b]) => b - a);
      const sum = grown.reduce((total, [, count]) => total + count, 0) / seconds;
      return grown[0] ? [[node, `${grown[0][0]} ${Math.max(1, Math.round(sum))}/s`] as const] : [];
    }),
  );
}

/** Names to pick from: a longer list helps nobody. */
const MOST_OFFERS = 500;

const NARROW = matchMedia('(max-width: 46rem)');

/** Is the screen that of a phone? */
function useNarrow(): boolean {
  const [narrow, set] = useState(NARROW.matches);
  useEffect(() => {
    const listener = (): void => set(NARROW.matches);
    NARROW.addEventListener('change', listener);
    return () => NARROW.removeEventListener('change', listener);
  }, []);
  return narrow;
}

const NO_EDGES: readonly Edge[] = [];

/** The way that was traced last, as ids with commas between them. */
const wayOf = (text: string | undefined): string[] => (text ? text.split(',') : []);

function summary(rows: readonly MapRow[], pods: boolean): string {
  const count = (kind: MapRow['kind'], one: string): string => {
    const many = rows.filter((row) => row.kind === kind).length;
    return `${many} ${one}${many === 1 ? '' : 's'}`;
  };
  const parts = [count('node', 'node'), count('pod', 'pod'), count('service', 'Service')].join(', ');
  return pods ? parts : `${parts}; pods are not drawn`;
}

function MapHead({ about, query, rows }: { about: string; query: Query; rows: ReadonlyMap<string, MapRow> }) {
  return (
    <Head title="Map" about={about}>
      <Choice name="ns" label="Namespace" all="all namespaces" choices={namespacesOf(rows.values())} />
      <Choice name="node" label="Node" all="all nodes" choices={nodesOf(rows.values())} />
      <Search name="service" label="Service" />
      <Search name="select" label="Find" offers={[...rows.keys()].slice(0, MOST_OFFERS)} />
      {query.way ? (
        <button type="button" onClick={() => choose({ way: '' })}>
          Clear the way
        </button>
      ) : null}
    </Head>
  );
}

export function MapView() {
  const { query } = usePlace();
  const rows = useLive(rowsPart);
  const edges = useLive(edgesPart);
  const samples = useLive(samplesPart);
  const tall = useNarrow();
  const slots = useRef<Slots>(new Map());
  const { ns = '', service = '', node = '', select = '', pods = '', way } = query;
  const shown = useMemo(() => filterRows(rows.values(), { namespace: ns, service, node }), [rows, ns, service, node]);
  const layout = useMemo(() => {
    const [made, next] = layOut(shown, slots.current, { open: pods === 'all' || node !== '', tall });
    slots.current = next;
    return made;
  }, [shown, pods, node, tall]);
  const losing = useMemo(() => losingNow(samples), [samples]);
  const picture = useMemo(
    () => ({ layout, rows, edges: edges ?? NO_EDGES, losing, selected: select, way: wayOf(way) }),
    [layout, rows, edges, losing, select, way],
  );
  const label = summary(shown, layout.pods !== 'none');
  const hidden = layout.pods === 'none';
  return (
    <div class="view">
      <MapHead about={label} query={query} rows={rows} />
      {hidden ? (
        <p class="notice">
          More than {MOST_PODS} pods: nodes and Services are drawn alone. Choose a node, or{' '}
          <button type="button" class="link" onClick={() => choose({ pods: 'all' })}>
            draw all pods
          </button>
          .
        </p>
      ) : null}
      {edges === null ? (
        <p class="notice">Too many connections to look at each of them: traffic is drawn for nodes alone.</p>
      ) : null}
      <div class="split">
        <MapCanvas
          picture={picture}
          label={`Map of the lab: ${label}`}
          onSelect={(id) => choose({ select: id })}
          onTraffic={(edge) => goTo(...trafficPlace(edge, rows))}
        />
        {rows.get(select) ? <Details row={rows.get(select) as MapRow} rows={rows} edges={edges ?? NO_EDGES} /> : null}
      </div>
    </div>
  );
}
