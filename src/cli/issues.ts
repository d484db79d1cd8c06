// issues.ts - what is wrong with manifests, printed for a person: place, message, the source line and a caret.
import { readFileSync } from 'node:fs';
import type { Issue } from '../model/issue.js';
import { paint } from './colour.js';

type Stream = NodeJS.WritableStream & { isTTY?: boolean };

/** Lines of the files that issues point into; standard input cannot be read again and has none. */
function sourceLines(): (file: string, line: number) => string | undefined {
  const known = new Map<string, string[]>();
  return (file, line) => {
    let lines = known.get(file);
    if (!lines) {
      try {
        lines = readFileSync(file, 'utf8').split(/\r?\n/);
      } catch {
        lines = [];
      }
      known.set(file, lines);
    }
    return lines[line - 1];
  };
}

function placeText(issue: Issue): string {
  if (!issue.place) return '';
  const { file, line, column } = issue.place;
  return line > 0 ? `${file}:${line}:${column}: ` : `${file}: `;
}

/** Writes every issue and, if there are errors, a closing line that says what was not done. */
export function printIssues(issues: readonly Issue[], stream: Stream, outcome: string): void {
  const lineOf = sourceLines();
  const errors = issues.filter(({ type }) => type !== 'Warning');
  for (const issue of issues) {
    const warning = issue.type === 'Warning';
    const label = warning ? paint(stream, 'yellow', 'warning:') : paint(stream, 'red', 'error:');
    stream.write(`${placeText(issue)}${label} ${issue.message}\n`);
    const text = issue.place && issue.place.line > 0 ? lineOf(issue.place.file, issue.place.line) : undefined;
    if (text === undefined || !issue.place) continue;
    const before = text.slice(0, issue.place.column - 1).replace(/[^\t]/g, ' ');
    stream.write(`  ${text}\n  ${before}${paint(stream, 'red', '^')}\n`);
  }
  if (errors.length > 0) stream.write(`${errors.length} error${errors.length === 1 ? '' : 's'}; ${outcome}\n`);
}
