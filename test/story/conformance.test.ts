// conformance.test.ts - Kubernetes' tests by name: each once, with its source and something to type.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { conformanceTests, testsNamed } from '../../src/story/conformance.js';

test('every name of Kubernetes stands once, with a link to its source, and its story is typed', () => {
  const tests = conformanceTests();
  assert.ok(tests.length >= 40, `${tests.length} names`);
  assert.deepEqual([...new Set(tests.map(({ name }) => name))].length, tests.length);
  for (const { name, link, story } of tests) {
    assert.match(name, /^\[sig-network\] /);
    assert.match(link, /^https:\/\/github\.com\/kubernetes\/kubernetes\/blob\/master\/test\/e2e\//, name);
    assert.ok(story.actions.length > 0, name);
  }
  assert.ok(tests.filter(({ name }) => name.endsWith('[Conformance]')).length >= 25);
});

test('a word chooses the tests that have it in their name, in whatever case', () => {
  assert.deepEqual(
    testsNamed(['hostport', 'NO SUCH']).map(({ story }) => story.file),
    ['examples/conformance/hostport.md'],
  );
});
