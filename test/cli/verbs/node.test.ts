// node.test.ts - `kubewire node`: a machine switched off and on, and drained, as a user types it.
// Takes turns: a whole lab.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { labUnavailable, shop, User } from '../../e2e/harness.js';

describe('kubewire node', { skip: labUnavailable() ?? false }, () => {
  const user = new User();
  const nodes = async (): Promise<string[]> =>
    (await user.must('get', 'pods', '-n', 'shop', '-l', 'app=web', '-o', 'jsonpath={.items[*].spec.nodeName}'))
      .split(' ')
      .toSorted();
  before(() => user.up('-f', shop, '--node-grace', '5s'));
  after(() => user.leave());

  test('stop switches machines off, start on; doing it twice says so', async () => {
    assert.equal(
      await user.must('node', 'stop', 'node-2', 'node/node-3'),
      'node/node-2 stopped\nnode/node-3 stopped\n',
    );
    assert.equal(await user.must('node', 'stop', 'node-2'), 'node/node-2 is stopped already\n');
    const { code, stderr } = await user.run(['exec', 'node/node-2', '--', 'true']);
    assert.equal(code, 1);
    assert.equal(stderr, 'error: node-2 is switched off\nSee: kubewire node start node-2\n');
    assert.match(await user.must('status'), /Nodes: +3, switched off: node-2, node-3\n/);
    assert.equal(await user.must('node', 'start', 'node-2', 'node-3'), 'node/node-2 started\nnode/node-3 started\n');
    assert.equal(await user.must('node', 'start', 'node-2'), 'node/node-2 runs already\n');
    await user.must('exec', 'node/node-2', '--', 'true');
  });

  test('drain moves pods to the other nodes and keeps new ones away, uncordon lets them in again', async () => {
    const told = await user.must('node', 'drain', 'node-1');
    assert.match(told, /^node\/node-1 cordoned\n(evicting pod \S+\n)+node\/node-1 drained\n$/);
    assert.ok(!(await nodes()).includes('node-1'));
    assert.match(await user.must('get', 'node', 'node-1'), /Ready,SchedulingDisabled/);
    assert.equal(await user.must('node', 'uncordon', 'node-1'), 'node/node-1 uncordoned\n');
    assert.equal(await user.must('node', 'uncordon', 'node-1'), 'node/node-1 already uncordoned\n');
  });

  test('a name that no machine has, and an action that there is none of, change nothing', async () => {
    const unknown = await user.run(['node', 'stop', 'node-1', 'node-9']);
    assert.equal(unknown.code, 1);
    assert.match(unknown.stderr, /there is no node "node-9"/);
    const nonsense = await user.run(['node', 'halt', 'node-1']);
    assert.notEqual(nonsense.code, 0);
    assert.match(nonsense.stderr, /"halt" is none of stop, start, remove, add, drain, cordon, uncordon/);
    assert.equal((await user.run(['node', 'stop'])).stderr.split('\n')[0], 'error: which node? node stop NAME');
    assert.doesNotMatch(await user.must('status'), /switched off/);
  });
});
