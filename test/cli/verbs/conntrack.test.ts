// conntrack.test.ts - tracked connections as lines of conntrack(8), with the Service behind them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FlowFlag, type FlowRow, SctpState, TcpState } from '../../../src/abi/abi.gen.js';
import { createApiServer } from '../../../src/api/server.js';
import { socketPlace } from '../../../src/cli/lab/socket.js';
import { flowText } from '../../../src/cli/verbs/conntrack.js';
import { createCluster } from '../../../src/cluster/cluster.js';
import type { TableSet } from '../../../src/image/table.js';
import { mustAddress } from '../../../src/model/address.js';
import { flowRecords } from '../../../src/observe/conntrack.js';
import { Shell, startLab } from '../lab.js';

const bytes = (text: string): Uint8Array => mustAddress(text).bytes;

const row = (fields: Partial<FlowRow>): FlowRow => ({
  originalSource: bytes('203.0.113.10'),
  originalDestination: bytes('192.168.0.240'),
  replySource: bytes('10.244.1.3'),
  replyDestination: bytes('192.168.0.13'),
  originalSourcePort: 40000,
  originalDestinationPort: 80,
  replySourcePort: 8080,
  replyDestinationPort: 64544,
  protocol: 6,
  tcpState: TcpState.ESTABLISHED,
  flags: FlowFlag.SEEN_REPLY | FlowFlag.ASSURED | FlowFlag.DNAT | FlowFlag.SNAT,
  serviceId: 7,
  backendId: 9,
  remainingMs: 86_399_500,
  packets: 10n,
  bytes: 1000n,
  ageMs: 1500n,
  sctpState: 0,
  icmpType: 0,
  icmpCode: 0,
  ...fields,
});

const TABLES = { SERVICE: [{ id: 7 }], names: { services: ['shop/web:http'], ports: [] } } as unknown as TableSet;
const line = (fields: Partial<FlowRow>): string => {
  const [record] = flowRecords('node-1', [row(fields)], TABLES);
  assert.ok(record);
  return flowText(record);
};

test('a line says protocol, time left, state, both tuples, and which Service it was', () => {
  assert.equal(
    line({}),
    'tcp      6 86399 ESTABLISHED src=203.0.113.10 dst=192.168.0.240 sport=40000 dport=80 ' +
      'src=10.244.1.3 dst=192.168.0.13 sport=8080 dport=64544 [ASSURED] mark=0 use=1 ' +
      'node=node-1 service=shop/web:http nat=dnat,snat',
  );
});

test('a connection without an answer is marked, and one without a Service says so', () => {
  assert.equal(
    line({ protocol: 17, tcpState: TcpState.NONE, flags: 0, serviceId: 0xffffffff, remainingMs: 29_000 }),
    'udp      17 29 src=203.0.113.10 dst=192.168.0.240 sport=40000 dport=80 [UNREPLIED] ' +
      'src=10.244.1.3 dst=192.168.0.13 sport=8080 dport=64544 mark=0 use=1 node=node-1 service=- nat=-',
  );
});

test('an association has a state, whether it was answered, and time left; GRE has keys', () => {
  const sctp = { protocol: 132, tcpState: TcpState.NONE, remainingMs: 209_900, sctpState: SctpState.ESTABLISHED };
  assert.match(
    line(sctp),
    /^sctp {5}132 209 ESTABLISHED src=\S+ dst=\S+ sport=40000 dport=80 src=.* \[ASSURED\] mark=0 /,
  );
  assert.match(
    line({ ...sctp, sctpState: SctpState.COOKIE_WAIT, flags: FlowFlag.DNAT, remainingMs: 2_999 }),
    /^sctp {5}132 2 COOKIE_WAIT src=\S+ dst=\S+ sport=40000 dport=80 \[UNREPLIED\] src=\S+ dst=\S+ sport=8080 dport=64544 mark=0 /,
  );
  assert.match(
    line({ protocol: 47, tcpState: TcpState.NONE, flags: 0, remainingMs: 29_000 }),
    /^gre {6}47 29 src=\S+ dst=\S+ srckey=0x0 dstkey=0x0 \[UNREPLIED\] src=\S+ dst=\S+ srckey=0x0 dstkey=0x0 mark=0 /,
  );
});

test('an ICMP query has types, a code and an identifier instead of ports', () => {
  const query = { tcpState: TcpState.NONE, originalSourcePort: 5, originalDestinationPort: 0 };
  const echo = { ...query, protocol: 58, icmpType: 128 };
  const reply = { replySourcePort: 0, replyDestinationPort: 5, flags: FlowFlag.SEEN_REPLY };
  assert.match(
    line({ ...echo, ...reply }),
    /^icmpv6 {3}58 86399 src=\S+ dst=\S+ type=128 code=0 id=5 src=\S+ dst=\S+ type=129 code=0 id=5 /,
  );
  assert.match(
    line({ ...query, ...reply, protocol: 1, icmpType: 13, icmpCode: 1 }),
    /^icmp {5}1 86399 src=\S+ dst=\S+ type=13 code=1 id=5 src=\S+ dst=\S+ type=14 code=1 id=5 /,
  );
});

test('conntrack lists all nodes, or what fits', async (t) => {
  const shell = new Shell(t);
  const cluster = createCluster({ fakeKubelet: true });
  for (const name of ['node-1', 'node-2']) cluster.apply([{ apiVersion: 'v1', kind: 'Node', metadata: { name } }]);
  const flows = async (node: string) =>
    node === 'node-3'
      ? undefined
      : flowRecords(node, node === 'node-1' ? [row({}), row({ protocol: 17 })] : [], TABLES);
  const server = await createApiServer(
    cluster,
    { socketPath: socketPlace('default', shell.env).path },
    { dataplane: { flows } },
  );
  t.after(async () => {
    await server.close();
    cluster.close();
  });
  const count = async (...words: string[]): Promise<number> =>
    (await shell.run(['conntrack', ...words])).stdout.split('\n').filter((text) => text !== '').length;
  assert.equal(await count(), 2);
  assert.equal(await count('-L', '-p', 'udp'), 1);
  assert.equal(await count('--service', 'shop/web', '-s', '203.0.113.10'), 2);
  const none = await shell.run(['conntrack', '--node', 'node-2']);
  assert.deepEqual(none, { code: 0, stdout: '', stderr: 'No connections found\n' });
  const json = JSON.parse((await shell.run(['conntrack', '-o', 'json'])).stdout);
  assert.equal(json[0].service, 'shop/web:http');
  const unknown = await shell.run(['conntrack', '--node', 'node-3']);
  assert.equal(unknown.stderr, 'error: there is no node "node-3"\nDid you mean "node-1"?\n');
});

test('a cluster without a dataplane has no connections to show', async (t) => {
  const { shell } = await startLab(t);
  const { code, stderr } = await shell.run(['conntrack']);
  assert.equal(code, 1);
  assert.match(stderr, /the server could not find the requested resource/);
});
