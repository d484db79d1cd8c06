// world.ts - the table image that the C++ tests and fuzz targets run on: node 1 with one Service of every kind that matters.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { STRATEGY_SPECS } from '../../src/abi/strategies.js';
import { encodeImage } from '../../src/image/encode.js';
import { makeTables, NODE_1, type ServiceSpec, type TablesSpec } from '../support/tables.js';

const SERVICES: readonly ServiceSpec[] = [
  {
    id: 1,
    frontends: [
      { kind: 'CLUSTER_IP', address: '10.96.0.10', port: 80 },
      { kind: 'NODE_PORT', address: '4', port: 30_080 },
      { kind: 'LOAD_BALANCER', address: '192.168.0.240', port: 80, firewall: true },
    ],
    cluster: ['10.244.1.5:8080', '10.244.2.7:8080'],
    local: ['10.244.1.5:8080'],
    sourceRanges: ['203.0.113.0/24'],
  },
  {
    id: 2,
    frontends: [{ kind: 'CLUSTER_IP', address: '10.96.0.53', port: 53, protocol: 'UDP' }],
    cluster: ['10.244.1.6:5353'],
    local: ['10.244.1.6:5353'],
    flags: ['HAS_ENDPOINTS', 'CLEAN_UDP'],
  },
  { id: 3, frontends: [{ kind: 'CLUSTER_IP', address: '10.96.0.11', port: 81 }], flags: [] },
  {
    id: 4,
    frontends: [{ kind: 'CLUSTER_IP', address: '10.96.0.12', port: 82 }],
    cluster: ['10.244.1.5:8080', '10.244.1.6:8080', '10.244.2.7:8080'],
    affinitySeconds: 10,
  },
  {
    id: 5,
    frontends: [{ kind: 'CLUSTER_IP', address: '10.96.0.13', port: 9000, protocol: 'SCTP' }],
    cluster: ['10.244.1.6:9001'],
  },
  {
    id: 6,
    frontends: [
      { kind: 'CLUSTER_IP', address: 'fd00:10:96::a', port: 80 },
      { kind: 'CLUSTER_IP', address: 'fd00:10:96::a', port: 80, protocol: 'UDP' },
      { kind: 'NODE_PORT', address: '6', port: 30_080 },
    ],
    cluster: ['[fd00:10:244:1::5]:8080'],
    local: ['[fd00:10:244:1::5]:8080'],
  },
];

/** Image of the world under test; the expectations of test/native/*_test.cc are about it. */
export function worldImage(own: Pick<TablesSpec, 'strategy' | 'ring' | 'mode'> = {}): Uint8Array {
  const healthChecks = [{ address: '4', port: 31_000 }];
  return encodeImage(makeTables({ ...NODE_1, services: SERVICES, healthChecks, ...own }));
}

/** Image of a router that spreads one address over two nodes. */
export function routerImage(): Uint8Array {
  return encodeImage(
    makeTables({
      nodeId: 0,
      nodeFlags: ['ROUTER'],
      ports: [{ kind: 'UPLINK', target: 1 }, { kind: 'UPLINK', target: 2 }, { kind: 'POD' }],
      routes: [
        { prefix: '192.168.0.11/32', port: 0, nextHop: 1 },
        { prefix: '192.168.0.12/32', port: 1, nextHop: 2 },
        { prefix: '203.0.113.10/32', port: 2 },
      ],
      services: [
        {
          id: 1,
          frontends: [{ kind: 'SPREAD', address: '192.168.0.240', port: 0, protocol: 'ANY' }],
          cluster: ['192.168.0.11:0', '192.168.0.12:0'],
        },
      ],
    }),
  );
}

export function writeWorld(path: string, router: string): void {
  writeFileSync(path, worldImage());
  writeFileSync(router, routerImage());
}

/** The same world under every strategy, each in WORD.kwim; that of a chain also drops INVALID. */
export function writeStrategies(folder: string): void {
  for (const { name, word, choice, frontends } of STRATEGY_SPECS) {
    const mode = frontends === 'chain' ? { mode: [...(NODE_1.mode ?? []), 'DROPS_INVALID' as const] } : {};
    const ring = choice === 'ring' ? { ring: 251 } : {};
    writeFileSync(join(folder, `${word}.kwim`), worldImage({ strategy: name, ...mode, ...ring }));
  }
}
