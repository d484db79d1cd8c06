// spec.ts - kind Link: how a link misbehaves, in the words of tc-netem(8), and what is wrong with such words.
import { LinkFlag } from '../../abi/abi.gen.js';
import { invalid, notSupported } from '../../manifest/validate/field-error.js';
import type { Issue } from '../../model/issue.js';
import { netemChance, netemRate, netemSeconds } from '../../model/netem.js';
import type { KubeObject } from '../../model/objects.js';

/** `spec` of kind Link. Everything may be left out; the units are those of tc-netem(8). */
export interface LinkSpec {
  /** `pod/NAMESPACE/NAME` (also the beginning of a name), `node/NAME`, `client/NAME`, `svc/NAMESPACE/NAME[:PORT]`, `any`. */
  readonly from?: string;
  readonly to?: string;
  readonly delay?: string;
  /** A time, and a correlation if there is a second word. */
  readonly jitter?: string;
  readonly distribution?: string;
  /** A distribution of its own, as tc's files have it: in 8192nds of the jitter. */
  readonly samples?: readonly number[];
  /** A chance, and a correlation if there is a second word; or `gemodel P [R [1-H [1-K]]]`. So with the next three. */
  readonly loss?: string;
  readonly duplicate?: string;
  readonly reorder?: string;
  readonly corrupt?: string;
  readonly rate?: string;
  /** Packets that may wait, 1000 if left out; bytes that may, any if left out. */
  readonly limit?: number;
  readonly limitBytes?: number;
  readonly mtu?: number;
  readonly down?: boolean;
  /** Of its random draws; 1 if left out. */
  readonly seed?: number;
  /** When it begins after the object was made, and how long it lasts. */
  readonly at?: string;
  readonly for?: string;
}

export const specOf = ({ spec }: KubeObject): LinkSpec => (spec ?? {}) as LinkSpec;

const GEMODEL = 'gemodel';
export const DISTRIBUTIONS: readonly string[] = ['uniform', 'normal', 'pareto'];
/** As tc's. */
const MOST_SAMPLES = 16_384;
const LARGEST_SAMPLE = 32_767;
/** tc's own. */
const LIMIT = 1000;

const TIMES = ['delay', 'at', 'for'] as const;
const CHANCES = ['duplicate', 'reorder', 'corrupt'] as const;
const NUMBERS = { limit: 1_000_000, limitBytes: 0xffffffff, mtu: 65_535, seed: 0xffffffff } as const;
const ENDS = /^(any|(pod|svc)\/[^/]+\/[^/]+|(node|client)\/[^/]+)$/;

/** 1 of it is always. */
const chance32 = (chance: number): number => Math.min(0xffffffff, Math.round(chance * 2 ** 32));

/** The chances of `gemodel`, as tc takes them; null if they are none. */
function gemodel(loss: string): { p: number; r: number; h: number; k: number } | null {
  const [word, ...texts] = loss.trim().split(/\s+/);
  const [p, r, h = 1, k = 0, ...more] = texts.map(netemChance);
  if (word !== GEMODEL || p === undefined || more.length > 0) return null;
  if (p === null || r === null || h === null || k === null) return null;
  return { p, r: r ?? 1 - p, h, k };
}

/** A value and a correlation; the latter is 0 if it is not there, null if it is none. */
function correlated(text: string): { readonly value: string; readonly correlation: number | null } {
  const [value = '', correlation = '0', ...more] = text.trim().split(/\s+/);
  return { value, correlation: more.length > 0 ? null : netemChance(correlation) };
}

function isCorrelated(text: string, isGood: (value: string) => boolean): boolean {
  const { value, correlation } = correlated(text);
  return isGood(value) && correlation !== null;
}

const isChance = (text: string): boolean => netemChance(text) !== null;

const isBurst = (loss: string): boolean => loss.startsWith(GEMODEL);

function lossIssues(loss: string): Issue[] {
  if (isBurst(loss) ? gemodel(loss) : isCorrelated(loss, isChance)) return [];
  return [
    invalid(
      'spec.loss',
      loss,
      'must be a chance such as 20%, with a correlation such as 20% 25%, or gemodel P [R [1-H [1-K]]]',
    ),
  ];
}

const areSamples = (value: unknown): boolean =>
  Array.isArray(value) &&
  value.length > 0 &&
  value.length <= MOST_SAMPLES &&
  value.every((one) => Number.isInteger(one) && one >= -LARGEST_SAMPLE - 1 && one <= LARGEST_SAMPLE);

