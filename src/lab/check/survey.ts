// survey.ts - sends the requests of a check with bounded concurrency, and compares each row with its expectation.
import { formatEndpoint } from '../../model/address.js';
import type { Expectation, ExpectedOutcome, MetOutcome, Source } from '../../topology/expectation.js';
import type { Frontend } from '../../topology/frontends.js';
import { type ClientSockets, type RequestResult, sendRequest } from './client.js';

export interface Probe {
  readonly source: Source;
  /** The source's relation to the Service: `pod, same node` … */
  readonly role: string;
  readonly sockets: ClientSockets;
  readonly frontend: Frontend;
  readonly expectation: Expectation;
  /** Why the rules refuse or drop it, and what would change that; '' if they do not. */
  readonly remedy: string;
  /** sessionAffinity ClientIP: a client stays with one endpoint. */
  readonly affinity: boolean;
}

interface SurveyOptions {
  /** Requests per row. */
  readonly requests: number;
  /** Maximum number of concurrent requests. */
  readonly concurrency: number;
  /** How long to wait for an answer, in milliseconds. */
  readonly timeoutMs: number;
  /** How long silence must last to count as a drop, in milliseconds. */
  readonly dropMs: number;
}

export const SURVEY_DEFAULTS: SurveyOptions = { requests: 24, concurrency: 4, timeoutMs: 3000, dropMs: 700 };

/** Requests for a row that should be dropped. Keep it low: each one costs the full waiting time. */
const DROP_REQUESTS = 3;
/** With this many requests, one of several endpoints getting all of them is no accident (2 endpoints: 2⁻²³). */
const SPREAD_REQUESTS = 24;

/**
 * `works`: every request was answered, as it should be. `specified`: as Kubernetes specifies, but somebody's traffic is
 * refused or dropped. `wrong`: not as specified.
 */
export type Level = 'works' | 'specified' | 'wrong';

export interface SurveyRow {
  readonly source: string;
  readonly role: string;
  readonly frontend: Frontend;
  readonly expected: ExpectedOutcome;
  readonly why: string;
  readonly level: Level;
  /** With level `specified`: why, and what would change it. */
  readonly remedy: string;
  /** The most frequent outcome of the requests. */
  readonly outcome: MetOutcome;
  readonly requests: number;
  readonly answered: number;
  /** Pod name → number of requests that it answered. */
  readonly shares: Readonly<Record<string, number>>;
  /** Client addresses that the pods saw. */
  readonly clients: readonly string[];
  /** Median over answered requests, in milliseconds; null if there were none. */
  readonly p50: number | null;
  readonly ok: boolean;
  /** What was wrong; '' if ok. */
  readonly problem: string;
}

/** Runs at most `limit` jobs at a time, in order. */
async function runBounded<T>(jobs: readonly (() => Promise<T>)[], limit: number): Promise<T[]> {
  const results: T[] = new Array(jobs.length);
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < jobs.length) {
      const at = next++;
      const job = jobs[at];
      if (job) results[at] = await job();
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, jobs.length) }, lane));
  return results;
}

const OUTCOMES = { answered: 'reached', refused: 'refused', timeout: 'dropped', failed: 'failed' } as const;

function median(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted.length === 0 ? null : (sorted[sorted.length >> 1] ?? null);
}

function count(names: readonly string[]): Record<string, number> {
  const result: Record<string, number> = {};
  for (const name of [...names].sort()) result[name] = (result[name] ?? 0) + 1;
  return result;
}

const isRight = ({ outcome, also }: Expectation, met: SurveyRow['outcome']): boolean =>
  met === outcome || also.some((other) => other === met);

/** Why the results differ from the expectation; '' if they do not. */
function problemOf(probe: Probe, results: readonly RequestResult[]): string {
  const { expectation } = probe;
  const wrong = results.filter((result) => !isRight(expectation, OUTCOMES[result.outcome]));
  const [first] = wrong;
  if (first) {
    const detail = first.error === '' ? '' : ` (${first.error})`;
    const { outcome, why } = expectation;
    return `${wrong.length} of ${results.length} ${OUTCOMES[first.outcome]}${detail}, should be ${outcome}: ${why}`;
  }
  const answers = results.flatMap((result) => result.answer ?? []);
  const stray = answers.find(({ local }) => !expectation.backends.includes(formatEndpoint(local.address, local.port)));
  if (stray) return `answered by ${stray.namespace}/${stray.pod}, which is no endpoint for this source`;
  const seen = answers.find(({ client }) => !expectation.clients.includes(client.address));
  if (seen) return `the pod saw ${seen.client.address}, should be ${expectation.clients.join(' or ')}`;
  const used = new Set(answers.map((answer) => answer.local.address)).size;
  if (probe.affinity && used > 1) return `session affinity, but ${used} endpoints answered one client`;
  const several = expectation.backends.length - expectation.silent.length > 1;
  if (!probe.affinity && used === 1 && several && answers.length >= SPREAD_REQUESTS) {
    return `one of ${expectation.backends.length} endpoints got every request`;
  }
  return '';
}

