// output.test.ts - rows and what is made of them: statistics, tables for machines and for people, charts, the report.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { logAxis, sizeAxis, zeroAxis } from '../../bench/output/axis.js';
import { bars, curve, made } from '../../bench/output/chart.js';
import { toHtml } from '../../bench/output/html.js';
import { straightness } from '../../bench/output/line.js';
import { count, quantity } from '../../bench/output/number.js';
import { type Results, toCsv, toJson, toMarkdown, toText } from '../../bench/output/results.js';
import { chartSvg, standaloneSvg } from '../../bench/output/svg.js';
import { duration } from '../../bench/progress.js';
import { measured, rowsOf, summarise } from '../../bench/row.js';
import type { Suite } from '../../bench/suite.js';

const MACHINE = {
  processor: 'Some "fast" <processor>',
  cores: 2,
  memoryGiB: 4,
  kernel: '6.1.0',
  node: 'v20.0.0',
  commit: 'abc1234',
  load: 0.5,
};

const sample = (strategy: string, services: number, ...values: number[]) =>
  measured(
    { dataplane: 'kubewire', strategy, services, path: 'a, "b"', metric: 'first packet', unit: 'ns' },
    ...values,
  );

const ROWS = rowsOf('lookup', [
  sample('perfect', 10, 20, 22),
  sample('perfect', 1000, 21),
  sample('perfect', 10, 18),
  sample('iptables', 10, 30),
  sample('iptables', 1000, 2500),
  measured({ dataplane: 'copy', path: 'copy loop', metric: 'TCP', unit: 'Gbit/s' }, 10),
  measured({ dataplane: 'kernel-nftables', path: 'veth', metric: 'TCP', unit: 'Gbit/s' }, 9),
]);

const SUITE: Suite = {
  name: 'lookup',
  title: 'Lookup & choice',
  about: 'Made up.',
  needsLab: false,
  rounds: { tiny: 1, quick: 1, full: 1 },
  cells: () => [],
  measure: async () => ({ measurements: [], skipped: [] }),
  findings: (rows) => [`${rows.length} rows say nothing`],
  charts: (rows) =>
    made(
      curve(
        'First packet',
        rows.filter(({ metric }) => metric === 'first packet'),
        'services',
      ),
      bars(
        'One stream',
        rows.filter(({ metric }) => metric === 'TCP'),
      ),
    ),
};

const RESULTS: Results = {
  circumstances: { machine: MACHINE, seed: 7, scale: 'quick', date: '2026-01-01T00:00:00Z' },
  suites: [{ suite: SUITE, rows: ROWS, skipped: ['no <tool>'], failed: [] }],
};

test('samples of one subject from many processes are one row with median and extremes', () => {
  assert.deepEqual(summarise([3, 1, 2]), { median: 2, min: 1, max: 3, runs: 3 });
  assert.deepEqual(summarise([1, 2, 3, 10]), { median: 2.5, min: 1, max: 10, runs: 4 });
  const row = ROWS.find(({ strategy, services }) => strategy === 'perfect' && services === 10);
  assert.deepEqual([row?.median, row?.min, row?.max, row?.runs], [20, 18, 22, 3]);
  assert.equal(ROWS.length, 6);
});

test('JSON has version, machine, seed and rows with every documented field', () => {
  const document = JSON.parse(toJson(RESULTS));
  assert.equal(document.version, 1);
  assert.equal(document.seed, 7);
  assert.deepEqual(document.machine, MACHINE);
  assert.deepEqual(document.rows, ROWS);
  const fields = ['dataplane', 'endpoints', 'flows', 'frameBytes', 'max', 'median', 'metric', 'min', 'path', 'runs'];
  const all = [...fields, 'services', 'strategy', 'suite', 'unit'].sort();
  for (const row of document.rows) assert.deepEqual(Object.keys(row).sort(), all);
});

