// flows.test.ts - flows, traffic and metrics as the API serves them: names, rewriting, rules, what was refused, totals.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FlowFlag, type FlowRow, Reason, TcpState } from '../../src/abi/abi.gen.js';
import { COUNTERS } from '../../src/abi/layout.js';
import { createApp } from '../../src/api/app.js';
import type { FlowViewList, TrafficReport } from '../../src/api/flows.js';
import { createCluster } from '../../src/cluster/cluster.js';
import { compileTables } from '../../src/compile/strategy.js';
import type { TableSet } from '../../src/image/table.js';
import { mustAddress } from '../../src/model/address.js';
import { flowRecords } from '../../src/observe/conntrack.js';
import { lossRecords, tableRoom } from '../../src/observe/losses.js';
import { buildProbe } from '../../src/observe/probe.js';
import { DEFAULT_CONFIG } from '../../src/plan/config.js';
import { planNode } from '../../src/plan/planner.js';
import { nodeAttachment, nodeView } from '../../src/topology/attachment.js';
import { createTopology } from '../../src/topology/topology.js';

const topology = createTopology({});
const [node] = topology.nodes;
const bytes = (text: string): Uint8Array => mustAddress(text).bytes;

const OBJECTS = [
  { apiVersion: 'v1', kind: 'Node', metadata: { name: 'node-1' } },
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace: 'default' },
    spec: { clusterIP: '10.96.0.80', ports: [{ name: 'http', port: 80, targetPort: 8080 }] },
  },
  {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 'web-1', namespace: 'default', labels: { 'kubernetes.io/service-name': 'web' } },
    addressType: 'IPv4',
    endpoints: [{ addresses: ['10.244.1.3'], conditions: { ready: true } }],
    ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
  },
];

const LINK = {
  ...{ name: 'slow', active: true, matched: 9, bytes: 900, lost: 2, down: 0, overflowed: 0, tooLong: 0 },
  ...{ duplicated: 0, reordered: 0, corrupted: 0, waiting: 1 },
};

/** An established connection through Service web. */
const rowOf = (tables: TableSet): FlowRow => ({
  originalSource: bytes('10.244.1.9'),
  originalDestination: bytes('10.96.0.80'),
  replySource: bytes('10.244.1.3'),
  replyDestination: bytes('10.244.1.9'),
  originalSourcePort: 40_000,
  originalDestinationPort: 80,
  replySourcePort: 8080,
  replyDestinationPort: 40_000,
  protocol: 6,
  tcpState: TcpState.ESTABLISHED,
  flags: FlowFlag.SEEN_REPLY | FlowFlag.DNAT,
  serviceId: tables.SERVICE[tables.names.services.indexOf('default/web:http')]?.id ?? 0,
  backendId: 0,
  remainingMs: 9000,
  packets: 4n,
  bytes: 400n,
  ageMs: 2500n,
  sctpState: 0,
  icmpType: 0,
  icmpCode: 0,
});

/** A lab's API whose one node has tables for Service web, and these flows and counts. */
function world() {
  assert.ok(node);
  const cluster = createCluster({ fakeKubelet: true });
  const { refused } = cluster.apply(OBJECTS);
  assert.deepEqual(refused, []);
  const plan = planNode(cluster.snapshot(), nodeView(node, []), {
    ...DEFAULT_CONFIG,
    clusterCIDR: topology.clusterCIDRs,
  });
  const attachment = nodeAttachment(topology, node, []);
  const tables = compileTables(plan, attachment, { strategy: 'nftables', generation: 1n, hashSeed: 1 });
  const state = { rows: [] as FlowRow[], cells: Array.from({ length: COUNTERS.cells }, () => 0n) };
  const frame = buildProbe({
    ...{ source: '10.244.1.9', sourcePort: 5000, destination: '10.96.0.80', destinationPort: 81, protocol: 'TCP' },
  });
  const head = new Uint8Array(80);
  head.set(frame.subarray(0, 80));
  const loss = { atNs: 0n, reason: Reason.UNKNOWN_SERVICE_PORT, port: 0, length: frame.length, kept: 54, head };
  const app = createApp(cluster, {
    dataplane: {
      flows: async (name) => (name === 'node-1' ? flowRecords(name, state.rows, tables) : undefined),
      losses: async (name) =>
        name === 'node-1'
          ? {
              items: lossRecords(name, state.cells, [loss], 2_000_000_000n, () => undefined),
              table: tableRoom(name, []),
            }
          : undefined,
      ruling: (name) => (name === 'node-1' ? { strategy: 'nftables', plan } : undefined),
      counters: (name) => (name === 'node-1' ? state.cells : undefined),
      links: () => [LINK],
    },
  });
  const get = async (path: string): Promise<Response> => app.request(path);
  const json = async <T>(path: string): Promise<T> =>
    (await get(`/apis/kubewire.dev/v1alpha1/${path}`)).json() as Promise<T>;
  const row = (fields: Partial<FlowRow>): FlowRow => ({ ...rowOf(tables), ...fields });
  return { state, row, get, json, close: () => cluster.close() };
}

