// impair.test.ts - links that misbehave under real traffic: ping and curl see what was asked for, and the counts agree.
// Takes turns: a whole lab and real clients.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { LinkCounts } from '../../src/lab/links/links.js';
import { labUnavailable, programUnavailable, shop, User } from './harness.js';

interface Ping {
  readonly sent: number;
  readonly received: number;
  readonly leastMs: number;
}

describe('links of a lab', { skip: labUnavailable() ?? programUnavailable('ping') ?? false }, () => {
  const user = new User();
  let pod = '';

  async function ping(count: number): Promise<Ping> {
    const { stdout } = await user.exec(
      'client/outside',
      'ping',
      '-q',
      '-W',
      '1',
      '-i',
      '0.005',
      '-c',
      String(count),
      pod,
    );
    const [, sent, received] = /(\d+) packets transmitted, (\d+)/.exec(stdout) ?? [];
    const [, leastMs] = /= ([\d.]+)\//.exec(stdout) ?? [];
    return { sent: Number(sent), received: Number(received), leastMs: Number(leastMs) };
  }

  async function counts(): Promise<LinkCounts> {
    const [link] = JSON.parse(await user.must('impair', '-o', 'json')) as LinkCounts[];
    assert.ok(link);
    return link;
  }

  before(async () => {
    await user.up('-f', shop);
    pod = await user.must('get', 'pods', '-n', 'shop', '-l', 'app=web', '-o', 'jsonpath={.items[0].status.podIP}');
  });
  after(() => user.leave());

  test('a delay is added to every round trip, and taken away when the link is mended', async () => {
    await user.must('impair', 'client/outside', 'pod/shop/web', '--delay', '80ms');
    const slow = await ping(5);
    assert.deepEqual([slow.sent, slow.received], [5, 5]);
    assert.ok(slow.leastMs >= 80, `a round trip took ${slow.leastMs} ms`);
    await user.must('impair', '--clear');
    assert.ok((await ping(20)).leastMs < 80);
  });

  test('what ping misses is what the link says that it lost, and drops tell the reason', async () => {
    await user.must('impair', 'client/outside', 'pod/shop/web', '--loss', '20%', '--seed', '7');
    const { sent, received } = await ping(400);
    const { matched, lost } = await counts();
    assert.deepEqual([matched, lost], [sent, sent - received]);
    assert.ok(lost > 400 * 0.08 && lost < 400 * 0.32, `${lost} of 400 were lost`);
    assert.match(await user.must('drops', '--node', 'fabric'), /LINK_LOST/);
    await user.must('impair', '--clear');
  });

  test('a Service can be an end, and only the direction that was said misbehaves', async () => {
    await user.must('impair', 'client/outside', 'svc/web', '-n', 'shop', '--down');
    const refused = await user.exec('client/outside', 'curl', '-s', '--max-time', '1', 'http://192.168.0.240/');
    assert.notEqual(refused.code, 0);
    assert.ok((await counts()).down > 0);
    const inside = await user.exec('node/node-1', 'curl', '-s', '--max-time', '5', 'http://192.168.0.240/');
    assert.equal(inside.code, 0, 'others reach it');
    await user.must('impair', '--clear');
    assert.equal((await user.exec('client/outside', 'curl', '-s', 'http://192.168.0.240/')).code, 0);
    assert.match((await user.run(['impair'])).stderr, /No link misbehaves/);
  });

  test('what cannot be meant is refused with its place', async () => {
    const { code, stderr } = await user.run(['impair', 'any', 'any', '--loss', '200%']);
    assert.equal(code, 1);
    assert.match(stderr, /spec\.loss: Invalid value: "200%"/);
  });
});
