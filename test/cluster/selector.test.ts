// selector.test.ts - label and field selectors: what they select, and that nothing else is taken for one.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fieldTermsOf, fieldText, parseFieldSelector } from '../../src/cluster/field-selector.js';
import { POD, SERVICE } from '../../src/cluster/kinds/core.js';
import { RESOURCES } from '../../src/cluster/kinds/registry.js';
import { matchesRequirements } from '../../src/cluster/selector.js';
import { parseSelector, SelectorError } from '../../src/cluster/selector-text.js';
import type { KubeObject } from '../../src/model/objects.js';

const matches = (text: string, labels: Record<string, string>): boolean =>
  matchesRequirements(parseSelector(text), labels);

const refused = (read: () => unknown): string => {
  try {
    return `accepted: ${JSON.stringify(read())}`;
  } catch (error) {
    if (error instanceof SelectorError) return error.message;
    throw error;
  }
};

test('label selectors are read as kubectl writes them', () => {
  assert.ok(matches('a=1,b!=2', { a: '1' }));
  assert.ok(!matches('a=1,b!=2', { a: '1', b: '2' }));
  assert.ok(matches('app in (x, y),!gone,app', { app: 'y' }));
  assert.ok(!matches('app notin (x,y)', { app: 'y' }));
  assert.ok(matches('a in (,b)', { a: '' }) && matches('a=', { a: '' }) && !matches('a=', { a: '1' }));
  assert.ok(matches('  x.io/a  ==  b , in ', { 'x.io/a': 'b', in: 'c' }));
  assert.ok(matches('', { a: '1' }) && matches(' \t\n', {}));
});

test('greater and less are comparisons of whole numbers, and false for what is none', () => {
  assert.ok(matches('n>3', { n: '10' }) && !matches('n>3', { n: '3' }));
  assert.ok(matches('n<1', { n: '-2' }));
  assert.ok(matches('n>9007199254740992', { n: '9007199254740993' }));
  for (const value of ['', 'web', '1e3', '0x10', '9223372036854775808']) {
    assert.ok(!matches('n>3', { n: value }) && !matches('n<3', { n: value }), value);
  }
  assert.ok(!matches('n<3', {}));
});

test('what is no label selector is refused in the words of the API server', () => {
  for (const [text, message] of [
    ['((((', "found '(', expected: !, identifier, or 'end of string'"],
    [',', "found ',', expected: !, identifier, or 'end of string'"],
    ['a=b,', "found '', expected: identifier after ','"],
    ['app=web(', "found '(', expected: ',' or 'end of string'"],
    ['!a=b', "found '=', expected: ',' or 'end of string'"],
    ['a b', "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"],
    ['a=b=c', "found '=', expected: ',' or 'end of string'"],
    ['a in (b', "unable to parse requirement: found '', expected: ',' or ')'"],
    ['a in b', "unable to parse requirement: found 'b' expected: '('"],
    ['a gt 3', "unable to parse requirement: found 'gt', expected: in, notin, =, ==, !=, gt, lt"],
  ] as const) {
    assert.equal(
      refused(() => parseSelector(text)),
      message,
    );
  }
  for (const [text, words] of [
    ['-a=1', '<nil>: Invalid value: "-a": name part must consist of'],
    ['a=-1', 'values[0][a]: Invalid value: "-1": a valid label must be'],
    ['a\u00a0=1', '<nil>: Invalid value: "a\u00a0": name part must'],
    ['a>b', "values[0]: Invalid value: \"b\": for 'Gt', 'Lt' operators, the value must be an integer"],
    ['a in ()', "values set can't be empty"],
  ] as const) {
    const message = refused(() => parseSelector(text));
    assert.ok(message.startsWith('unable to parse requirement: ') && message.includes(words), message);
  }
});

