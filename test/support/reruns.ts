// reruns.ts - tests that recordings of random lives are run again to the byte.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { STRATEGY_NAMES } from '../../src/compile/strategy.js';
import { rerun } from '../../src/engine/recording/rerun.js';
import { recordRun } from './recorded-run.js';

export const AS_RECORDED = { strategy: null, until: Number.POSITIVE_INFINITY } as const;

/** @param frames for each strategy */
export function testReruns(frames: number, seeds: readonly number[], echoes = 0): void {
  for (const strategy of STRATEGY_NAMES) {
    test(`a rerun of ${frames} random frames with changing tables is the same to the byte: ${strategy}`, async () => {
      for (const seed of seeds) {
        const { path, end, forget } = await recordRun({ seed, strategy, echoes, frames: frames / seeds.length });
        const { frames: run, differences, first, ...rest } = rerun(path, AS_RECORDED);
        assert.deepEqual(first, null, `seed ${seed}`);
        assert.deepEqual(
          { run, differences, ...rest },
          {
            ...{ run: end.frames, differences: 0, gaps: 0, missing: 0, whole: true, strategy: null },
          },
        );
        assert.ok(run > (frames / seeds.length) * 0.9, `${run} frames`);
        forget();
      }
    });
  }
}
