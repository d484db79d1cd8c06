// schedule.ts - the schedule of a CronJob: five fields, a name such as @daily, or @every with a duration.
import { Cron } from 'croner';
import type { KubeObject } from '../../../model/objects.js';
import type { Job } from '../job/job.js';

export interface CronJob extends KubeObject {
  spec: {
    schedule: string;
    timeZone?: string;
    startingDeadlineSeconds?: number;
    concurrencyPolicy?: 'Allow' | 'Forbid' | 'Replace';
    suspend?: boolean;
    successfulJobsHistoryLimit?: number;
    failedJobsHistoryLimit?: number;
    jobTemplate: { metadata?: Partial<KubeObject['metadata']>; spec: Job['spec'] };
  };
  status?: {
    active?: { uid?: string; name?: string; [key: string]: unknown }[];
    lastScheduleTime?: string;
    lastSuccessfulTime?: string;
  };
}

/** The first moment after another, in milliseconds since 1970; null = there is none. */
type Schedule = (after: number) => number | null;

const UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000 };
const EVERY = /^@every\s+((?:\d+(?:\.\d+)?[smh])+)$/;
const SECOND = 1000;

function every(duration: string): Schedule {
  const parts = [...duration.matchAll(/(\d+(?:\.\d+)?)([smh])/g)];
  const ms = parts.reduce((sum, [, number, unit = 's']) => sum + Number(number) * (UNITS[unit] ?? 0), 0);
  const step = Math.max(SECOND, Math.floor(ms / SECOND) * SECOND);
  return (after) => Math.floor(after / SECOND) * SECOND + step;
}

/** Throws an Error that says what is wrong with the schedule or the time zone. */
export function parseSchedule(text: string, timeZone = 'UTC'): Schedule {
  const duration = EVERY.exec(text.trim())?.[1];
  if (duration !== undefined) return every(duration);
  const pattern = text.trim().replace(/^@midnight$/, '@daily');
  const cron = new Cron(pattern, { timezone: timeZone, paused: true });
  return (after) => cron.nextRun(new Date(after))?.getTime() ?? null;
}

/** The latest moment of the schedule that has passed, and how many have. */
interface Missed {
  readonly latest: number | null;
  readonly count: number;
}

/** Looks at two moments and leaps, so that a year of minutes costs no more than an hour. */
export function missedSince(schedule: Schedule, earliest: number, now: number): Missed {
  const first = schedule(earliest);
  if (first === null || first > now) return { latest: null, count: 0 };
  const second = schedule(first);
  if (second === null || second > now) return { latest: first, count: 1 };
  const count = Math.floor((now - first) / (second - first)) + 1;
  // Further and further back, until something lies between: moments need not be evenly spaced.
  for (let back = 2 * (second - first); ; back *= 2) {
    let latest = now - back <= first ? first : null;
    const from = Math.max(first, now - back - SECOND);
    for (let at = schedule(from); at !== null && at <= now; at = schedule(at)) latest = at;
    if (latest !== null) return { latest, count };
  }
}