function judge(probe: Probe, results: readonly RequestResult[]): SurveyRow {
  const answers = results.flatMap((result) => result.answer ?? []);
  const answered = results.filter((result) => result.outcome === 'answered');
  const problem = problemOf(probe, results);
  const outcomes = count(results.map((result) => OUTCOMES[result.outcome]));
  const [outcome = 'failed'] = Object.keys(outcomes).sort((a, b) => (outcomes[b] ?? 0) - (outcomes[a] ?? 0));
  const smooth = results.every((result) => result.outcome === 'answered');
  const level = problem !== '' ? 'wrong' : smooth && results.length > 0 ? 'works' : 'specified';
  return {
    source: probe.source.name,
    role: probe.role,
    frontend: probe.frontend,
    expected: probe.expectation.outcome,
    why: probe.expectation.why,
    level,
    remedy: level === 'specified' ? probe.remedy : '',
    outcome: outcome as SurveyRow['outcome'],
    requests: results.length,
    answered: answered.length,
    shares: count(answers.map((answer) => answer.pod)),
    clients: [...new Set(answers.map((answer) => answer.client.address))].sort(),
    p50: median(answered.map((result) => result.ms)),
    ok: problem === '',
    problem,
  };
}

/**
 * Sends everything. Rows that should be silent wait in parallel and do not delay the others. If answers took so long
 * that silence proves nothing, those rows are tried once more. Never rejects.
 */
export async function runSurvey(probes: readonly Probe[], options: SurveyOptions): Promise<SurveyRow[]> {
  const results = await sendAll(probes, options);
  const patient = PATIENCE * Math.max(0, ...results.flat().map(({ outcome, ms }) => (outcome === 'answered' ? ms : 0)));
  if (patient > options.dropMs) {
    const silent = [...probes.keys()].filter((i) => isQuiet(probes[i]) && results[i]?.some(isTimeout));
    const again = await sendAll(
      silent.flatMap((i) => probes[i] ?? []),
      { ...options, dropMs: Math.min(patient, options.timeoutMs) },
    );
    for (const [n, i] of silent.entries()) results[i] = again[n] ?? [];
  }
  return probes.map((probe, i) => judge(probe, results[i] ?? []));
}

/** An answer that takes this many times longer than all others would be an outlier. */
const PATIENCE = 4;

const isQuiet = (probe?: Probe): boolean =>
  probe !== undefined && (probe.expectation.outcome === 'dropped' || mayBeSilent(probe));
const isTimeout = ({ outcome }: RequestResult): boolean => outcome === 'timeout';

/** The outcome of each probe's requests. */
async function sendAll(probes: readonly Probe[], options: SurveyOptions): Promise<RequestResult[][]> {
  const results: RequestResult[][] = probes.map(() => []);
  const loud: (() => Promise<void>)[] = [];
  const silent: (() => Promise<void>)[] = [];
  for (const [i, probe] of probes.entries()) {
    const drop = isQuiet(probe);
    const times = probe.expectation.outcome === 'reached' ? options.requests : DROP_REQUESTS;
    for (let n = 0; n < times; n++) {
      const job = async (): Promise<void> => {
        const waitMs = drop ? options.dropMs : options.timeoutMs;
        const { address, port, protocol } = probe.frontend;
        if (protocol === 'SCTP' || (!drop && isSilent(results[i] ?? []))) return;
        results[i]?.push(await sendRequest(probe.sockets, { address, port, protocol }, waitMs));
      };
      (drop ? silent : loud).push(job);
    }
  }
  await Promise.all([runBounded(loud, options.concurrency), runBounded(silent, SILENT_CONCURRENCY)]);
  return results;
}

/** A row that should be answered and stays silent is wrong by now; the rest of its requests would only cost time. */
const SILENCES = 2;
const isSilent = (results: readonly RequestResult[]): boolean => results.filter(isTimeout).length >= SILENCES;

/** Concurrent requests that expect no answer: each costs one socket and one timer. */
const SILENT_CONCURRENCY = 256;

const mayBeSilent = ({ expectation }: Probe): boolean => expectation.also.includes('dropped');
