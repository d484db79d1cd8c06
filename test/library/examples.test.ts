// examples.test.ts - the examples of the library run as README says, with what they print; what is exported is a promise.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import * as library from '../../src/index.js';

const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/dist\/?$/, '');

function run(...words: string[]) {
  // Without the variable that tells a test runner below this one to report to it.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const { status, stdout, stderr } = spawnSync(process.execPath, words, { cwd: root, encoding: 'utf8', env });
  return { status, stdout, stderr };
}

test('the check for a pipeline names the address that leads nowhere, and exits with 1', () => {
  const { status, stdout, stderr } = run('examples/library/ci-check.mjs', 'examples/shop');
  assert.equal(stderr, '');
  assert.match(stdout, /^shop\/api: NodePort 192\.168\.0\.13 port 30080: NO_LOCAL_ENDPOINTS$/m);
  assert.equal(status, 1);
});

test('the property of a policy holds for every client', () => {
  const { status, stdout } = run('--test', 'examples/library/policy.test.mjs');
  assert.match(stdout, /pass 2/);
  assert.equal(status, 0);
});

test('a strategy of somebody else is compared with nftables', () => {
  const { status, stdout, stderr } = run('examples/library/own-strategy.mjs', 'examples/shop');
  assert.equal(stderr, '');
  assert.match(stdout, /^[1-9]\d* of \d+ classes of packets are treated otherwise$/m);
  assert.match(stdout, /own-node-first: 10\.244\.1\.2$/m);
  assert.equal(status, 0);
});

test('README shows every function that is exported, and nothing else is exported', () => {
  const text = readFileSync(`${root}/README.md`, 'utf8');
  const section = text.slice(text.indexOf('## As a library'));
  const missing = Object.keys(library).filter((name) => !new RegExp(`\\b${name}\\b`).test(section));
  assert.deepEqual(missing, []);
});

test('objects that no API server would take are refused with their places', async () => {
  const loaded = library.loadTexts([{ file: 'a.yaml', text: 'apiVersion: v1\nkind: Service\nmetadata: {name: a}\n' }]);
  await assert.rejects(library.createWorld(loaded), (error: Error) => {
    assert.ok(error instanceof library.InvalidObjects);
    assert.match(error.message, /a\.yaml:1:1: error: .*spec/);
    return true;
  });
});

test('plan, tables, image and engine can be had one by one', async () => {
  const world = await library.createWorld(library.loadManifests([`${root}/examples/shop`]));
  const plan = library.plan(world, 'node-1', 'iptables');
  assert.equal(plan.config.proxyMode, 'iptables');
  const tables = library.compile(world, 'node-1', 'perfect');
  const engine = await library.createEngine('reference', { seed: 1 });
  engine.load(library.encodeImage(tables), 0n);
  engine.close();
  assert.match(library.render(world, 'node-1'), /^table ip kube-proxy/m);
  assert.match(library.render(world, 'node-1', 'iptables-save'), /^\*nat/m);
  assert.throws(() => library.render(world, 'node-1', 'pf'), /unknown format "pf"/);
  assert.throws(() => library.plan(world, 'node-9'), /there is no node "node-9"/);
});
