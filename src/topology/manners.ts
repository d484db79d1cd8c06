// manners.ts - how the default application behaves where annotations of its pod make it slow, flaky or busy.
import type { ObjectMeta } from '../model/objects.js';

/** `50ms`, `1.5s`: every answer waits so long. */
export const LATENCY_ANNOTATION = 'kubewire.dev/latency';
/** `5%`, `0.05`: so many requests are answered by an error. */
export const FAILURE_RATE_ANNOTATION = 'kubewire.dev/failure-rate';
/** `20ms`: every request takes so much of a processor. `250m`: so much of one is busy all the time. */
export const CPU_ANNOTATION = 'kubewire.dev/cpu';

/** What the application is like. */
export interface Manners {
  readonly latencyMs: number;
  /** 0 to 1. */
  readonly failureRate: number;
  /** Time of a processor that a request takes, and requests wait for each other. */
  readonly workMs: number;
  /** Part of one processor that is always busy, 0 to 1. */
  readonly busy: number;
}

export const PLAIN: Manners = { latencyMs: 0, failureRate: 0, workMs: 0, busy: 0 };

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000 };
/** No client waits longer. */
const LONGEST_MS = 60_000;

/** Milliseconds; null when it is no duration up to a minute. */
export function latencyIn(text: string): number | null {
  const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?)(ms|s)$/.exec(text) ?? [];
  const ms = Number(number) * (UNITS[unit] ?? Number.NaN);
  return ms <= LONGEST_MS ? ms : null;
}

/** 0 to 1; null when it is neither a percentage nor such a number. */
export function failureRateIn(text: string): number | null {
  const [, number = '', percent = ''] = /^(\d+(?:\.\d+)?|\.\d+)(%?)$/.exec(text) ?? [];
  const rate = number === '' ? Number.NaN : Number(number) / (percent === '' ? 1 : 100);
  return rate <= 1 ? rate : null;
}

/** Null when it is neither a duration nor up to one processor. */
export function cpuIn(text: string): Pick<Manners, 'workMs' | 'busy'> | null {
  const workMs = latencyIn(text);
  if (workMs !== null) return { workMs, busy: 0 };
  const [, number = '', milli = ''] = /^(\d+(?:\.\d+)?)(m?)$/.exec(text) ?? [];
  const busy = number === '' ? Number.NaN : Number(number) / (milli === '' ? 1 : 1000);
  return busy <= 1 ? { workMs: 0, busy } : null;
}

/** What cannot be read counts as not said. */
export function mannersOf({ annotations = {} }: Pick<ObjectMeta, 'annotations'>): Manners {
  return {
    latencyMs: latencyIn(annotations[LATENCY_ANNOTATION] ?? '') ?? 0,
    failureRate: failureRateIn(annotations[FAILURE_RATE_ANNOTATION] ?? '') ?? 0,
    ...(cpuIn(annotations[CPU_ANNOTATION] ?? '') ?? { workMs: 0, busy: 0 }),
  };
}
