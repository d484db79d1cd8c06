// series.ts - samples of counters → lines of a chart: what was counted a second, a line for each node or each reason.
import type { NodeSample, Sample } from '../../api/dash/shapes.js';

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
