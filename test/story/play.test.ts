// play.test.ts - a story is really played: it passes, and fails with place and output when its cause is taken out.
// Takes turns: whole labs.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { playOn, playStory } from '../../src/story/play.js';
import { Stage } from '../../src/story/stage.js';
import { readStories, withoutCause } from '../../src/story/story.js';
import { labUnavailable } from '../e2e/harness.js';

const SETTING = { strategy: 'nftables', dataplane: 'kubewire' };

const [story] = readStories(
  'a.md',
  `# Shells, files and labs

\`\`\`config
{strategies: [nftables], cause: {text: 'image: web', without: 'image: other', shows: grep}}
\`\`\`

\`\`\`yaml pod.yaml
apiVersion: v1
kind: Pod
metadata: {name: web}
spec: {containers: [{name: web, image: web}]}
\`\`\`

\`\`\`console
$ COUNT=3
$ grep -c 'image: w' pod.yaml || test $COUNT = 4
1
$ kubewire apply -f pod.yaml
pod/web created
\`\`\`

\`\`\`console ipvs
$ false
\`\`\`
`,
);

describe('a story in a lab', { skip: labUnavailable() ?? false }, () => {
  test('fails without its cause, and says where and what was printed; passes with it, and types what is for its strategy', async () => {
    assert.ok(story);
    const stage = await Stage.open(SETTING, ['--nodes', '1', '--no-dns']);
    try {
      const failed = await playOn(stage, 'a', withoutCause(story));
      assert.equal(failed.result, 'failed');
      assert.match(failed.reason, /^a\.md:16: grep .*\nprinted:\n0\n\[exit 1\]\nexpected:\n1$/);
      const commands: string[] = [];
      const passed = await playOn(stage, 'a', story, ({ step }) => commands.push(step.command));
      assert.deepEqual([passed.result, passed.reason, commands.length], ['passed', '', 3]);
    } finally {
      await stage.close();
    }
  });

  test('is skipped where it is not about, and fails when its lab cannot start', async () => {
    assert.ok(story);
    const skipped = await playStory('a', story, { ...SETTING, strategy: 'ipvs' });
    assert.deepEqual([skipped.result, skipped.reason], ['skipped', 'it is about nftables']);
    const lame = { ...story, config: { ...story.config, up: ['--nodes', 'many'] } };
    const failed = await playStory('a', lame, SETTING);
    assert.match(`${failed.result}: ${failed.reason}`, /^failed: the lab did not start: error: .*--nodes/);
  });
});
