// assert.test.ts - expectations in sentences: which hold for the example shop, what speaks against the others, and reports.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { FORMS, readExpectation } from '../../../src/observe/assertions.js';
import { Shell } from '../lab.js';

const SHOP = fileURLToPath(new URL('../../../../examples/shop', import.meta.url));

const HOLD = [
  'svc/shop/database is unreachable from outside',
  'svc/shop/web is reachable from everywhere',
  'svc/shop/web is reachable from outside on its LoadBalancer',
  "client address is kept on svc/shop/api's NodePort",
  'every pod of ns shop reaches svc/shop/api',
];
const FAIL = [
  'svc/shop/web is reachable from outside on its ClusterIP',
  'client address is kept on svc/shop/web',
  'no pod of ns shop reaches svc/shop/database',
  'every pod of ns nobody reaches svc/shop/api',
];

const list = (sentences: readonly string[]): string => sentences.map((text) => `- ${JSON.stringify(text)}\n`).join('');

test('every form that help shows can be read, and nothing that resembles one', () => {
  for (const form of FORMS) assert.ok(readExpectation(form), form);
  for (const wrong of ['svc/a is reachable', 'svc/a is reachable from mars', 'pods of ns a reach svc/b', '']) {
    assert.equal(readExpectation(wrong), null, wrong);
  }
});

test('what holds is decided for all senders and frontends, and what does not names the packets', async (t) => {
  const shell = new Shell(t);
  const good = await shell.run([
    'assert',
    '-f',
    SHOP,
    shell.file('good.yaml', `checks:\n${list(HOLD).replace(/^/gm, '  ').trimEnd()}\n`),
  ]);
  assert.match(good.stdout, /all 5 checks hold\n$/);
  assert.equal(good.code, 0);
  const bad = await shell.run(['assert', '-f', SHOP, shell.file('bad.yaml', list([...FAIL, ...HOLD])), '-o', 'json']);
  assert.equal(bad.code, 1);
  const results = JSON.parse(bad.stdout) as { check: string; holds: boolean; cases: number; against: string[] }[];
  assert.deepEqual(
    results.filter(({ holds }) => !holds).map(({ check }) => check),
    FAIL,
  );
  const [clusterIp, address, pods, nobody] = results;
  assert.match(clusterIp?.against[0] ?? '', /^outside \(client\/outside\) → ClusterIP 10\.96\./);
  assert.match(address?.against[0] ?? '', /reached, address masqueraded/);
  assert.equal(pods?.against.length, pods?.cases);
  assert.match(nobody?.against[0] ?? '', /nothing was decided/);
});

test('a pipeline gets JUnit, a reader a page, and a file that cannot be read says what can', async (t) => {
  const shell = new Shell(t);
  const file = shell.file('checks.yaml', list([HOLD[0] ?? '', FAIL[1] ?? '']));
  const { stdout, code } = await shell.run(['assert', '-f', SHOP, file, '-o', 'junit']);
  assert.equal(code, 1);
  assert.match(stdout, /<testsuite name="kubewire assert" tests="2" failures="1">/);
  assert.match(stdout, /<failure message="outside \(client\/outside\) → LoadBalancer/);
  assert.match(
    (await shell.run(['assert', '-f', SHOP, file, '-o', 'html'])).stdout,
    /^<!doctype html>.*1 of 2 checks/is,
  );
  const wrong = await shell.run(['assert', '-f', SHOP, shell.file('wrong.yaml', '- the sky is blue\n')]);
  assert.equal(wrong.code, 1);
  assert.match(wrong.stderr, /check 1 cannot be read: "the sky is blue"\nA check is a sentence such as:\n {2}- svc\//);
});
