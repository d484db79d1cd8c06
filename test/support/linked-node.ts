// linked-node.ts - a node in memory with links that misbehave: numbered datagrams go to its pod, and the numbers of those that come.
import assert from 'node:assert/strict';
import { LINK_CELLS } from '../../src/abi/loop.js';
import { linkBytes } from '../../src/lab/links/rows.js';
import type { LinkSpec } from '../../src/lab/links/spec.js';
import { createTopology } from '../../src/topology/topology.js';
import { HOST, memoryNode, POD } from './memory-node.js';
import { packet } from './packet.js';

/** node-1 of the lab's topology with its host and a pod 10.244.1.5, which is pod/default/web-1. */
export function linkedNode(t: { after(end: () => void): void }) {
  const { shard, counters } = memoryNode(t, [{ prefix: '0.0.0.0/0', port: HOST }]);
  const pod = {
    ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web-1', namespace: 'default' } },
    ...{ spec: { containers: [] }, status: { podIPs: [{ ip: '10.244.1.5' }] } },
  };
  const ends = { topology: createTopology({}), list: <T>(kind: string) => (kind === 'Pod' ? [pod] : []) as T[] };
  /** Puts links in force; returns a reader of their cells. */
  const link = (...specs: LinkSpec[]) => {
    const objects = specs.map((spec, i) => ({
      ...{ apiVersion: 'kubewire.dev/v1alpha1', kind: 'Link', metadata: { name: `l${i}`, uid: `u${i}` }, spec },
    }));
    const { rows, ends: bytes, samples } = linkBytes(objects, ends, (uid) => Number(uid.slice(1)));
    const cells = new BigUint64Array(new SharedArrayBuffer(8 * LINK_CELLS.cells * specs.length));
    shard.link(rows, bytes, samples, cells);
    return (name: keyof typeof LINK_CELLS, i = 0): number => Number(cells[i * LINK_CELLS.cells + LINK_CELLS[name]]);
  };
  /** Sends numbered datagrams to the pod, and runs the shard so long; returns the numbers of those that came. */
  const send = (count: number, runMs = 5, first = 0): number[] => {
    for (let i = first; i < first + count; i++) shard.put(1, HOST, datagram(i));
    shard.run(runMs, runMs);
    return came();
  };
  const came = (): number[] => shard.take(1, POD).map(numberOf);
  return { shard, link, send, came, counters };
}

export const datagram = (number: number, bytes = 200): Uint8Array => {
  const payload = new Uint8Array(bytes);
  new DataView(payload.buffer).setUint32(0, number);
  return packet().ip4('192.168.0.11', '10.244.1.5').udp(5000, 53).payload(payload).frame(HOST).bytes;
};
const PAYLOAD = 14 + 20 + 8;
const numberOf = (frame: Uint8Array): number => new DataView(frame.buffer, frame.byteOffset).getUint32(PAYLOAD);

/** Far enough from the middle that chance does not reach it (six standard deviations). */
export function assertNear(count: number, of: number, chance: number): void {
  const room = 6 * Math.sqrt(of * chance * (1 - chance)) + 1;
  assert.ok(Math.abs(count - of * chance) < room, `${count} of ${of} is not ${chance * 100} %`);
}
