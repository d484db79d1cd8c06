// rules.test.ts - each rule of a table tells the objects that it was made of.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MapRow } from '../../src/api/dash/shapes.js';
import { indexOf, objectsOf } from '../../src/dash/rules/objects.js';

const ROWS: MapRow[] = [
  {
    ...{ kind: 'service', id: 'service/shop/web', namespace: 'shop', name: 'web', type: 'ClusterIP' },
    ...{ addresses: ['10.96.0.7', 'fd00:10:96::7'], ports: [], balanced: [], endpoints: [], ready: 1 },
  },
  {
    ...{ kind: 'pod', id: 'pod/shop/web-1', namespace: 'shop', name: 'web-1', node: 'node-1' },
    ...{ addresses: ['10.244.1.2', 'fd00:10:244:1::2'], phase: 'Running', ready: true },
  },
];

const made = (...lines: string[]): string[][] => objectsOf(lines, indexOf(ROWS));

test('a rule is made of the Services that it names and the pods whose addresses it has', () => {
  assert.deepEqual(made('10.96.0.7 . tcp . 80 : goto service-KHN6ECMT-shop/web/tcp/http'), [['service/shop/web']]);
  assert.deepEqual(made('-a -t [fd00:10:96::7]:80 -r [fd00:10:244:1::2]:8080 -m -w 1'), [
    ['pod/shop/web-1', 'service/shop/web'],
  ]);
  assert.deepEqual(made('-A KUBE-POSTROUTING -j RETURN', 'ip daddr 10.96.0.70'), [[], []]);
});

test('a rule in a chain of a Service belongs to the Service, even where it does not name it', () => {
  const chain = 'KUBE-SVC-ABCDEFGH12345678';
  assert.deepEqual(
    made(
      `-A ${chain} -m comment --comment "shop/web:http" -j KUBE-MARK-MASQ`,
      `:${chain} - [0:0]`,
      `-A ${chain} -j ACCEPT`,
    ),
    [['service/shop/web'], ['service/shop/web'], ['service/shop/web']],
  );
});
