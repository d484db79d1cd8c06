// log.ts - pods/log: what a pod's programs have printed, from the point that was asked for, and what they print from now on.
import type { Context } from 'hono';
import { badRequest, invalid } from '../../cluster/status.js';
import type { LogLine, PodLog } from '../../lab/pods/log.js';
import { forbidden, invalid as invalidValue } from '../../manifest/validate/field-error.js';
import type { Issue } from '../../model/issue.js';
import type { Pod } from '../../model/objects.js';
import type { Target } from '../request.js';
import { containerOf, objectOf, type Parts, podForLog } from './place.js';

/** core/v1 PodLogOptions, as far as they choose lines. */
interface LogOptions {
  readonly container: string;
  readonly follow: boolean;
  readonly previous: boolean;
  readonly timestamps: boolean;
  /** Milliseconds since 1970. */
  readonly since: number;
  readonly tailLines: number;
  readonly limitBytes: number;
}

const INTEGER = /^[+-]?\d+$/;

function numberOf(c: Context, name: string): number | undefined {
  const text = c.req.query(name);
  if (text === undefined || text === '') return undefined;
  if (!INTEGER.test(text)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  return Number(text);
}

const flag = (c: Context, name: string): boolean => {
  const text = c.req.query(name);
  return text !== undefined && !['false', '0', ''].includes(text.toLowerCase());
};

function timeOf(c: Context): number | undefined {
  const text = c.req.query('sinceTime');
  if (text === undefined || text === '') return undefined;
  const time = Date.parse(text);
  if (Number.isNaN(time))
    throw badRequest(`parsing time ${JSON.stringify(text)} as "2006-01-02T15:04:05Z07:00": cannot parse`);
  return time;
}

/** Throws BadRequest for what cannot be read, Invalid for values that are not allowed. */
function optionsOf(c: Context, name: string, now: number): LogOptions {
  const [tailLines, limitBytes] = [numberOf(c, 'tailLines'), numberOf(c, 'limitBytes')];
  const [sinceSeconds, sinceTime] = [numberOf(c, 'sinceSeconds'), timeOf(c)];
  const issues: Issue[] = [];
  const atLeast = (field: string, value: number | undefined, least: number, detail: string): void => {
    if (value !== undefined && value < least) issues.push(invalidValue(field, value, detail));
  };
  atLeast('tailLines', tailLines, 0, 'must be greater than or equal to 0');
  atLeast('limitBytes', limitBytes, 1, 'must be greater than 0');
  if (sinceSeconds !== undefined && sinceTime !== undefined)
    issues.push(forbidden('', 'at most one of `sinceTime` or `sinceSeconds` may be specified'));
  else atLeast('sinceSeconds', sinceSeconds, 1, 'must be greater than 0');
  if (issues.length > 0) throw invalid('PodLogOptions', '', name, issues);
  return {
    container: c.req.query('container') ?? '',
    follow: flag(c, 'follow'),
    previous: flag(c, 'previous'),
    timestamps: flag(c, 'timestamps'),
    since: sinceTime ?? (sinceSeconds === undefined ? 0 : now - sinceSeconds * 1000),
    tailLines: tailLines ?? Number.POSITIVE_INFINITY,
    limitBytes: limitBytes ?? Number.POSITIVE_INFINITY,
  };
}

/** RFC 3339 with nine digits, as kubelets write it. */
const stamp = (time: number): Buffer => Buffer.from(`${new Date(time).toISOString().slice(0, -1)}000000Z `);

/** Reads at the client's pace. What was not read yet is in the log alone, and is lost from there when that is full. */
class LogReader {
  readonly #log: PodLog;
  readonly #options: LogOptions;
  readonly #gone = new AbortController();
  #offset = 0;
  #left: number;
  #first = true;

  constructor(log: PodLog, options: LogOptions) {
    this.#log = log;
    this.#options = options;
    this.#left = options.limitBytes;
  }

  stream(): ReadableStream<Uint8Array> {
    return new ReadableStream({
      pull: (controller) => this.#pull(controller),
      cancel: () => this.#gone.abort(),
    });
  }

  async #pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    const { follow } = this.#options;
    for (;;) {
      const ended = !follow || this.#log.closed;
      const bytes = this.#next();
      if (bytes.length > 0) controller.enqueue(bytes);
      if (ended || this.#left <= 0 || this.#gone.signal.aborted) return controller.close();
      if (bytes.length > 0) return;
      await this.#log.more(this.#end(), this.#gone.signal);
      if (this.#gone.signal.aborted) return;
    }
  }

  /** Waits for the end of an unfinished line. */
  #end = (): number => Math.max(this.#offset, this.#log.end);

  #next(): Uint8Array {
    const { since, tailLines, timestamps } = this.#options;
    let lines: readonly LogLine[] = this.#log.lines(this.#offset, !this.#options.follow);
    this.#offset = lines.at(-1)?.next ?? this.#offset;
    lines = lines.filter(({ time }) => time >= since);
    if (this.#first && tailLines < lines.length) lines = lines.slice(lines.length - tailLines);
    this.#first = false;
    const parts = lines.flatMap(({ time, bytes }) => (timestamps ? [stamp(time), bytes] : [bytes]));
    const all = Buffer.concat(parts).subarray(0, Math.min(this.#left, Number.MAX_SAFE_INTEGER));
    this.#left -= all.length;
    return all;
  }
}

export function serveLog(c: Context, parts: Parts, target: Target): Response {
  const options = optionsOf(c, target.name ?? '', parts.cluster.options.clock().getTime());
  const pod = objectOf<Pod>(parts.cluster, target);
  const container = containerOf(pod, options.container);
  if (!pod.spec.nodeName) return c.body(null, 204);
  const { log } = podForLog(parts, pod, container);
  if (options.previous)
    throw badRequest(`previous terminated container "${container}" in pod "${pod.metadata.name}" not found`);
  return c.body(new LogReader(log, options).stream(), 200, { 'content-type': 'text/plain' });
}
