// dns.test.ts - the cluster's DNS in a lab, asked by the real dig: a Service like any other, that follows what changes.
// Takes turns: a whole lab and real clients.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { eventually } from '../support/eventually.js';
import { labUnavailable, programUnavailable, shop, User } from './harness.js';

const unavailable = labUnavailable() ?? programUnavailable('dig');

const HEADLESS =
  'apiVersion: v1\nkind: Service\nmetadata: {name: pods, namespace: shop}\nspec: {clusterIP: None, selector: {app: web}}\n';

describe('the names of a lab', { skip: unavailable ?? false }, () => {
  const user = new User();
  before(async () => {
    await user.up('-f', shop);
  });
  after(() => user.leave());

  async function dig(...words: string[]): Promise<string[]> {
    const { stdout } = await user.exec('shop/deploy/web', 'dig', '+short', '@10.96.0.10', ...words);
    const lines = stdout.trim().split('\n');
    return lines.filter((line) => line !== '' && !line.startsWith(';')).sort();
  }

  /** Asks until there are as many answers. */
  const answers = (count: number, ...words: string[]): Promise<string[]> =>
    eventually(async () => {
      const found = await dig(...words);
      return found.length === count ? found : null;
    });

  test('a name leads to the ClusterIP, over UDP and over TCP, and back', async () => {
    const addresses = await answers(1, 'web.shop.svc.cluster.local');
    assert.match(addresses[0] ?? '', /^10\.96\.\d+\.\d+$/);
    assert.deepEqual(await dig('+tcp', 'web.shop.svc.cluster.local'), addresses);
    assert.deepEqual(await dig('-x', addresses[0] ?? ''), ['web.shop.svc.cluster.local.']);
    assert.deepEqual(await dig('_http._tcp.web.shop.svc.cluster.local', 'SRV'), [
      '0 50 80 web.shop.svc.cluster.local.',
    ]);
  });

  test('a headless Service leads to the pods that are ready, however many there are', async () => {
    await user.must('apply', '-f', user.file('headless.yaml', HEADLESS));
    for (const replicas of [4, 2]) {
      await user.must('scale', '-n', 'shop', 'deploy/web', `--replicas=${replicas}`);
      await answers(replicas, 'pods.shop.svc.cluster.local');
    }
  });
});
