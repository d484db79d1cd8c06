// print.test.ts - issues as people read them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkObjects } from '../../src/manifest/check.js';
import { loadTexts } from '../../src/manifest/load.js';
import { issueText, report } from '../../src/manifest/print.js';

const TEXT = [
  'apiVersion: v1',
  'kind: Service',
  'metadata: {name: a}',
  'spec:',
  '  ports: [{port: 0, targetPort: 8080}]',
  '---',
  'apiVersion: v1',
  'kind: Service',
  'metadata: {name: b}',
  'spec:',
  '  ports:',
  '  - port: 80',
  '    nmae: x',
].join('\n');

function said(text: string, colour = false): string {
  const loaded = loadTexts([{ file: 'shop.yaml', text }]);
  const { sourceLine, documentAt } = loaded;
  return report([...loaded.issues, ...checkObjects(loaded.objects)], { sourceLine, documentAt, colour });
}

test('place, path, message, source line and caret, by place, and a summary', () => {
  assert.equal(
    said(TEXT),
    [
      'shop.yaml:5:18: error: spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive',
      '      ports: [{port: 0, targetPort: 8080}]',
      '                     ^',
      'shop.yaml:13:5: error: spec.ports[0].nmae: unknown field, did you mean "name"?',
      '        nmae: x',
      '        ^',
      '2 errors in 2 documents; nothing applied',
      '',
    ].join('\n'),
  );
});

test('one error is one error', () => {
  const text = said('apiVersion: v1\nkind: Namespace\nmetadata: {name: A}\n');
  assert.match(text, /\n1 error in 1 document; nothing applied\n$/);
});

test('colours only when asked for', () => {
  assert.ok(!said(TEXT).includes('\u001b'));
  assert.ok(said(TEXT, true).includes('\u001b[31merror:\u001b[0m'));
});

test('a caret far to the right is shown in its part of the line, and one behind a tab stands under its word', () => {
  const place = { file: 'f', line: 1, column: 501 };
  const issue = { type: 'Syntax', field: '', message: 'wrong', detail: 'wrong', place } as const;
  const [, line = '', caret = ''] = issueText(issue, { sourceLine: () => `${'x'.repeat(500)}HERE` }).split('\n');
  assert.equal(line.indexOf('HERE'), caret.indexOf('^'));
  const tab = issueText({ ...issue, place: { ...place, column: 2 } }, { sourceLine: () => '\tx' });
  assert.ok(tab.endsWith('\n    \tx\n    \t^'));
});

test('nothing wrong, nothing said', () => {
  assert.equal(said('apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n'), '');
});

test('an unsupported value that is nearly a supported one is answered with that', () => {
  const type = (word: string): string =>
    said(`apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {type: ${word}}`);
  assert.match(type('NodePrt'), /"LoadBalancer", "NodePort", did you mean "NodePort"\?$/m);
  assert.match(type('Something'), /"LoadBalancer", "NodePort"$/m);
});
