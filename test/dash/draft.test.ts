// draft.test.ts - YAML that somebody edits: mistakes are shown where they are.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { placed, readDraft, yamlOf } from '../../src/dash/objects/draft.js';

const TEXT = `kind: Service
spec:
  type: Nonsense
  ports:
    - port: 80
    - port: 99999
`;

const at = (field: string): string => {
  const [{ from, to } = { from: 0, to: 0 }] = placed(TEXT, [{ field, message: 'is wrong' }]);
  return TEXT.slice(from, to);
};

test('what the server refuses is marked at its field, or at what should hold it', () => {
  assert.equal(at('spec.type'), 'Nonsense');
  assert.equal(at('spec.ports[1].port'), '99999');
  assert.equal(at('spec.ports[0].targetPort'), 'port: 80');
  assert.equal(at('metadata.name'), 'kind: Service');
  assert.equal(placed(TEXT, [{ field: 'spec.type', message: 'is wrong' }])[0]?.text, 'spec.type: is wrong');
});

test('text that is no YAML, or no object, has a mistake and no object', () => {
  const broken = readDraft('kind: [Service\nspec: 1\n');
  assert.equal(broken.object, null);
  assert.ok(broken.mistakes.length > 0);
  assert.match(readDraft('just words').mistakes[0]?.text ?? '', /no object/);
  assert.deepEqual(readDraft('a: 1').object, { a: 1 });
});

test('an object is written as kubectl writes it, without managed fields', () => {
  assert.equal(yamlOf({ metadata: { managedFields: [{}], name: 'a' } } as never), 'metadata:\n  name: a\n');
});
