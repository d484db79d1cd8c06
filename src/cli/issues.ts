// issues.ts - what is wrong with manifests, on stderr: every issue with its place, and a closing line.
import { readFileSync } from 'node:fs';
import { issueText, type PrintOptions, summary } from '../manifest/print.js';
import type { Issue, Place } from '../model/issue.js';
import { wantsColour } from './colour.js';

type Stream = NodeJS.WritableStream & { isTTY?: boolean };

/** Lines of the files that issues point into; standard input cannot be read again and has none. */
function sourceLines(): (place: Place) => string | undefined {
  const known = new Map<string, string[]>();
  return ({ file, line }) => {
    let lines = known.get(file);
    if (!lines) {
      try {
        lines = readFileSync(file, 'utf8').split('\n');
      } catch {
        lines = [];
      }
      known.set(file, lines);
    }
    return lines[line - 1];
  };
}

/** Writes every issue and, if there are errors, a closing line that says what was not done. */
export function printIssues(issues: readonly Issue[], stream: Stream, outcome: string): void {
  const options: PrintOptions = { colour: wantsColour(stream), sourceLine: sourceLines() };
  for (const issue of issues) stream.write(`${issueText(issue, options)}\n`);
  if (issues.some(({ type }) => type !== 'Warning')) stream.write(`${summary(issues, options, outcome)}\n`);
}