describe('flows over the API', () => {
  test('a flow names both ends, shows both directions rewritten, and the rule that chose its endpoint', async (t) => {
    const { state, row, json, close } = world();
    t.after(close);
    state.rows = [row({})];
    const { items } = await json<FlowViewList>('flows?service=default/web');
    const [flow] = items;
    assert.equal(items.length, 1);
    assert.deepEqual(
      [flow?.verdict, flow?.service, flow?.frontend, flow?.endpoint, flow?.state, flow?.age, flow?.timeout],
      ['forwarded', 'default/web:http', 'ClusterIP', '10.244.1.3:8080', 'ESTABLISHED', 2.5, 9],
    );
    const client = { source: '10.244.1.9', sourcePort: 40_000 };
    assert.deepEqual(flow?.original.after, { ...client, destination: '10.244.1.3', destinationPort: 8080 });
    assert.deepEqual(flow?.reply?.after, {
      ...{ source: '10.96.0.80', sourcePort: 80, destination: '10.244.1.9', destinationPort: 40_000 },
    });
    assert.match(flow?.rule ?? '', /dnat ip to .*10\.244\.1\.3/);
    assert.deepEqual((await json<FlowViewList>('flows?service=default/other')).items, []);
  });

  test('what was refused stands in the same list, with its reason and the packet', async (t) => {
    const { state, json, close } = world();
    t.after(close);
    state.cells[Reason.UNKNOWN_SERVICE_PORT] = 3n;
    const { items } = await json<FlowViewList>('flows?verdict=rejected');
    assert.equal(items.length, 1);
    assert.deepEqual(
      [items[0]?.reason, items[0]?.packets, items[0]?.age, items[0]?.original.before.destinationPort, items[0]?.reply],
      ['UNKNOWN_SERVICE_PORT', 3, 2, 81, null],
    );
  });

  test('totals of an edge only grow, and a new connection in an old place is counted whole', async (t) => {
    const { state, row, json, close } = world();
    t.after(close);
    const edge = async () => (await json<TrafficReport>('traffic')).edges[0];
    state.rows = [row({})];
    assert.equal((await edge())?.bytes, 400);
    state.rows = [row({ packets: 6n, bytes: 700n })];
    assert.equal((await edge())?.bytes, 700);
    state.rows = [];
    const quiet = await edge();
    assert.deepEqual([quiet?.bytes, quiet?.flows, quiet?.begun], [700, 0, 1]);
    state.rows = [row({ packets: 1n, bytes: 60n })];
    const again = await edge();
    assert.deepEqual([again?.bytes, again?.packets, again?.flows, again?.begun], [760, 7, 1, 2]);
  });
});

describe('metrics over the API', () => {
  test('cells of the dataplane are counters for Prometheus, and changes of objects are counted as kube-proxy does', async (t) => {
    const { state, get, close } = world();
    t.after(close);
    state.cells[COUNTERS.receivedFrames] = 12n;
    state.cells[Reason.UNKNOWN_SERVICE_PORT] = 3n;
    const answer = await get('/metrics');
    assert.match(answer.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/);
    const text = await answer.text();
    assert.match(text, /^kubewire_packets_total\{node="node-1",direction="received"\} 12$/m);
    assert.match(text, /^kubewire_drops_total\{node="node-1",reason="UNKNOWN_SERVICE_PORT",class="reject"\} 3$/m);
    assert.match(text, /^kubewire_link_packets_total\{link="slow",fate="lost"\} 2$/m);
    assert.match(text, /^# TYPE kubeproxy_sync_proxy_rules_duration_seconds histogram$/m);
    const second = await (await get('/metrics')).text();
    assert.match(
      second,
      /^kubewire_packets_total\{node="node-1",direction="received"\} 12$/m,
      'a counter is no sum of looks',
    );
  });

  test('without a lab there is no proxy mode to tell', async (t) => {
    const { get, close } = world();
    t.after(close);
    assert.equal((await get('/proxyMode')).status, 404);
  });
});
