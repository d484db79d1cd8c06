// contract.test.ts - the rows of the contract are whole, and every place that a row needs is there.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { COUNTERS, STRUCTS } from '../../src/abi/layout.js';
import { REASON_SPECS, reasonSpec } from '../../src/abi/reasons.js';
import { SECTION_SPECS } from '../../src/abi/sections.js';
import { sources } from '../support/sources.js';

const textOf = (folder: string, pattern: RegExp): string =>
  sources([folder], pattern)
    .map(({ text }) => text)
    .join('\n');

/** Given by the loop around the nodes, which the twin does not have. */
const OF_THE_LOOP = [
  'DEVICE_QUEUE_FULL',
  'HOP_LIMIT_INTERNAL',
  'LINK_LOST',
  'LINK_DOWN',
  'LINK_QUEUE_FULL',
  'LINK_TOO_LONG',
];

test('numbers and names of reasons are used once, and every reason has a counter', () => {
  const numbers = REASON_SPECS.map(({ number }) => number);
  assert.deepEqual(numbers, [...new Set(numbers)], 'each number once');
  assert.equal(new Set(REASON_SPECS.map(({ name }) => name)).size, REASON_SPECS.length, 'each name once');
  assert.deepEqual(
    numbers.filter((number) => number < 1 || number >= COUNTERS.reasons),
    [],
  );
});

test('every reason says what is seen and why, and a bad one what to do', () => {
  const wrong = REASON_SPECS.flatMap(({ name, class: kind, sentence, remedy, brief }) => {
    const isBad = kind === 'drop' || kind === 'reject';
    return [
      /^[a-z][^:]*: .*[^.]$/.test(sentence) ? '' : `${name}: the sentence is not "what is seen: why"`,
      isBad === (remedy !== undefined) ? '' : `${name}: ${isBad ? 'no remedy' : 'a remedy for nothing bad'}`,
      remedy === undefined || /^[A-Z].*\.$/.test(remedy) ? '' : `${name}: the remedy is no whole sentence`,
      /^[^.]+$/.test(brief) && brief.length <= 70 ? '' : `${name}: the brief is not brief`,
      /[A-Z]+_[A-Z]+/.test(sentence) ? `${name}: the sentence has a name of the code` : '',
    ].filter((text) => text !== '');
  });
  assert.deepEqual(wrong, []);
});

test('a reject is answered, or is what stands for one that is not', () => {
  const silent = new Set(REASON_SPECS.flatMap(({ answer }) => answer?.silent ?? []));
  const wrong = REASON_SPECS.filter(
    ({ name, class: kind, answer }) => (kind === 'reject') !== (answer !== undefined || name === 'REJECTED_SILENT'),
  );
  assert.deepEqual(wrong, []);
  for (const name of silent) assert.equal(reasonSpec(name)?.answer, undefined, `${name} is an end`);
});

test('every reason is given by the dataplane and by its twin', () => {
  const silent = new Set<string>(REASON_SPECS.flatMap(({ answer }) => answer?.silent ?? []));
  const native = textOf('native', /^native\/(core|engine|io)\/.*\.(h|cc)$/);
  const twin = textOf('src/engine/reference', /\.ts$/);
  const missing = REASON_SPECS.filter(({ name }) => !silent.has(name)).flatMap(({ name }) => [
    ...(native.includes(`KW_REASON_${name}`) ? [] : [`${name}: nothing in native/ gives it`]),
    ...(OF_THE_LOOP.includes(name) || new RegExp(`Reason\\.${name}\\b`).test(twin)
      ? []
      : [`${name}: nothing in src/engine/reference/ gives it`]),
  ]);
  assert.deepEqual(missing, []);
});

test('every reason is met by a scenario, or by another test', () => {
  const tests = sources(['test'], /^(?!test\/abi\/).*\.(md|ts|cc|h)$/).map(({ text }) => text);
  const unmet = REASON_SPECS.filter(({ name }) => {
    const named = new RegExp(`\\b(KW_REASON_)?${name}\\b`);
    return !tests.some((text) => named.test(text));
  });
  assert.deepEqual(
    unmet.map(({ name }) => `${name}: no scenario and no test meets it`),
    [],
  );
});

test('every section has a row that is laid out, is checked when an image comes, and again when a patch wrote to it', () => {
  const structs = new Set(STRUCTS.map(({ name }) => name));
  const image = textOf('native/engine', /\/image\w*\.cc$/);
  const patch = textOf('native/engine', /\/patch_\w+\.cc$/);
  const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  const wrong = SECTION_SPECS.flatMap(({ name, row, rows, patch: may }) => [
    ...(structs.has(row) ? [] : [`${name}: layout.ts has no ${row}`]),
    ...(image.includes(snake(rows)) ? [] : [`${name}: no check of native/engine/image*.cc reads ${snake(rows)}`]),
    ...((may.adds || may.changes) && !patch.includes(`KW_SECTION_${name}`)
      ? [`${name}: may be patched, but no check of native/engine/patch_*.cc names KW_SECTION_${name}`]
      : []),
  ]);
  assert.deepEqual(wrong, []);
});
