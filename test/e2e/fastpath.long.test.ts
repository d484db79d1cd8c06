// fastpath.long.test.ts - whole labs with the fast path and without: connections over several nodes are the same to everybody.
// Takes turns: whole labs.
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { after, afterEach, before, describe, test } from 'node:test';
import { ReasonNames } from '../../src/abi/abi.gen.js';
import type { FastPathName } from '../../src/lab/host/yard.js';
import { FABRIC_ID } from '../../src/topology/topology.js';
import { until } from '../support/eventually.js';
import { noFastPath } from '../support/yard.js';
import { labUnavailable, User } from './harness.js';
import { Lab, type Place } from './lab.js';

const OBJECTS = `
apiVersion: v1
kind: Pod
metadata: { name: web, labels: { app: web } }
spec:
  nodeName: node-2
  containers: [{ name: c, image: x, ports: [{ containerPort: 8080 }, { containerPort: 8080, protocol: UDP }] }]
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec:
  type: NodePort
  selector: { app: web }
  ports:
    - { name: t, port: 80, targetPort: 8080, nodePort: 30080 }
    - { name: u, port: 80, targetPort: 8080, nodePort: 30080, protocol: UDP }
`;
const QUESTIONS = 40;
/** In the order in which a question passes them. */
const NODES = [FABRIC_ID, 1, 2];

interface Seen {
  readonly answers: readonly string[];
  /** Of each node, how often each reason was given, without what interfaces say of themselves. */
  readonly reasons: readonly (readonly [node: number, reason: string, count: number])[];
  readonly flows: readonly string[];
  /** Frames that BPF programs carried. */
  readonly carried: number;
}

/** Questions to a NodePort of node-1 whose endpoint is on node-2, one after the other. */
async function ask(from: Place, address: string): Promise<string[]> {
  const socket = createSocket('udp4');
  socket.bind({ fd: from.udp('IPv4') });
  const answers: string[] = [];
  socket.on('message', (message) => answers.push(String(message)));
  for (let i = 1; i <= QUESTIONS; i++) {
    socket.send(`question ${i}`, 30080, address);
    await until(() => answers.length === i, 10_000);
  }
  socket.close();
  return answers;
}

async function observe(fastPath: FastPathName): Promise<Seen> {
  const lab = await Lab.start({ count: 2, fastPath });
  try {
    await lab.apply(OBJECTS);
    const { pool } = lab.emulator;
    assert.ok(pool);
    const earlier = NODES.map((node) => pool.counters(node));
    const outside = lab.machine('client/outside');
    const answers = await ask(outside, '192.168.0.11');
    const flows = (await Promise.all(NODES.map((node) => pool.flows(node)))).flatMap((rows, i) =>
      rows
        .filter(
          ({ protocol, originalDestinationPort }) => protocol === 17 && [8080, 30080].includes(originalDestinationPort),
        )
        .map(({ flags, packets, bytes }) => `node ${NODES[i]}: ${packets} packets, ${bytes} bytes, flags ${flags}`),
    );
    const reasons = NODES.flatMap((node, i) =>
      pool.counters(node).flatMap((count, cell) => {
        const reason = ReasonNames[cell];
        const more = Number(count - (earlier[i]?.[cell] ?? 0n));
        return reason === undefined || more === 0 || /ARP|NEIGHBOUR|MULTICAST/.test(reason)
          ? []
          : [[node, reason, more] as const];
      }),
    );
    return { answers, reasons, flows, carried: (await pool.lent()).frames };
  } finally {
    await lab.emulator.close();
  }
}

describe('a lab with the fast path', { skip: noFastPath() }, () => {
  let fast: Seen;
  let plain: Seen;

  before(async () => {
    plain = await observe('off');
    fast = await observe('ebpf');
  });

  test('carries a connection over the fabric and two nodes by one entry', () => {
    assert.equal(plain.carried, 0);
    // The first questions and answers are the engine's: two make the flow, and each direction is learned from one.
    assert.ok(fast.carried >= 2 * QUESTIONS - 8, `${fast.carried} frames`);
  });

  test('gives the same answers, counts the same packets on every node, and lists the same flows', () => {
    assert.deepEqual(fast.answers, plain.answers);
    assert.deepEqual(fast.reasons, plain.reasons);
    assert.deepEqual(fast.flows, plain.flows);
    assert.equal(plain.flows.length, 2);
  });
});

describe('kubewire status', { skip: labUnavailable() ?? noFastPath() }, () => {
  const user = new User();
  afterEach(() => user.run(['down']));
  after(() => user.leave());

  for (const [words, line] of [
    [[], /^Fast path: +established connections in the kernel \(eBPF\)$/m],
    [['--fast-path', 'off'], /^Fast path: +none: not asked for$/m],
    [['--no-offloads'], /^Fast path: +none: frames are whole \(--no-offloads\)$/m],
  ] as const) {
    test(`says who carries established connections after up ${words.join(' ')}`.trim(), async () => {
      await user.up('--nodes', '1', ...words);
      assert.match(await user.must('status'), line);
    });
  }
});
