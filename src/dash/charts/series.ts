// series.ts - samples of counters → lines of a chart: what was counted a second, a line for each node or each reason.
import type { Edge, NodeSample, Sample } from '../../api/dash/shapes.js';

export interface Series {
  /** Seconds since 1970, for each point. */
  readonly at: readonly number[];
  readonly lines: readonly { readonly name: string; readonly values: readonly (number | null)[] }[];
}

/** What is drawn: a number that only grows, for each node. */
type Counter = (node: NodeSample) => number;

/** Growth a second between two samples; null where a node was not there, or began anew. */
function rate(before: number | undefined, now: number | undefined, seconds: number): number | null {
  if (before === undefined || now === undefined || now < before) return null;
  return (now - before) / seconds;
}

const pairs = (samples: readonly Sample[]): (readonly [Sample, Sample, number])[] =>
  samples.slice(1).map((now, i) => {
    const before = samples[i] as Sample;
    return [before, now, Math.max(0.001, (now.at - before.at) / 1000)] as const;
  });

const times = (samples: readonly Sample[]): number[] => samples.slice(1).map(({ at }) => at / 1000);

/** A line a node, in the order of `nodes`. */
export function nodeSeries(samples: readonly Sample[], nodes: readonly string[], counter: Counter): Series {
  const count = ({ nodes: all }: Sample, name: string): number | undefined => {
    const node = all[name];
    return node === undefined ? undefined : counter(node);
  };
  const lines = nodes.map((name) => ({
    name,
    values: pairs(samples).map(([before, now, seconds]) => rate(count(before, name), count(now, name), seconds)),
  }));
  return { at: times(samples), lines };
}

/** Milliseconds until tables were in force, on average of those of one second; null where none were brought up to date. */
export function syncSeries(samples: readonly Sample[]): Series {
  const values = pairs(samples).map(([before, now]) => {
    const count = now.syncs.count - before.syncs.count;
    return count > 0 ? ((now.syncs.seconds - before.syncs.seconds) / count) * 1000 : null;
  });
  return { at: times(samples), lines: [{ name: 'all nodes', values }] };
}

/** Packets of one second from clients to each endpoint of a Service, as far as the page has watched. */
export interface Shares {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Id of an endpoint → packets. */
  readonly packets: ReadonlyMap<string, number>;
}

/** What the edges of one second tell of a Service. */
export function sharesOf(at: number, edges: readonly Edge[], service: string): Shares {
  const packets = new Map<string, number>();
  for (const edge of edges) {
    if (edge.service === service) packets.set(edge.to, (packets.get(edge.to) ?? 0) + edge.packets);
  }
  return { at, packets };
}

/** Percent of a Service's packets that went to each of its endpoints, a line for each; null in seconds without packets. */
export function shareSeries(seconds: readonly Shares[]): Series {
  const names = [...new Set(seconds.flatMap(({ packets }) => [...packets.keys()]))].sort();
  const totals = seconds.map(({ packets }) => [...packets.values()].reduce((sum, count) => sum + count, 0));
  const lines = names.map((name) => ({
    name: name.replace(/^pod\//, ''),
    values: seconds.map(({ packets }, i) => {
      const total = totals[i] ?? 0;
      return total === 0 ? null : ((packets.get(name) ?? 0) / total) * 100;
    }),
  }));
  return { at: seconds.map(({ at }) => at / 1000), lines };
}

/** A line for each reason for which any of the nodes has lost a packet, the most frequent first. */
export function lossSeries(samples: readonly Sample[], nodes: readonly string[]): Series {
  const count = ({ nodes: all }: Sample, reason: string): number =>
    nodes.reduce((sum, name) => sum + (all[name]?.losses[reason] ?? 0), 0);
  const last = samples.at(-1);
  const reasons = [...new Set(nodes.flatMap((name) => Object.keys(last?.nodes[name]?.losses ?? {})))];
  reasons.sort((a, b) => (last ? count(last, b) - count(last, a) : 0));
  const lines = reasons.map((name) => ({
    name,
    values: pairs(samples).map(([before, now, seconds]) => rate(count(before, name), count(now, name), seconds)),
  }));
  return { at: times(samples), lines };
}
