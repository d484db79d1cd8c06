// print.ts - issues as text: place, path and message, the line of the manifest and a caret, and a summary.

import type { Issue, Place } from '../model/issue.js';
import { printable } from '../model/printable.js';
import { didYouMean } from './suggest.js';

export interface PrintOptions {
  /** Colours by escape sequences of ECMA-48. */
  readonly colour?: boolean;
  /** The line of the manifest at a place. */
  readonly sourceLine?: (place: Place) => string | undefined;
  /** Which document of its file a place is in, for the summary; without it, objects are counted. */
  readonly documentAt?: (place: Place) => number;
}

const RED = '31';
const YELLOW = '33';
const BOLD = '1';
/** Characters of a source line that are shown. */
const WIDTH = 160;

function paint(text: string, code: string, colour: boolean | undefined): string {
  return colour ? `\u001b[${code}m${text}\u001b[0m` : text;
}

/** `FILE:LINE:COL`, or `FILE` when the whole file is meant. */
export function placeText(place: Place): string {
  return place.line > 0 ? `${place.file}:${place.line}:${place.column}` : place.file;
}

/** The source line, or the part of it around the place, and a caret; tabs are kept so that the caret stands right. */
function picture(place: Place, options: PrintOptions): string[] {
  const line = place.line > 0 ? options.sourceLine?.(place)?.replace(/\r$/, '') : undefined;
  if (line === undefined) return [];
  const from = place.column <= WIDTH ? 0 : place.column - WIDTH / 2;
  const indent = printable(line.slice(from, place.column - 1)).replace(/[^\t]/g, ' ');
  return [`    ${printable(line.slice(from, from + WIDTH))}`, `    ${indent}${paint('^', RED, options.colour)}`];
}

/** For people: the message of an unsupported value names the supported ones, one of which may have been meant. */
function advice({ type, message }: Issue): string {
  const match =
    type === 'FieldValueNotSupported' && /Unsupported value: "([^"]*)": supported values: (.*)$/.exec(message);
  return match
    ? didYouMean(
        match[1] ?? '',
        [...(match[2] ?? '').matchAll(/"([^"]*)"/g)].map(([, word = '']) => word),
      )
    : '';
}

/** One issue, several lines, without a line end. */
export function issueText(issue: Issue, options: PrintOptions = {}): string {
  const warning = issue.type === 'Warning';
  const word = paint(warning ? 'warning:' : 'error:', warning ? YELLOW : RED, options.colour);
  const message = printable(`${issue.message}${advice(issue)}`);
  if (!issue.place) return `${word} ${message}`;
  const head = paint(`${printable(placeText(issue.place))}:`, BOLD, options.colour);
  return [`${head} ${word} ${message}`, ...picture(issue.place, options)].join('\n');
}

const count = (number: number, word: string): string => `${number} ${word}${number === 1 ? '' : 's'}`;

/** `3 errors in 2 documents; nothing applied`. */
export function summary(issues: readonly Issue[], options: PrintOptions = {}, consequence = 'nothing applied'): string {
  const errors = issues.filter(({ type }) => type !== 'Warning');
  const documents = new Set(
    errors.map(({ place, kind, namespace, name }) => {
      const number = place && options.documentAt?.(place);
      return number === undefined ? `${place?.file} ${kind} ${namespace} ${name}` : `${place?.file} ${number}`;
    }),
  );
  return `${count(errors.length, 'error')} in ${count(documents.size, 'document')}; ${consequence}`;
}

/** By file in the order of appearance, then by place; the same finding once. */
function arrange(issues: readonly Issue[]): Issue[] {
  const files = [...new Set(issues.map(({ place }) => place?.file))];
  const unique = [
    ...new Map(issues.map((issue) => [`${issue.place && placeText(issue.place)} ${issue.message}`, issue])),
  ];
  const rank = ({ place }: Issue): number => (place?.line ?? 0) * 1e6 + (place?.column ?? 0);
  return unique
    .map(([, issue]) => issue)
    .sort((a, b) => files.indexOf(a.place?.file) - files.indexOf(b.place?.file) || rank(a) - rank(b));
}

/** All issues and the summary, ending in a line end; empty when there are none. The same finding is said once. */
export function report(issues: readonly Issue[], options: PrintOptions = {}, consequence?: string): string {
  const arranged = arrange(issues);
  if (arranged.length === 0) return '';
  const errors = arranged.filter(({ type }) => type !== 'Warning');
  const end = errors.length > 0 ? [summary(errors, options, consequence)] : [];
  return `${[...arranged.map((issue) => issueText(issue, options)), ...end].join('\n')}\n`;
}
