// scenario.test.ts - `kubewire scenario`: stories are listed and shown, and what cannot be played is wrong usage.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Shell } from '../lab.js';

test('stories are listed with their titles, for people, programs and browsers', async (t) => {
  const shell = new Shell(t);
  const { stdout } = await shell.run(['scenario', 'list']);
  assert.match(stdout, /^hairpin +Hairpin: a pod that asks its own Service/m);
  const rows = JSON.parse((await shell.run(['scenario', '-o', 'json'])).stdout);
  const cascade = rows.find(({ name }: { name: string }) => name === 'iptables-cascade');
  assert.deepEqual(cascade.strategies, ['iptables']);
  assert.match((await shell.run(['scenario', 'list', '-o', 'html'])).stdout, /<td>hairpin<\/td>/);
});

test('a story is shown as it is written, and as a page without its config', async (t) => {
  const shell = new Shell(t);
  assert.match((await shell.run(['scenario', 'show', 'hairpin'])).stdout, /^# Hairpin[\s\S]*```config\n/);
  const { stdout } = await shell.run(['scenario', 'show', 'hairpin', '-o', 'html']);
  assert.match(stdout, /<h1>Hairpin[\s\S]*mirror\.yaml[\s\S]*\$ kubewire exec me -- curl/);
  assert.doesNotMatch(stdout, /cause|<h2><\/h2>/);
});

const MISTAKES: readonly (readonly [words: readonly string[], code: number, complaint: RegExp])[] = [
  [['run', 'nobody'], 1, /there is no story "nobody"\nThey are: client-address, /],
  [['run', 'hairpin', '--strategy', 'magic'], 2, /unknown strategy "magic"/],
  [['run', 'hairpin', '--dataplane', 'magic'], 2, /unknown dataplane "magic"/],
  [['run', 'hairpin', '--strategy', 'ipvs', '--dataplane', 'kernel-nftables'], 2, /has the rules of its own mode/],
  [['play'], 2, /"play" is none of list, run, show/],
  [['show'], 2, /which one\?/],
  [['list', '-o', 'junit'], 2, /-o junit is for scenario run/],
];

test('mistakes are told before a lab is started', async (t) => {
  const shell = new Shell(t);
  for (const [words, code, complaint] of MISTAKES) {
    const result = await shell.run(['scenario', ...words]);
    assert.match(result.stderr, complaint, words.join(' '));
    assert.equal(result.code, code, words.join(' '));
  }
});

test('a story that is not about a strategy is skipped, with the reason, also for pipelines', async (t) => {
  const shell = new Shell(t);
  const words = ['scenario', 'run', 'iptables-cascade', '--strategy', 'ipvs'];
  const { code, stdout } = await shell.run(words);
  assert.equal(code, 0);
  assert.match(
    stdout,
    /^\* {2}iptables-cascade {2}ipvs .*\n {5}it is about iptables\n0 passed, 0 failed, 1 skipped\n$/,
  );
  const { rows } = JSON.parse((await shell.run([...words, '-o', 'json'])).stdout);
  assert.deepEqual(Object.keys(rows[0]).sort(), ['dataplane', 'name', 'reason', 'result', 'seconds', 'strategy']);
  const report = (await shell.run([...words, '-o', 'junit'])).stdout;
  assert.match(report, /<testsuite name="kubewire scenario" tests="1" failures="0" skipped="1">/);
  assert.match(report, /<skipped message="it is about iptables"\/>/);
});
