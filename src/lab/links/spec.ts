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
  readonly jitter?: string;
  readonly distribution?: string;
  /** A chance, or `gemodel P [R [1-H [1-K]]]`. */
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
const DISTRIBUTIONS = ['uniform', 'normal'];
/** tc's own. */
const LIMIT = 1000;

const TIMES = ['delay', 'jitter', 'at', 'for'] as const;
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

const isBurst = (loss: string): boolean => loss.startsWith(GEMODEL);

function lossIssues(loss: string): Issue[] {
  if (isBurst(loss) ? gemodel(loss) : netemChance(loss) !== null) return [];
  return [invalid('spec.loss', loss, 'must be a chance such as 20%, or gemodel P [R [1-H [1-K]]]')];
}

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
  for (const key of CHANCES) text(key, (value) => netemChance(value) !== null, 'must be a chance from 0% to 100%');
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
  if (spec.down !== undefined && typeof spec.down !== 'boolean') {
    issues.push(invalid('spec.down', spec.down, 'must be true or false'));
  }
  return issues;
}

const seconds = (text: string | undefined): number => netemSeconds(text ?? '0') ?? 0;
const nanoseconds = (text: string | undefined): bigint => BigInt(Math.round(seconds(text) * 1e9));
const chanceOf = (text: string | undefined): number => chance32(netemChance(text ?? '0') ?? 0);

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
      (spec.distribution === 'normal' ? LinkFlag.NORMAL : 0),
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
    jitterNs: nanoseconds(spec.jitter),
    rate: BigInt(Math.round(netemRate(spec.rate ?? '0') ?? 0)),
  };
}
