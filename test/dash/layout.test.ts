// layout.test.ts - the map: nothing overlaps, nobody moves because of somebody else, and what is too much is left away.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MapRow } from '../../src/api/dash/shapes.js';
import { filterRows } from '../../src/dash/map/filter.js';
import { type Box, boxAt, type Layout, layOut } from '../../src/dash/map/layout.js';

const node = (name: string): MapRow => ({
  kind: 'node',
  id: `node/${name}`,
  name,
  addresses: [],
  ready: true,
  strategy: '',
});
const pod = (name: string, on: string, namespace = 'shop'): MapRow => ({
  kind: 'pod',
  id: `pod/${namespace}/${name}`,
  namespace,
  name,
  node: on,
  addresses: [],
  phase: 'Running',
  ready: true,
});
const service = (name: string, endpoints: string[] = [], namespace = 'shop'): MapRow => ({
  kind: 'service',
  id: `service/${namespace}/${name}`,
  namespace,
  name,
  type: 'ClusterIP',
  addresses: [],
  ports: [],
  balanced: [],
  endpoints,
  ready: endpoints.length,
});

const NOBODY = new Map<string, number>();
const many = (count: number): MapRow[] => [
  ...['node-1', 'node-2', 'node-10'].map(node),
  ...Array.from({ length: count }, (_, i) => pod(`p-${i}`, ['node-1', 'node-2', 'node-10'][i % 3] ?? '')),
  ...Array.from({ length: 12 }, (_, i) => service(`s-${i}`)),
];

const overlap = (a: Box, b: Box): boolean =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

/** Pairs that lie on each other; a pod lies on its node. */
function overlaps({ boxes }: Layout): string[] {
  const all = [...boxes.values()];
  return all.flatMap((a, i) =>
    all
      .slice(i + 1)
      .filter((b) => a.id.split('/')[0] === b.id.split('/')[0] && overlap(a, b))
      .map((b) => `${a.id} and ${b.id}`),
  );
}

test('boxes of one kind never lie on each other, and pods lie on their node', () => {
  for (const count of [0, 1, 30, 36, 37, 299]) {
    const rows = many(count);
    const [layout] = layOut(rows, NOBODY);
    assert.deepEqual(overlaps(layout), [], `${count} pods`);
    const [tall] = layOut(rows, NOBODY, { tall: true });
    assert.deepEqual(overlaps(tall), [], `${count} pods, tall`);
    assert.ok(tall.height > layout.height && tall.width < layout.width);
    for (const row of rows) {
      if (row.kind !== 'pod') continue;
      const [own, home] = [layout.boxes.get(row.id) as Box, layout.boxes.get(`node/${row.node}`) as Box];
      assert.ok(own.x >= home.x && own.y >= home.y, row.id);
      assert.ok(own.x + own.width <= home.x + home.width && own.y + own.height <= home.y + home.height, row.id);
    }
  }
});

test('the same rows are laid out the same way, in whatever order they come', () => {
  const rows = many(20);
  assert.deepEqual(layOut(rows, NOBODY)[0], layOut([...rows].reverse(), NOBODY)[0]);
});

test('a pod that goes leaves its place to the next newcomer, and nobody else moves', () => {
  const rows = many(30);
  const [before, slots] = layOut(rows, NOBODY);
  const without = rows.filter(({ id }) => id !== 'pod/shop/p-6');
  const [after, left] = layOut(without, slots);
  for (const { id } of without) assert.deepEqual(after.boxes.get(id), before.boxes.get(id), id);
  const [again] = layOut([...without, pod('newcomer', 'node-1')], left);
  const { id: _, ...place } = again.boxes.get('pod/shop/newcomer') as Box;
  const { id: __, ...old } = before.boxes.get('pod/shop/p-6') as Box;
  assert.deepEqual(place, old);
});

test('above 300 pods nodes and Services stand alone, until they are asked for', () => {
  const rows = many(301);
  assert.equal(layOut(rows, NOBODY)[0].boxes.has('pod/shop/p-1'), false);
  assert.equal(layOut(rows, NOBODY, { open: true })[0].boxes.has('pod/shop/p-1'), true);
});

test('a point on a pod is the pod and not its node', () => {
  const [layout] = layOut(many(5), NOBODY);
  const { x, y } = layout.boxes.get('pod/shop/p-0') as Box;
  assert.equal(boxAt(layout, x + 3, y + 3)?.id, 'pod/shop/p-0');
  assert.equal(boxAt(layout, -50, -50), null);
});

test('filters leave what belongs to a namespace, a node or a Service', () => {
  const rows = [
    node('node-1'),
    node('node-2'),
    pod('web-1', 'node-1'),
    pod('web-2', 'node-2'),
    pod('other', 'node-1', 'rest'),
    service('web', ['pod/shop/web-1', 'pod/shop/web-2']),
    service('db'),
  ];
  const ids = (filter: Partial<Parameters<typeof filterRows>[1]>): string[] =>
    filterRows(rows, { namespace: '', service: '', node: '', ...filter }).map(({ id }) => id);
  assert.deepEqual(ids({}).length, rows.length);
  assert.deepEqual(ids({ namespace: 'rest' }), ['node/node-1', 'node/node-2', 'pod/rest/other']);
  assert.deepEqual(ids({ node: 'node-2' }), ['node/node-2', 'pod/shop/web-2', 'service/shop/web', 'service/shop/db']);
  assert.deepEqual(ids({ service: 'web', node: 'node-1' }), ['node/node-1', 'pod/shop/web-1', 'service/shop/web']);
});
