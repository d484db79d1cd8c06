// series.test.ts - counters that only grow become lines of what happened a second.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { NodeSample, Sample } from '../../src/api/dash/shapes.js';
import { lossSeries, nodeSeries, shareSeries, sharesOf, syncSeries } from '../../src/dash/charts/series.js';
import { ageText, bytesText, tupleText } from '../../src/dash/flows/text.js';

const node = (receivedFrames: number, losses: Record<string, number> = {}): NodeSample => ({
  ...{ receivedFrames, receivedBytes: 0, sentFrames: 0, sentBytes: 0, flows: 0, begun: 0 },
  losses,
});
const at = (seconds: number, nodes: Record<string, NodeSample>): Sample => ({
  ...{ at: seconds * 1000, nodes },
  syncs: { count: 0, seconds: 0 },
});

test('a line is growth a second, whatever time lay between two samples', () => {
  const samples = [at(10, { a: node(0) }), at(11, { a: node(50) }), at(13, { a: node(150) })];
  assert.deepEqual(
    nodeSeries(samples, ['a'], ({ receivedFrames }) => receivedFrames),
    {
      at: [11, 13],
      lines: [{ name: 'a', values: [50, 50] }],
    },
  );
});

test('a node that was not there, or began anew, has a gap and no fall', () => {
  const samples = [at(1, {}), at(2, { a: node(90) }), at(3, { a: node(5) }), at(4, { a: node(6) })];
  assert.deepEqual(nodeSeries(samples, ['a'], ({ receivedFrames }) => receivedFrames).lines[0]?.values, [
    null,
    null,
    1,
  ]);
});

test('the time of a change of tables is the average of those of a second, and a gap where there were none', () => {
  const synced = (count: number, seconds: number): Sample => ({ ...at(count, {}), syncs: { count, seconds } });
  const { lines } = syncSeries([synced(1, 0.01), synced(3, 0.03), synced(3, 0.03)]);
  assert.deepEqual(
    lines.map(({ values }) => values.map((value) => value && Math.round(value))),
    [[10, null]],
  );
});

test('shares of endpoints are of the packets of a second to one Service', () => {
  const edge = (service: string | null, to: string, packets: number) => ({
    from: 'client/a',
    service,
    to,
    packets,
    bytes: 0,
  });
  const first = sharesOf(
    1000,
    [edge('service/shop/web', 'pod/shop/a', 3), edge('service/shop/web', 'pod/shop/b', 1), edge(null, 'pod/shop/a', 9)],
    'service/shop/web',
  );
  const then = sharesOf(2000, [], 'service/shop/web');
  assert.deepEqual(shareSeries([first, then]), {
    at: [1, 2],
    lines: [
      { name: 'shop/a', values: [75, null] },
      { name: 'shop/b', values: [25, null] },
    ],
  });
});

test('losses have a line for each reason, the most frequent first', () => {
  const samples = [at(1, { a: node(0) }), at(2, { a: node(0, { TTL_EXPIRED: 1, NO_ENDPOINTS: 7 }) })];
  assert.deepEqual(lossSeries(samples, ['a']).lines, [
    { name: 'NO_ENDPOINTS', values: [7] },
    { name: 'TTL_EXPIRED', values: [1] },
  ]);
});

test('numbers of connections are written for people', () => {
  assert.deepEqual([bytesText(980), bytesText(12_345), bytesText(123_456_789)], ['980 B', '12.3 kB', '123 MB']);
  assert.deepEqual([ageText(8.9), ageText(192), ageText(7500), ageText(null)], ['8s', '3m12s', '2h5m', '']);
  const v6 = { source: 'fd00::1', sourcePort: 4, destination: 'fd00::2', destinationPort: 80 };
  assert.equal(tupleText(v6), '[fd00::1]:4 → [fd00::2]:80');
});
