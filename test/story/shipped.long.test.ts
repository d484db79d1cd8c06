// shipped.long.test.ts - every story that is shipped passes, and fails where it should when its cause is taken out.
// Takes turns: a lab for each.
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { playStory } from '../../src/story/play.js';
import { shippedNames, shippedStory } from '../../src/story/shipped.js';
import { withoutCause } from '../../src/story/story.js';
import { labUnavailable, programUnavailable, User } from '../e2e/harness.js';
import { eventually, until } from '../support/eventually.js';

describe('the stories', { skip: labUnavailable() ?? programUnavailable('curl') ?? false, concurrency: 3 }, () => {
  test('whoever is killed while a story is played leaves no lab behind', async () => {
    const user = new User();
    const player = user.start(['scenario', 'run', 'hairpin']);
    const sockets = join(user.folder, 'kubewire');
    const [socket = ''] = await eventually(() => {
      const names = existsSync(sockets) ? readdirSync(sockets).filter((one) => one.endsWith('.sock')) : [];
      return names.length > 0 ? names : null;
    });
    player.kill('SIGKILL');
    await until(async () => (await user.run(['--name', socket.replace('.sock', ''), 'status'])).code !== 0);
    await until(() => !existsSync(join(sockets, socket)));
    await user.leave();
  });

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
