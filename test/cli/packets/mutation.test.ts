// mutation.test.ts - manifests in which one field is wrong: some changes, with every verb that takes -f; the long test tries all.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { runProgram } from '../../support/program.js';
import { everyExample, fast, folder, recordedState, VERBS } from './mutated.js';

const compare = (file: string): string[][] => [['compare', 'iptables', 'nftables', '-f', file, ...fast]];

test('a recorded state with one wrong field is refused or followed by every verb, and never a crash', () =>
  recordedState(VERBS, { each: 7, first: 2 }));

test('every example with one wrong field, too: each change with one of the verbs', () => everyExample(23));

test('compare says the same of what cannot be compared', () => recordedState(compare, { each: 17, first: 0 }));

test('a process of its own ends as these do', () => {
  const file = join(folder, 'truncated.yaml');
  writeFileSync(file, 'apiVersion: v1\nkind: Service\nmetadata: {name: x}\n');
  for (const words of [...VERBS(file), ...compare(file)]) {
    const { code, err } = runProgram(words, folder);
    assert.ok(code === 1 || (words[0] === 'compare' && code === 2), words.join(' '));
    assert.match(err, /truncated\.yaml:1:1: error: spec\.ports: Required value\n/, words.join(' '));
  }
});
