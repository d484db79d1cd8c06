// place.ts - a mistake in a dump: the sentence with its file, line and column.
import { Fault } from '../../model/fault.js';
import type { Place } from '../rules/ruleset.js';

const REMEDY = 'Take the dump again, whole and unchanged, and name each file with its own --node-dump.';

/** `node.txt:17:4: what is wrong`. What is only unknown is kept as unknown instead. */
export const mistake = ({ file, line, column }: Place, message: string): Fault =>
  new Fault('USAGE', `${file}:${line}:${column}: ${message}`, REMEDY);