test('CSV quotes what needs it, and nulls are empty', () => {
  const lines = toCsv(RESULTS).trim().split('\r\n');
  assert.equal(lines.length, ROWS.length + 1);
  assert.equal(
    lines[0],
    'suite,dataplane,strategy,services,endpoints,flows,frameBytes,path,metric,unit,median,min,max,runs',
  );
  assert.equal(lines[1], 'lookup,kubewire,perfect,10,,,,"a, ""b""",first packet,ns,20,18,22,3');
});

test('text and Markdown name the machine, the findings and what was not measured', () => {
  for (const text of [toText(RESULTS), toMarkdown(RESULTS)]) {
    for (const part of ['Some "fast" <processor>', 'commit abc1234', 'seed 7', '6 rows say nothing', 'no <tool>']) {
      assert.ok(text.includes(part), `${part} in ${text}`);
    }
    assert.match(text, /kernel-nftables.*0\.9/);
  }
});

test('the report is one page that loads nothing, and text in it is text', () => {
  const html = toHtml(RESULTS);
  assert.doesNotMatch(html, /https?:|<script|<link|@import|url\(/);
  assert.ok(html.includes('Some &quot;fast&quot; &lt;processor&gt;'));
  assert.ok(html.includes('Not measured here: no &lt;tool&gt;'));
  assert.equal(html.match(/<svg /g)?.length, 2);
  assert.match(html, /prefers-color-scheme: dark/);
  assert.match(html, /<h2 id="lookup">Lookup &amp; choice<\/h2>/);
});

test('charts are pictures of numbers: every line and bar is there, no coordinate is missing', () => {
  const charts = SUITE.charts(ROWS);
  assert.deepEqual(
    charts.map(({ kind }) => kind),
    ['lines', 'bars'],
  );
  for (const chart of charts) assert.doesNotMatch(chartSvg(chart), /NaN|Infinity|undefined/);
  const svg = standaloneSvg(charts);
  for (const name of ['perfect', 'iptables', 'copy', 'kernel-nftables']) assert.ok(svg.includes(`>${name}</text>`));
  assert.match(svg, /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
});

test('a chart without two sizes, or without rows, is none', () => {
  assert.equal(curve('x', ROWS.slice(0, 1), 'services'), undefined);
  assert.equal(bars('x', []), undefined);
});

test('bars of nothing but zeros are drawn', () => {
  const zero = rowsOf('swap', [measured({ dataplane: 'kubewire', path: '', metric: 'lost', unit: '%' }, 0)]);
  const chart = bars('Lost', zero);
  assert.ok(chart);
  assert.doesNotMatch(chartSvg(chart), /NaN|Infinity/);
});

test('axes have round ticks that hold every value', () => {
  assert.deepEqual(zeroAxis(23, 0, 100).ticks, [0, 5, 10, 15, 20, 25]);
  assert.deepEqual(logAxis([12, 80], 0, 100).ticks, [10, 20, 50, 100]);
  assert.deepEqual(logAxis([3, 90_000], 0, 100).ticks, [1, 10, 100, 1000, 10_000, 100_000]);
  assert.deepEqual(sizeAxis([1000, 10, 10], 0, 100).ticks, [10, 1000]);
});

test('numbers are written as people read them', () => {
  assert.equal(quantity(1530, 'ns'), '1.53 µs');
  assert.equal(quantity(2_500_000, '/s'), '2.5M/s');
  assert.equal(quantity(12.34, 'Gbit/s'), '12.3 Gbit/s');
  assert.equal(count(65_536), '65k');
  assert.equal(count(4_194_304), '4M');
  assert.equal(duration(125), '2m05s');
});

test('a line that fits is found, and the point that is farthest from it', () => {
  const exact = straightness([10, 1000, 100_000].map((x) => ({ x, y: 50 + x / 2 })));
  assert.ok(Math.abs(exact.start - 50) < 1e-6 && Math.abs(exact.slope - 0.5) < 1e-9 && exact.worst < 1e-6);
  const bent = straightness([10, 100, 1000].map((x) => ({ x, y: x * x })));
  assert.ok(bent.worst > 0.5);
});
