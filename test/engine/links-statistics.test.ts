// links-statistics.test.ts - twenty settings of links: shares, runs and distributions are what their words say, by fixed seeds.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LinkSpec } from '../../src/lab/links/spec.js';
import { assertNear, datagram, linkedNode } from '../support/linked-node.js';
import { HOST, POD } from '../support/memory-node.js';

const FRAMES = 3_000;
const BATCH = 50;

/** Numbers of the frames that came, in their order; and a reader of the link's cells. */
function sent(t: { after(end: () => void): void }, spec: LinkSpec, frames = FRAMES) {
  const { link, send } = linkedNode(t);
  const cell = link(spec);
  const came: number[] = [];
  for (let first = 0; first < frames; first += BATCH) came.push(...send(BATCH, 0, first));
  return { came, cell };
}

/** How often a frame is lost if the one before it was. */
function lostAfterLost(came: readonly number[]): number {
  const there = new Set(came);
  const pairs = Array.from({ length: FRAMES - 1 }, (_, i) => i + 1).filter((i) => !there.has(i - 1));
  return pairs.filter((i) => !there.has(i)).length / pairs.length;
}

for (const [loss, share] of [
  ['1%', 0.01],
  ['5%', 0.05],
  ['20%', 0.2],
  ['50%', 0.5],
  ['90%', 0.9],
] as const) {
  test(`loss ${loss} loses that share, the same frames on two links with the same seed`, (t) => {
    const [first, second, other] = [7, 7, 8].map((seed) => sent(t, { loss, seed }));
    assertNear(first?.cell('lost') ?? 0, FRAMES, share);
    assert.deepEqual(second?.came, first?.came);
    assert.notDeepEqual(other?.came, first?.came);
  });
}

test('a loss with a correlation comes in runs, one without does not, and the same seed still loses the same', (t) => {
  const plain = sent(t, { loss: '50%', seed: 3 });
  const runs = sent(t, { loss: '50% 80%', seed: 3 });
  assert.ok(Math.abs(lostAfterLost(plain.came) - 0.5) < 0.08, `${lostAfterLost(plain.came)}`);
  assert.ok(lostAfterLost(runs.came) > 0.7, `${lostAfterLost(runs.came)}`);
  assert.deepEqual(sent(t, { loss: '50% 80%', seed: 3 }).came, runs.came);
});

for (const [loss, share, after] of [
  ['gemodel 2% 20%', 0.0909, 0.8],
  ['gemodel 10% 90% 100% 0%', 0.1, 0.1],
] as const) {
  test(`loss ${loss} has its share, and bursts of its length`, (t) => {
    const { came, cell } = sent(t, { loss, seed: 5 });
    assert.ok(Math.abs((cell('lost') / FRAMES - share) / share) < 0.35, `${cell('lost')} lost`);
    assert.ok(Math.abs(lostAfterLost(came) - after) < 0.12, `${lostAfterLost(came)}`);
  });
}

for (const [duplicate, share] of [
  ['1%', 0.01],
  ['25%', 0.25],
] as const) {
  test(`duplicate ${duplicate} lets that share come twice`, (t) => {
    const { came, cell } = sent(t, { duplicate, seed: 2 });
    assertNear(cell('duplicated'), FRAMES, share);
    assert.equal(new Set(came).size, FRAMES, 'nothing is lost');
  });
}

for (const [corrupt, share] of [
  ['2%', 0.02],
  ['40%', 0.4],
] as const) {
  test(`corrupt ${corrupt} damages that share`, (t) => {
    const { came, cell } = sent(t, { corrupt, seed: 2 });
    assertNear(cell('corrupted'), FRAMES, share);
    assert.equal(came.length, FRAMES);
  });
}

for (const [reorder, share] of [
  ['25%', 0.25],
  ['75%', 0.75],
] as const) {
  test(`reorder ${reorder} lets that share overtake`, (t) => {
    const { came, cell } = sent(t, { delay: '10s', reorder, limit: FRAMES, seed: 4 });
    assertNear(cell('reordered'), FRAMES, share);
    assert.equal(came.length, cell('reordered'));
  });
}

test('duplicates and overtakers with a correlation come in runs, too', (t) => {
  const runsOf = (numbers: readonly number[]): number =>
    numbers.filter((n, i) => n !== (numbers[i - 1] ?? -2) + 1).length;
  const [plain, runs] = ['50%', '50% 80%'].map(
    (reorder) => sent(t, { delay: '10s', reorder, limit: FRAMES, seed: 4 }).came,
  );
  const length = (numbers: readonly number[] = []): number => numbers.length / runsOf(numbers);
  assert.ok(length(plain) < 2.3 && length(runs) > 3, `${length(plain)} and ${length(runs)} in a row`);
});

const DELAY_MS = 200;
const JITTER_MS = 60;
const erf = (x: number): number => {
  // Abramowitz and Stegun 7.1.26
  const s = 1 / (1 + 0.3275911 * Math.abs(x));
  const rest = s * (0.254829592 + s * (-0.284496736 + s * (1.421413741 + s * (-1.453152027 + s * 1.061405429))));
  return Math.sign(x) * (1 - rest * Math.exp(-x * x));
};
/** Share of ways that are longer than the delay by at most `x` times the jitter. */
const DISTRIBUTIONS: readonly (readonly [string, Partial<LinkSpec>, (x: number) => number])[] = [
  ['uniform', {}, (x) => Math.min(1, Math.max(0, (x + 1) / 2))],
  ['normal', { distribution: 'normal' }, (x) => (1 + erf(x / Math.SQRT2)) / 2],
  ['pareto', { distribution: 'pareto' }, (x) => Math.max(0, 1 - Math.max(1, x * Math.sqrt(0.75) + 1.5) ** -3)],
  ['of a file', { samples: [-8192, -8192, -8192, 16_384] }, (x) => (x < -1 ? 0 : x < 2 ? 0.75 : 1)],
];

for (const [name, spec, share] of DISTRIBUTIONS) {
  test(`jitter that is ${name} varies as that says`, (t) => {
    const { shard, link } = linkedNode(t);
    const frames = 1_000;
    link({ delay: `${DELAY_MS}ms`, jitter: `${JITTER_MS}ms`, limit: frames, seed: 6, ...spec });
    const start = performance.now();
    for (let i = 0; i < frames; i++) shard.put(1, HOST, datagram(i));
    for (let i = 0; i < frames / 64 + 1; i++) shard.run(0, 0);
    const begun = performance.now();
    let count = 0;
    // At every look, as many have come as the distribution says of the time that has passed: not fewer than of what passed
    // before the look, nor more than of what had passed after it.
    for (let now = begun; now - begun < DELAY_MS + 4 * JITTER_MS; now = performance.now()) {
      const least = share((performance.now() - begun - DELAY_MS) / JITTER_MS);
      shard.run(0, 0);
      count += shard.take(1, POD).length;
      const most = share((performance.now() - start - DELAY_MS) / JITTER_MS);
      assert.ok(count / frames > least - 0.06 && count / frames < most + 0.06, `${count} at ${now - begun} ms`);
      shard.run(5, 5);
    }
    assert.ok(count > frames * 0.9);
  });
}
