// rerun.test.ts - recordings in memory: run again, under another strategy, with gaps, cut off, damaged.
import assert from 'node:assert/strict';
import { appendFileSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { rerun } from '../../../src/engine/recording/rerun.js';
import { recordRun } from '../../support/recorded-run.js';
import { AS_RECORDED, testReruns } from '../../support/reruns.js';

testReruns(600, [1]);

test('another strategy parts ways at a frame that is shown with both outcomes', async (t) => {
  const { path, forget } = await recordRun({ seed: 3, strategy: 'nftables', frames: 1_500 });
  t.after(forget);
  const { first, differences } = rerun(path, { ...AS_RECORDED, strategy: 'ipvs' });
  assert.ok(first && differences > 0);
  assert.equal(first.node, 'node-1');
  assert.notDeepEqual(first.recorded, first.rerun);
  const earlier = rerun(path, { strategy: 'ipvs', until: first.frame - 1 });
  assert.deepEqual([earlier.frames, earlier.differences, earlier.first], [first.frame - 1, 0, null]);
});

test('a strategy that does the same to every packet agrees until chance decides otherwise', async (t) => {
  const { path, forget } = await recordRun({ seed: 4, strategy: 'nftables', frames: 1_000 });
  t.after(forget);
  const same = rerun(path, { ...AS_RECORDED, strategy: 'nftables' });
  assert.deepEqual([same.differences, same.first], [0, null]);
});

test('what a ring has no room for is a gap that is told, and what follows is exact again', async (t) => {
  const small = { frames: 8_000, patience: 100, ringBytes: 2 ** 20 };
  const { path, end, forget } = await recordRun({ seed: 5, strategy: 'ipvs', ...small });
  t.after(forget);
  assert.ok(end.gaps > 0 && end.missing > 0, 'the ring was filled');
  const result = rerun(path, AS_RECORDED);
  assert.deepEqual([result.differences, result.gaps, result.missing], [0, end.gaps, end.missing]);
  assert.equal(result.frames, end.frames);
});

test('a budget in bytes ends a recording, which then is exact as far as it goes', async (t) => {
  const budget = 800_000;
  const { path, end, forget } = await recordRun({ seed: 6, strategy: 'perfect', frames: 5_000, budget });
  t.after(forget);
  assert.equal(end.why, 'budget');
  assert.ok(readFileSync(path).length < budget + 1_000);
  const result = rerun(path, AS_RECORDED);
  assert.deepEqual([result.frames, result.differences], [end.frames, 0]);
});

test('a recording that was cut off is run as far as it goes; one that is damaged, or none, is refused', async (t) => {
  const { path, forget } = await recordRun({ seed: 7, strategy: 'ebpf', frames: 1_000 });
  t.after(forget);
  const whole = readFileSync(path);
  const frames = rerun(path, AS_RECORDED).frames;
  for (const bytes of [whole.length - 3, whole.length >> 1, whole.length - 5_000]) {
    writeFileSync(path, whole.subarray(0, bytes));
    const cut = rerun(path, AS_RECORDED);
    assert.deepEqual([cut.differences, cut.whole], [0, false]);
    assert.ok(cut.frames <= frames);
  }
  const fails = (text: RegExp): void => assert.throws(() => rerun(path, AS_RECORDED), text);
  for (let i = 1; i < 60; i++) {
    const bad = Buffer.from(whole);
    const at = Math.floor((whole.length * i) / 60);
    bad[at] = (bad[at] ?? 0) ^ 0x10;
    writeFileSync(path, bad);
    // Padding is not looked at.
    try {
      assert.equal(rerun(path, AS_RECORDED).differences, 0);
    } catch (error) {
      assert.match(String(error), /the recording is damaged/);
    }
  }
  truncateSync(path, 0);
  fails(/is not a recording of kubewire/);
  appendFileSync(path, 'x'.repeat(100_000));
  fails(/is not a recording of kubewire/);
  assert.throws(() => rerun(`${path}.none`, AS_RECORDED), /cannot be read/);
});
