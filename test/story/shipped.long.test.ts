// shipped.long.test.ts - every story that is shipped passes, and fails where it should when its cause is taken out.
// Takes turns: a lab for each.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { playStory } from '../../src/story/play.js';
import { shippedNames, shippedStory } from '../../src/story/shipped.js';
import { withoutCause } from '../../src/story/story.js';
import { labUnavailable, programUnavailable } from '../e2e/harness.js';

describe('the stories', { skip: labUnavailable() ?? programUnavailable('curl') ?? false, concurrency: 3 }, () => {
  for (const [i, name] of shippedNames().entries()) {
    const { story } = shippedStory(name);
    const { strategies, cause } = story.config;
    // Each story has another strategy than the one before, so that all are played.
    const strategy = strategies[i % strategies.length] ?? '';
    const setting = { strategy, dataplane: 'kubewire' };

    test(`${name} passes with ${strategy}, and fails without its cause`, async (t) => {
      const row = await playStory(name, story, setting);
      if (row.result === 'skipped') return t.skip(row.reason);
      assert.equal(row.reason, '');
      const without = await playStory(name, withoutCause(story), setting);
      assert.equal(without.result, 'failed');
      const [gist = ''] = without.reason.split('\n');
      assert.ok(gist.includes(cause?.shows ?? ''), without.reason);
    });
  }
});