/** What is wrong with a Link. */
export function linkIssues(object: KubeObject): Issue[] {
  const spec = specOf(object) as Readonly<Record<string, unknown>>;
  const issues: Issue[] = [];
  const text = (key: string, isGood: (value: string) => boolean, detail: string): void => {
    const value = spec[key];
    if (value !== undefined && !(typeof value === 'string' && isGood(value))) {
      issues.push(invalid(`spec.${key}`, value, detail));
    }
  };
  for (const key of ['from', 'to']) {
    text(
      key,
      (value) => ENDS.test(value),
      'must be pod/NAMESPACE/NAME, svc/NAMESPACE/NAME[:PORT], node/NAME, client/NAME or any',
    );
  }
  for (const key of TIMES)
    text(key, (value) => netemSeconds(value) !== null, 'must be a time such as 20ms, 100us or 1.5s');
  const isTime = (value: string): boolean => netemSeconds(value) !== null;
  text(
    'jitter',
    (value) => isCorrelated(value, isTime),
    'must be a time such as 5ms, with a correlation such as 5ms 25%',
  );
  for (const key of CHANCES)
    text(
      key,
      (value) => isCorrelated(value, isChance),
      'must be a chance such as 1%, with a correlation such as 1% 25%',
    );
  text('rate', (value) => (netemRate(value) ?? 0) >= 8, 'must be a rate such as 10mbit, 500kbit or 125kbps');
  if (spec.loss !== undefined) issues.push(...lossIssues(String(spec.loss)));
  if (spec.distribution !== undefined && !DISTRIBUTIONS.includes(String(spec.distribution))) {
    issues.push(notSupported('spec.distribution', String(spec.distribution), DISTRIBUTIONS));
  }
  for (const [key, most] of Object.entries(NUMBERS)) {
    const value = spec[key];
    const isGood = Number.isInteger(value) && (value as number) >= 0 && (value as number) <= most;
    if (value !== undefined && !isGood)
      issues.push(invalid(`spec.${key}`, value, `must be a whole number from 0 to ${most}`));
  }
  if (spec.samples !== undefined && !areSamples(spec.samples)) {
    issues.push(invalid('spec.samples', '…', `must be 1 to ${MOST_SAMPLES} whole numbers from -32768 to 32767`));
  }
  if (spec.down !== undefined && typeof spec.down !== 'boolean') {
    issues.push(invalid('spec.down', spec.down, 'must be true or false'));
  }
  return issues;
}

const seconds = (text: string | undefined): number => netemSeconds(text ?? '0') ?? 0;
const nanoseconds = (text: string | undefined): bigint => BigInt(Math.round(seconds(text) * 1e9));
const chanceOf = (text = '0'): number => chance32(netemChance(correlated(text).value) ?? 0);
const correlationOf = (text = '0'): number => chance32(correlated(text).correlation ?? 0);

/** Seconds after it was made at which it begins and ends. */
export function scheduleOf(spec: LinkSpec): { begin: number; end: number } {
  const begin = seconds(spec.at);
  return { begin, end: spec.for === undefined ? Number.POSITIVE_INFINITY : begin + seconds(spec.for) };
}

/** The part of a LinkRow that says what happens. */
export function effectsOf(spec: LinkSpec) {
  const { loss = '0', limit = LIMIT, limitBytes = 0, mtu = 0, seed = 1 } = spec;
  const bursts = isBurst(loss) ? gemodel(loss) : null;
  return {
    flags:
      (spec.down ? LinkFlag.DOWN : 0) |
      (bursts ? LinkFlag.BURSTS : 0) |
      (spec.distribution === 'normal' ? LinkFlag.NORMAL : 0) |
      (spec.distribution === 'pareto' ? LinkFlag.PARETO : 0),
    seed,
    loss: bursts ? chance32(bursts.p) : chanceOf(loss),
    recovery: chance32(bursts?.r ?? 0),
    badLoss: chance32(bursts?.h ?? 0),
    goodLoss: chance32(bursts?.k ?? 0),
    duplicate: chanceOf(spec.duplicate),
    reorder: chanceOf(spec.reorder),
    corrupt: chanceOf(spec.corrupt),
    ...{ mtu, limit, limitBytes },
    delayNs: nanoseconds(spec.delay),
    jitterNs: nanoseconds(correlated(spec.jitter ?? '0').value),
    lossCorrelation: bursts ? 0 : correlationOf(loss),
    duplicateCorrelation: correlationOf(spec.duplicate),
    reorderCorrelation: correlationOf(spec.reorder),
    corruptCorrelation: correlationOf(spec.corrupt),
    jitterCorrelation: correlationOf(spec.jitter),
    rate: BigInt(Math.round(netemRate(spec.rate ?? '0') ?? 0)),
  };
}