test('a text that is cut, doubled or mixed with signs never becomes a shorter selector', () => {
  // Whatever is accepted must use every character: written again, it selects the same.
  const signs = ['a', 'b', '=', '!', '(', ')', ',', '<', '>', ' in ', ' notin ', '1', '-', '"', '\u00a0', '\0'];
  for (let i = 0; i < 30_000; i++) {
    const text = Array.from({ length: 1 + (i % 7) }, (_, j) => signs[(i * 31 + j * j * 17 + (i >> j)) % 16]).join('');
    if (refused(() => parseSelector(text)).startsWith('accepted')) {
      const requirements = parseSelector(text);
      const written = text.split(/[^ab1-]+/).filter((word) => /[ab]/.test(word)).length;
      assert.ok(requirements.length > 0 || written === 0, `${JSON.stringify(text)} selects everything`);
      assert.ok(!/["\u00a0\0]/.test(text), JSON.stringify(text));
    }
  }
});

test('field selectors are read with their escapes, and what is none is refused', () => {
  assert.deepEqual(parseFieldSelector('a=b\\,c,d!=e,,f==\\\\'), [
    { path: 'a', equal: true, value: 'b,c' },
    { path: 'd', equal: false, value: 'e' },
    { path: 'f', equal: true, value: '\\' },
  ]);
  for (const [text, message] of [
    ['a', "invalid selector: 'a'; can't understand 'a'"],
    ['a=1,b', "invalid selector: 'a=1,b'; can't understand 'b'"],
    ['a=b=c', 'invalid field selector: unescaped character in value: 61'],
    ['a=\\b', 'invalid field selector: invalid escape sequence: \\b'],
    ['a=b\\', 'invalid field selector: invalid escape sequence: \\'],
  ] as const) {
    assert.equal(
      refused(() => parseFieldSelector(text)),
      message,
    );
  }
});

test('a kind is selected by the fields that Kubernetes knows for it, and by no other', () => {
  assert.equal(fieldTermsOf(POD, 'spec.nodeName=node-1,status.phase!=Failed').length, 2);
  assert.equal(
    refused(() => fieldTermsOf(SERVICE, 'spec.nodeName!=node-1')),
    'field label not supported: spec.nodeName',
  );
});

test('which field a kind is not selected by is said in the words that Kubernetes has for that kind', () => {
  const refusal = (kind: string, text: string): string => {
    const resource = RESOURCES.find((candidate) => candidate.kind === kind && candidate.view === undefined);
    assert.ok(resource, kind);
    return refused(() => fieldTermsOf(resource, text));
  };
  for (const kind of ['ConfigMap', 'Deployment', 'PersistentVolume', 'EndpointSlice']) {
    const words = '"spec.x" is not a known field selector: only "metadata.name", "metadata.namespace"';
    assert.equal(refusal(kind, 'spec.x=1'), words);
    assert.match(refusal(kind, 'metadata.name=a,metadata.namespace=b'), /^accepted/);
  }
  for (const kind of ['Node', 'Namespace', 'CertificateSigningRequest']) {
    assert.equal(refusal(kind, 'metadata.namespace=a'), 'field label not supported: metadata.namespace');
  }
  assert.equal(refusal('Job', 'spec.x=1'), 'field label "spec.x" not supported for batchv1.Job');
  assert.equal(refusal('Pod', '=1'), 'field label not supported: ');
});

test('a field is selected by the value that Kubernetes gives it, wherever it is written', () => {
  const event = { apiVersion: 'v1', kind: 'Event', metadata: { name: 'e' } };
  assert.equal(fieldText({ ...event, source: { component: 'kubelet' } } as KubeObject, 'source'), 'kubelet');
  assert.equal(fieldText({ ...event, reportingComponent: 'scheduler' } as KubeObject, 'source'), 'scheduler');
  const job = { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'j' }, status: { succeeded: 3 } };
  assert.equal(fieldText(job as KubeObject, 'status.successful'), '3');
  assert.equal(fieldText({ ...job, status: {} } as KubeObject, 'status.successful'), '0');
});
