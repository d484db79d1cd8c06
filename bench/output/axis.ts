// axis.ts - chart axes: where a value is drawn, and which values get a tick.

export interface Axis {
  /** Value → pixels. */
  at(value: number): number;
  readonly ticks: readonly number[];
}

const STEPS = [1, 2, 5];

/** Logarithmic: whole decades when there are many, else 1-2-5. Values must be above zero. */
export function logAxis(values: readonly number[], from: number, to: number): Axis {
  const positive = values.filter((value) => value > 0);
  const low = Math.min(...positive);
  const high = Math.max(...positive);
  const decades = Math.log10(high / low);
  const steps = decades > 2.2 ? [1] : STEPS;
  const candidates: number[] = [];
  for (let power = Math.floor(Math.log10(low)) - 1; power <= Math.ceil(Math.log10(high)) + 1; power++) {
    for (const step of steps) candidates.push(Number(`${step}e${power}`));
  }
  const first = candidates.filter((value) => value <= low * 1.0001).at(-1) ?? low;
  const last = candidates.find((value) => value >= high * 0.9999) ?? high;
  const span = Math.log(last / first) || 1;
  return {
    at: (value) => from + (Math.log(Math.max(value, first) / first) / span) * (to - from),
    ticks: candidates.filter((value) => value >= first && value <= last),
  };
}

/** Logarithmic, with ticks exactly at the measured values. */
export function sizeAxis(values: readonly number[], from: number, to: number): Axis {
  const ticks = [...new Set(values)].sort((a, b) => a - b);
  const first = ticks[0] ?? 1;
  const span = Math.log((ticks.at(-1) ?? first) / first) || 1;
  return { at: (value) => from + (Math.log(value / first) / span) * (to - from), ticks };
}

/** Linear from zero, with about five round ticks. */
export function zeroAxis(high: number, from: number, to: number): Axis {
  const rough = (high || 1) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power;
  const count = Math.ceil((high || 1) / step);
  const last = step * count;
  return {
    at: (value) => from + (value / last) * (to - from),
    ticks: Array.from({ length: count + 1 }, (_, i) => Number((i * step).toPrecision(12))),
  };
}
