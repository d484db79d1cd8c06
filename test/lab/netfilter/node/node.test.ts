// node.test.ts - a node of the real kernel: what goes in through its ports, what comes out, and what the kernel keeps to itself.
import assert from 'node:assert/strict';
import { readdirSync, readlinkSync } from 'node:fs';
import { test } from 'node:test';
import { createNamespace, rawSocket, sendPacket } from '../../../../src/lab/host/host.js';
import { runInNamespace } from '../../../../src/lab/host/process.js';
import { markerFrame, markerNumber } from '../../../../src/lab/netfilter/node/marker.js';
import { KernelNode } from '../../../../src/lab/netfilter/node/node.js';
import { withHeader, withoutHeader } from '../../../../src/lab/netfilter/node/virtio.js';
import { nodeLines } from '../../../../src/lab/netfilter/node/wiring.js';
import { planNode } from '../../../../src/plan/planner.js';
import { nodeAttachment, nodeView, proxyConfig } from '../../../../src/topology/attachment.js';
import { createTopology } from '../../../../src/topology/topology.js';
import { decodeFrame } from '../../../support/decode.js';
import { packet } from '../../../support/packet.js';
import { noKernelDataplane } from '../../../support/sandbox.js';
import { describe as inWords } from '../../../support/scenario/words.js';

const topology = createTopology();
const [NODE] = topology.nodes;
assert.ok(NODE);
const PODS = [{ port: 2, id: 1, name: 'default/a', addresses: ['10.244.1.5'] }];
const attachment = nodeAttachment(topology, NODE, PODS);
const nothing = { services: [], endpointSlices: [], nodes: [] };
const plan = planNode(nothing, nodeView(NODE), proxyConfig(topology, 'nftables'));
const skip = noKernelDataplane('nftables');

async function withNode(work: (node: KernelNode) => void): Promise<void> {
  const node = await KernelNode.start(plan, attachment, 'nftables');
  try {
    work(node);
  } finally {
    node.close();
  }
}

/** What a file descriptor of this process leads to. */
function linkOf(fd: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return '';
  }
}

const tuns = (): number => readdirSync('/proc/self/fd').filter((fd) => linkOf(fd) === '/dev/net/tun').length;

test('addresses, neighbours and routes of a node are those of its attachment', () => {
  const lines = nodeLines(plan, attachment);
  assert.ok(lines.includes('address add 192.168.0.11/32 dev eth0 noprefixroute'));
  assert.ok(lines.includes('neigh replace 10.244.1.5 lladdr 02:02:00:00:00:01 dev pod2 nud permanent'));
  assert.ok(lines.includes('route replace 10.244.1.5/32 dev pod2 src 192.168.0.11'));
  assert.ok(lines.includes('route replace 10.244.2.0/24 via 169.254.0.3 dev eth0 onlink src 192.168.0.11'));
  assert.ok(lines.includes('route replace unreachable 10.244.1.0/24'));
});

test('the header of a TAP says of a frame what its offload says', () => {
  const offload = {
    needsChecksum: true,
    gsoType: 1,
    gsoSize: 1400,
    headerLength: 54,
    checksumStart: 34,
    checksumOffset: 16,
  };
  const frame = Uint8Array.of(1, 2, 3);
  assert.deepEqual(withoutHeader(withHeader(frame, offload)), { bytes: frame, offload });
});

test('a forwarded packet leaves towards its node, a delivered one is seen, and nobody answers it', { skip }, () =>
  withNode((node) => {
    const send = (from: string, to: string): string[] => {
      const { bytes } = packet().ip4(from, to).tcp(40_000, 80, { flags: 'SYN' }).frame(2);
      return node
        .process({ port: 2, bytes })
        .map((frame) => `${frame.port}/${frame.nextHop} ${inWords(decodeFrame(frame.bytes, frame.offload))}`);
    };
    assert.deepEqual(send('10.244.1.5', '10.244.2.7'), ['1/2 tcp 10.244.1.5:40000 > 10.244.2.7:80 SYN']);
    assert.deepEqual(send('10.244.1.5', '192.168.0.11'), ['0/-1 tcp 10.244.1.5:40000 > 192.168.0.11:80 SYN']);
  }),
);

test('a marker is told from other frames, and its header is right', () => {
  for (const number of [1, 0xffffffff]) {
    const frame = markerFrame(number);
    assert.equal(markerNumber(frame), number);
    assert.deepEqual(decodeFrame(frame).ip?.faults, []);
  }
  const { bytes } = packet().ip4('10.244.1.5', '192.168.0.11').tcp(40_000, 80, { flags: 'SYN' }).frame(2);
  assert.equal(markerNumber(bytes), null);
  assert.equal(markerNumber(new Uint8Array(0)), null);
});

/** Namespaces that this process holds open. */
const heldNamespaces = (): string[] => readdirSync('/proc/self/fd').filter((fd) => linkOf(fd).startsWith('net:['));

test('no device of a node keeps a packet back: when a marker is out, all that was sent before it is', {
  skip,
}, async () => {
  const before = heldNamespaces();
  const node = await KernelNode.start(plan, attachment, 'nftables');
  try {
    const [fd = ''] = heldNamespaces().filter((held) => !before.includes(held));
    const { stdout } = await runInNamespace(`/proc/${process.pid}/fd/${fd}`, ['tc', 'qdisc', 'show']);
    const kinds = stdout
      .trim()
      .split('\n')
      .map((line) => line.split(' ')[1]);
    assert.deepEqual([...new Set(kinds)], ['noqueue']);
    assert.ok(kinds.length >= attachment.ports.length);
  } finally {
    node.close();
  }
});

test('what is no IP packet cannot be sent, and a closed node leaves no device', { skip }, async () => {
  const before = tuns();
  await withNode(() => assert.ok(tuns() > before));
  assert.equal(tuns(), before);
  const namespace = createNamespace();
  const fd = rawSocket(namespace, 4);
  assert.throws(() => sendPacket(fd, Uint8Array.of(1, 2, 3)), { code: 'EINVAL' });
  namespace.close();
});
