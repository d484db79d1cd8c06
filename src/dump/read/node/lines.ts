// lines.ts - the lines of a dump, one after the other, each with its place.
import type { Place } from '../../rules/ruleset.js';

export interface Line {
  readonly text: string;
  readonly place: Place;
}

/** Every line that holds anything. */
export function* linesOf(text: string, file: string, first = 1): Generator<Line> {
  let line = first;
  for (let at = 0; at < text.length; line++) {
    const end = text.indexOf('\n', at);
    const stop = end < 0 ? text.length : end;
    const content = text.slice(at, stop).trimEnd();
    if (content.trim() !== '') yield { text: content, place: { file, line, column: 1 } };
    at = stop + 1;
  }
}
