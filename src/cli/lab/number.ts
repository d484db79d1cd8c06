// number.ts - parses numbers given as flag values.
import { usage } from '../failure.js';

/** Text of a whole number → number; anything else is wrong usage. */
export function wholeNumber(text: string, flag: string, verb: string, low: number, high: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= low && value <= high) return value;
  throw usage(`invalid value "${text}" for ${flag}, must be a whole number from ${low} to ${high}`, verb);
}
