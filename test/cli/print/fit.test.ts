// fit.test.ts - tables of `check` in narrow terminals, and names that fold.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { printRemedies, printTable, summaryText } from '../../../src/cli/print/check.js';
import { fitTable, terminalWidth, wrap } from '../../../src/cli/print/fit.js';
import type { Level, SurveyRow } from '../../../src/lab/check/survey.js';

const ROWS = [['✓', 'shop/a-service-with-a-long-name', 'reached 24/24', '9.2 ms']];
const COLUMNS = [
  { heading: '' },
  { heading: 'SERVICE', shrinks: true },
  { heading: 'RESULT' },
  { heading: 'P50', gives: 1 },
];

test('a table that is too wide loses the columns that give way, then long names are cut', () => {
  assert.equal(
    fitTable(COLUMNS, ROWS, Number.POSITIVE_INFINITY)[1],
    '✓  shop/a-service-with-a-long-name  reached 24/24  9.2 ms',
  );
  assert.equal(fitTable(COLUMNS, ROWS, 52)[1], '✓  shop/a-service-with-a-long-name  reached 24/24');
  assert.deepEqual(fitTable(COLUMNS, ROWS, 40), [
    '   SERVICE                 RESULT',
    '✓  shop/a-service-with-a…  reached 24/24',
  ]);
});

test('sentences wrap between words, each line indented', () => {
  assert.equal(wrap('one two three four', 12, '  '), '  one two\n  three four');
});

test('the width is that of the terminal, or COLUMNS, or none', () => {
  const stream = {} as NodeJS.WriteStream;
  assert.equal(terminalWidth({ ...stream, columns: 90 } as NodeJS.WriteStream, { COLUMNS: '70' }), 90);
  assert.equal(terminalWidth(stream, { COLUMNS: '70' }), 70);
  assert.equal(terminalWidth(stream, {}), Number.POSITIVE_INFINITY);
});

const row = (level: Level, node: number, over: Partial<SurveyRow> = {}): SurveyRow => ({
  source: 'client/outside',
  role: 'outside',
  frontend: {
    kind: 'NodePort',
    service: 'shop/web',
    portName: 'http',
    servicePort: 80,
    node: `node-${node}`,
    address: `192.168.0.${10 + node}`,
    port: 30080,
    protocol: 'TCP',
  },
  expected: level === 'works' ? 'reached' : 'dropped',
  why: 'no local endpoints',
  level,
  remedy: level === 'specified' ? 'no endpoint on the node' : '',
  outcome: level === 'works' ? 'reached' : 'dropped',
  requests: 2,
  answered: level === 'works' ? 2 : 0,
  shares: {},
  clients: [],
  p50: null,
  ok: level !== 'wrong',
  problem: level === 'wrong' ? 'it is wrong' : '',
  ...over,
});

const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);
const ALL: ReadonlySet<Level> = new Set(['works', 'specified', 'wrong']);

function printed(print: (stream: NodeJS.WriteStream) => void): string {
  const parts: string[] = [];
  print({ write: (part: string) => parts.push(part) } as unknown as NodeJS.WriteStream);
  return parts.join('');
}

test('the names of fifty nodes fold', () => {
  const table = (rows: SurveyRow[]): string =>
    printed((stream) => printTable(rows, { wide: false, levels: ALL, width: 200 }, stream));
  assert.match(table(numbers(50).map((node) => row('works', node))), /30080 v4 on all 50 nodes /);
  const some = numbers(50).map((node) => row(node < 10 ? 'specified' : 'works', node));
  assert.match(table(some), /on node-1,node-2 and 7 more /);
  assert.match(table(numbers(2).map((node) => row('works', node))), /on node-1,node-2 /);
});

test('only the levels that are asked for are shown, and each reason once', () => {
  const rows = [row('works', 1), row('specified', 2), row('specified', 3), row('wrong', 4)];
  const table = (levels: Level[]): string =>
    printed((stream) => printTable(rows, { wide: false, levels: new Set(levels), width: 200 }, stream));
  assert.doesNotMatch(table(['specified', 'wrong']), /✓/);
  assert.match(table(['wrong']), /✗ .*dropped .*\n {3}it is wrong\n$/);
  const remedies = printed((stream) => printRemedies(rows, 200, stream));
  assert.equal(remedies, '\n!  shop/web (dropped): no endpoint on the node.\n');
});

test('rows are counted as they are printed', () => {
  const rows = [...numbers(9).map((node) => row('works', node)), row('specified', 10), row('wrong', 11)];
  assert.match(summaryText(rows, [], 1, false), /^check failed: 1 of 3 rows wrong \(✗\); .*; 1 row refused or dropped/);
  assert.match(summaryText(rows, [], 1, true), /^check failed: 1 of 11 rows wrong/);
});
