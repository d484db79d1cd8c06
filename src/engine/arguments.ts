// arguments.ts - checks the arguments of an engine or a scheduler before anything happens; a Fault names the bad one.
import { Fault } from '../model/fault.js';
import type { EngineOptions, FrameIn } from './engine.js';

/** The latest time an engine can represent, in nanoseconds. */
export const LAST_NS = (1n << 64n) - 1n;
const MOST_WORD = 0xffffffff;

const shown = (value: unknown): string => (typeof value === 'bigint' ? `${value}n` : String(value));

const wrong = (what: string, wanted: string, value: unknown): Fault =>
  new Fault('USAGE', `${what} must be ${wanted}, not ${shown(value)}`);

export function wholeNumber(value: unknown, most: number, what: string): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= most) return value;
  throw wrong(what, `a whole number from 0 to ${most}`, value);
}

export function bytesOf(value: unknown, what: string): Uint8Array {
  if (value instanceof Uint8Array) return value;
  throw wrong(what, 'a Uint8Array', value);
}

export function timeOf(value: unknown): bigint {
  if (typeof value === 'bigint' && value >= 0n && value <= LAST_NS) return value;
  throw wrong('the time', 'a bigint of nanoseconds from 0 to 2^64 - 1', value);
}

/** Checks that the value is an object before its members are read. */
export function recordOf<T extends object>(value: T | undefined, what: string): T {
  if (typeof value === 'object' && value !== null) return value;
  throw wrong(what, 'an object', value);
}

export function drawsOf(value: unknown): readonly number[] {
  if (!Array.isArray(value)) throw wrong('the draws', 'a list of numbers', value);
  for (const draw of value) wholeNumber(draw, MOST_WORD, 'a draw');
  return value as number[];
}

/** Seeds are taken modulo 2^32. */
export function optionsOf(given: EngineOptions): EngineOptions {
  const options = recordOf(given, 'the options of an engine');
  if (!Number.isInteger(options.seed)) throw wrong('the seed', 'a whole number', options.seed);
  if (options.flowCapacity !== undefined) wholeNumber(options.flowCapacity, MOST_WORD, 'flowCapacity');
  return options;
}

export function frameOf(given: FrameIn): FrameIn {
  const { bytes, port, offload } = recordOf(given, 'a frame');
  bytesOf(bytes, 'the bytes of a frame');
  wholeNumber(port, MOST_WORD, 'the port of a frame');
  if (offload !== undefined) recordOf(offload, 'the offload of a frame');
  return given;
}
