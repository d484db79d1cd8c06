// mutation.long.test.ts - manifests in which one field is wrong: every change of a recorded state, every third of the examples'.
import { test } from 'node:test';
import { everyExample, recordedState } from './mutated.js';

test('a recorded state with one wrong field is refused or followed by every verb, and never a crash', () =>
  recordedState());

test('every example with one wrong field, too: each change with one of the verbs', () => everyExample(3));
