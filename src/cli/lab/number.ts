// number.ts - parses numbers given as flag values.
import { durationSeconds } from '../../model/duration.js';
import { usage } from '../failure.js';

/** Text of a whole number → number; anything else is wrong usage. */
export function wholeNumber(text: string, flag: string, verb: string, low: number, high: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= low && value <= high) return value;
  throw usage(`invalid value "${text}" for ${flag}, must be a whole number from ${low} to ${high}`, verb);
}

/** Seconds of `--for` as a number in text; anything but a duration is wrong usage. */
export function secondsOf(text: string | undefined, verb: string): string | undefined {
  if (text === undefined) return undefined;
  const seconds = durationSeconds(text);
  if (seconds === null || seconds <= 0) throw usage(`--for is a duration such as 8s or 2m, not "${text}"`, verb);
  return String(seconds);
}

const BYTES = /^(\d+)(?:([kKMG])(i?)B?)?$/;

/** Bytes of `64MiB`, `1G`, `4096`; anything else is wrong usage. */
export function byteCount(text: string, flag: string, verb: string): number {
  const [, number = '', unit = '', binary = ''] = BYTES.exec(text) ?? [];
  const bytes = Number(number) * (binary ? 1024 : 1000) ** ['', 'K', 'M', 'G'].indexOf(unit.toUpperCase());
  if (number !== '' && bytes > 0) return bytes;
  throw usage(`${flag} is a number of bytes such as 64MiB or 2GiB, not "${text}"`, verb);
}
