// rows.ts - what came of stories: a line each for people, JSON, JUnit, or a page.
import type { Row } from '../../story/play.js';
import { paint } from './colour.js';
import { junit } from './junit.js';
import { asPage, type Page, typedCommand } from './page.js';

/** Formats of `-o` for such results. */
export const ROW_FORMATS = ['text', 'json', 'junit', 'html', 'md'] as const;

const MARKS = { passed: '✓', failed: '✗', skipped: '*' } as const;
const COLOURS = { passed: 'green', failed: 'red', skipped: 'dim' } as const;

const where = ({ strategy, dataplane }: Row): string => (dataplane === 'kubewire' ? strategy : dataplane);

function summary(rows: readonly Row[]): string {
  const count = (result: Row['result']): number => rows.filter((row) => row.result === result).length;
  return `${count('passed')} passed, ${count('failed')} failed, ${count('skipped')} skipped`;
}

/** One line for a row; below it why it failed or was skipped. */
export function rowText(row: Row): string {
  const mark = paint(process.stdout, COLOURS[row.result], MARKS[row.result]);
  const why = row.reason === '' ? '' : `\n${row.reason.replace(/^/gm, '     ')}`;
  return `${mark}  ${row.name}  ${where(row)}  (${row.seconds.toFixed(1)} s)${why}\n`;
}

const pageOf = (title: string, rows: readonly Row[]): Page => ({
  title,
  answer: summary(rows),
  well: rows.every(({ result }) => result !== 'failed'),
  sections: [
    {
      title: 'Results',
      table: {
        head: ['NAME', 'STRATEGY', 'DATAPLANE', 'SECONDS', 'WHY'],
        rows: rows.map(({ name, strategy, dataplane, result, seconds, reason }) => ({
          mark: MARKS[result],
          cells: [name, strategy, dataplane, seconds.toFixed(1), reason],
        })),
      },
    },
  ],
  legend: [
    ['✓', 'what was expected was seen'],
    ['✗', 'it was not'],
    ['*', 'left out, and why'],
  ],
  again: typedCommand(),
});

/**
 * The results in a format of ROW_FORMATS; as text only their number, since each is printed when it is there.
 * @param verb the command that tried it
 */
export function rowsIn(format: string, verb: string, rows: readonly Row[]): string {
  const page = asPage(format, () => pageOf(verb, rows));
  if (page !== null) return page;
  if (format === 'json') return `${JSON.stringify({ rows }, null, 2)}\n`;
  if (format === 'text') return `${summary(rows)}\n`;
  const cases = rows.map(({ result, reason, seconds, ...row }) => ({
    name: `${row.name} (${row.strategy}, ${row.dataplane})`,
    seconds,
    failure: result === 'failed' ? reason : undefined,
    skipped: result === 'skipped' ? reason : undefined,
  }));
  return junit(`kubewire ${verb}`, cases);
}
