// view.tsx - charts: what the dataplane has counted in the last quarter of an hour.
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { MapRow, Sample } from '../../api/dash/shapes.js';
import { type LiveState, useLive } from '../live.js';
import { usePlace } from '../place.js';
import { Choice, Head } from '../shell/controls.js';
import { oneOf } from '../url.js';
import { Chart } from './chart.js';
import { lossSeries, nodeSeries, type Shares, shareSeries, sharesOf, syncSeries } from './series.js';

const samplesPart = ({ samples }: LiveState) => samples;
const edgesPart = ({ edges }: LiveState) => edges;
const rowsPart = ({ rows }: LiveState) => rows;
/** Seconds of the longest window. */
const LONGEST = 900;
const WINDOWS: Readonly<Record<string, number>> = { '1 minute': 60, '5 minutes': 300, '15 minutes': LONGEST };
/** More nodes than this are drawn only when one of them is chosen; until then, those that carry most. */
const MOST_LINES = 6;

const UNITS = ['', 'k', 'M', 'G'];
function countText(value: number): string {
  let [rest, unit] = [value, 0];
  while (rest >= 1000 && unit < UNITS.length - 1) {
    rest /= 1000;
    unit++;
  }
  return `${rest >= 100 || Number.isInteger(rest) ? Math.round(rest) : rest.toFixed(1)}${UNITS[unit]}`;
}

function busiest(samples: readonly Sample[], node: string): string[] {
  const last = samples.at(-1)?.nodes ?? {};
  if (node !== '') return [node];
  const names = Object.keys(last);
  if (names.length <= MOST_LINES) return names;
  return names.sort((a, b) => (last[b]?.receivedFrames ?? 0) - (last[a]?.receivedFrames ?? 0)).slice(0, MOST_LINES);
}

const servicesOf = (rows: ReadonlyMap<string, MapRow>): string[] =>
  [...rows.values()].flatMap((row) => (row.kind === 'service' ? [`${row.namespace}/${row.name}`] : [])).sort();

/** Who got the packets of a Service, second by second, for as long as this view is open; as many seconds as samples. */
function useShares(service: string): readonly Shares[] {
  const edges = useLive(edgesPart);
  const [seconds, set] = useState<readonly Shares[]>([]);
  useEffect(() => set([]), [service]);
  useEffect(() => {
    if (service === '' || !edges) return;
    const now = sharesOf(Date.now(), edges, `service/${service}`);
    set((before) => [...before, now].slice(-LONGEST));
  }, [edges, service]);
  return seconds;
}

/** Shares of a Service's endpoints: of one that is chosen, for all together say nothing. */
function SharesChart({ service, window }: { service: string; window: number }) {
  const seconds = useShares(service);
  const series = useMemo(() => shareSeries(seconds), [seconds]);
  if (service === '') return null;
  return (
    <Chart title={`Percent of ${service}’s packets, by endpoint`} series={series} text={countText} window={window} />
  );
}

export function ChartsView() {
  const { query } = usePlace();
  const samples = useLive(samplesPart);
  const { node = '', service = '' } = query;
  const rows = useLive(rowsPart);
  const choice = oneOf(query.window, Object.keys(WINDOWS));
  const window = WINDOWS[choice] ?? 60;
  const names = busiest(samples, node).join('\n');
  const charts = useMemo(() => {
    const nodes = names.split('\n').filter(Boolean);
    const all = Object.keys(samples.at(-1)?.nodes ?? {});
    return [
      ['Packets received a second', nodeSeries(samples, nodes, ({ receivedFrames }) => receivedFrames)],
      ['Bits received a second', nodeSeries(samples, nodes, ({ receivedBytes }) => receivedBytes * 8)],
      ['New connections to Services a second', nodeSeries(samples, nodes, ({ begun }) => begun)],
      ['Packets dropped and rejected a second, by reason', lossSeries(samples, node === '' ? all : [node])],
      ['Milliseconds until changed tables were in force', syncSeries(samples)],
    ] as const;
  }, [samples, names, node]);
  const every = Object.keys(samples.at(-1)?.nodes ?? {});
  return (
    <div class="view">
      <Head title="Charts">
        <Choice name="node" label="Node" all="all nodes" choices={every} />
        <Choice name="service" label="Shares of" all="no Service" choices={servicesOf(rows)} />
        <Choice name="window" label="Window" value={choice} choices={Object.keys(WINDOWS)} />
      </Head>
      {samples.length > 0 && every.length === 0 ? (
        <p class="notice">The kernel carries the packets here, and counts none of this for us.</p>
      ) : null}
      <div class="charts">
        <SharesChart service={service} window={window} />
        {charts.map(([title, series]) => (
          <Chart key={title} title={title} series={series} text={countText} window={window} />
        ))}
      </div>
    </div>
  );
}
