// nodeloss.long.test.ts - a node is switched off under steady requests: what fails, for how long, and what comes back.
// Takes turns: a whole lab and steady requests.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { sendRequest } from '../../src/lab/check/client.js';
import { isPodReady, nodeReady } from '../../src/model/conditions.js';
import type { Node } from '../../src/model/objects.js';
import { until } from '../support/eventually.js';
import { labUnavailable } from './harness.js';
import { Lab, type Place, Talker } from './lab.js';

const GRACE_MS = 4000;
const TOLERATION_MS = 1000;
/** Requests per second, in portions of this many milliseconds. */
const RATE = 1000;
const PORTION_MS = 10;
const TIMEOUT_MS = 3000;
/** A machine that has no time for that pace gets fewer. */
const MOST_OPEN = 700;
/** Requests that prove that nothing fails any more, and how many of them at a time. */
const PROOF = 300;
const TOGETHER = 50;

const WEB = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers: [{name: web, image: web, ports: [{containerPort: 80}, {containerPort: 53, protocol: UDP}]}]
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  type: LoadBalancer
  selector: {app: web}
  ports: [{name: http, port: 80}, {name: echo, port: 53, protocol: UDP}]
`;

interface Sent {
  /** Milliseconds of performance.now(). */
  readonly at: number;
  readonly outcome: string;
  /** Whoever sends again from there is, to the node, the same attempt. */
  readonly from: string;
}

/** Requests at a steady pace, whether or not earlier ones are answered. */
class Load {
  readonly sent: Sent[] = [];
  #running = true;
  readonly #done: Promise<void>;

  constructor(places: readonly Place[], address: string) {
    this.#done = this.#run(places, address);
  }

  async #run(places: readonly Place[], address: string): Promise<void> {
    const open = new Set<Promise<void>>();
    const start = performance.now();
    for (let count = 0; this.#running; await pause(PORTION_MS)) {
      for (const due = ((performance.now() - start) * RATE) / 1000; count < due; count++) {
        if (open.size >= MOST_OPEN) continue;
        const place = places[count % places.length] as Place;
        const at = performance.now();
        const request = sendRequest(place, { address, port: 80, protocol: 'TCP' }, TIMEOUT_MS);
        const done = request.then(({ outcome, sourcePort }) => {
          this.sent.push({ at, outcome, from: `${places.indexOf(place)} ${sourcePort}` });
          open.delete(done);
        });
        open.add(done);
      }
    }
    await Promise.all(open);
  }

  async stop(): Promise<void> {
    this.#running = false;
    await this.#done;
  }
}

/** When after the stop requests failed, in milliseconds; prints how it went. */
function told(sent: readonly Sent[], { stopped, lost, back }: Readonly<Record<'stopped' | 'lost' | 'back', number>>) {
  const failed = sent.filter(({ outcome }) => outcome !== 'answered').map(({ at }) => Math.round(at - stopped));
  const seconds = ((sent.at(-1)?.at ?? 0) - (sent[0]?.at ?? 0)) / 1000;
  const [first = 0, last = 0] = [Math.min(...failed), Math.max(...failed)];
  console.log(
    `${sent.length} requests at ${Math.round(sent.length / seconds)}/s; ` +
      `${failed.length} failed, from ${first} ms to ${last} ms after the stop; ` +
      `lost after ${Math.round(lost - stopped)} ms (grace ${GRACE_MS}), ` +
      `back elsewhere after ${Math.round(back - stopped)} ms (and toleration ${TOLERATION_MS})`,
  );
  return { failed, first, last };
}

describe('a node that is switched off', { skip: labUnavailable() ?? false }, () => {
  let lab: Lab;
  before(async () => {
    lab = await Lab.start({ nodeLoss: { nodeGraceMs: GRACE_MS, lossTolerationSeconds: TOLERATION_MS / 1000 } });
    await lab.apply(WEB);
  });
  after(() => lab?.close());

  const readyOf = (node: string): string | undefined =>
    nodeReady(lab.emulator.cluster.store.get<Node>('Node', '', node));
  const switchTo = (stopped: string[]): Promise<void> => lab.change('Lab', 'test', { stopped });
  const readyPods = (): string[] =>
    lab
      .pods('web')
      .filter(isPodReady)
      .map(({ spec }) => spec.nodeName ?? '');

  test('costs what was on its way there, until it is lost; then nothing fails, and its pods come back elsewhere', async (t) => {
    const before = { vip: lab.vip('web'), addresses: lab.pods('web').map(({ status }) => status?.podIP) };
    assert.deepEqual(readyPods(), ['node-1', 'node-2', 'node-3']);
    const inside = lab.inside('web', 'node-1');
    const talkers = Array.from({ length: 9 }, () => new Talker(inside, lab.vip('web'), 53));
    t.after(() => {
      for (const talker of talkers) talker.close();
    });
    const heard = await Promise.all(talkers.map((talker) => talker.hear()));
    const gone = lab.pods('web').find(({ spec }) => spec.nodeName === 'node-2')?.metadata.name ?? '';

    const places = [lab.machine('node/node-1'), inside];
    const load = new Load(places, lab.vip('web'));
    t.after(() => load.stop());
    await pause(300);
    const stopped = performance.now();
    await switchTo(['node-2']);
    await until(() => readyOf('node-2') === 'Unknown');
    await lab.inForce();
    const lost = performance.now();
    await until(() => readyPods().length === 3);
    await lab.inForce();
    const back = performance.now();
    await load.stop();
    const stuck = new Set(load.sent.flatMap(({ outcome, from }) => (outcome === 'answered' ? [] : [from])));
    const again = await Promise.all(talkers.map((talker, i) => (heard[i] === gone ? gone : talker.hear())));
    const to = { address: before.vip, port: 80, protocol: 'TCP' } as const;
    const prove = async (number: number): Promise<string[]> => {
      const { outcome, sourcePort } = await sendRequest(places[number] as Place, to, TIMEOUT_MS);
      const from = `${number} ${sourcePort}`;
      return outcome === 'answered' || stuck.has(from) ? [] : [`${outcome} from ${from}`];
    };
    const unexplained: string[] = [];
    for (let i = 0; i < PROOF; i += TOGETHER) {
      const found = await Promise.all(Array.from({ length: TOGETHER }, (_, k) => prove(k % places.length)));
      unexplained.push(...found.flat());
    }

    const { failed, first, last } = told(load.sent, { stopped, lost, back });
    const during = load.sent.filter(({ at }) => at >= stopped && at < lost).length;
    assert.ok(failed.length > 0, 'somebody is sent to the dead until they are known to be dead');
    assert.ok(failed.length < during / 2, `a third of ${during}, not ${failed.length}`);
    assert.ok(first > -TIMEOUT_MS && last <= back - stopped, 'only while nobody knows that the node is lost');
    // Tracking keeps an attempt to the dead for two minutes (SYN_SENT), and kube-proxy forgets flows of UDP alone: whoever
    // draws the port of such an attempt is sent where that one was.
    assert.deepEqual(unexplained, [], 'nothing else fails any more');
    assert.ok(lost - stopped >= GRACE_MS / 2, 'the grace counts from the last sign of life');
    assert.ok(back > lost, 'and then its pods are tolerated for a while');
    assert.equal(lab.vip('web'), before.vip);
    const now = lab.pods('web').map(({ status }) => status?.podIP);
    assert.equal(now.filter((address) => before.addresses.includes(address)).length, 2, 'one has another address');
    assert.ok(!readyPods().includes('node-2'));
    assert.deepEqual(
      again.filter((answer, i) => answer !== heard[i] && heard[i] !== gone),
      [],
      'connections to the living go on',
    );
  });

  test('is back when it is switched on: ready, without its old pods, and open to new ones', async () => {
    await switchTo([]);
    await until(() => readyOf('node-2') === 'True');
    await lab.emulator.settled();
    assert.equal(lab.emulator.cluster.store.list('Pod', 'default').length, 3, 'the evicted pod is gone for good');
    await lab.change('Deployment', 'web', { replicas: 6 });
    await until(() => readyPods().filter((node) => node === 'node-2').length === 2);
    const nodePort = lab.nodePort('web');
    const answers = await lab.everyone(lab.machine('client/outside'), '192.168.0.12', nodePort, 60);
    assert.deepEqual(
      answers,
      lab
        .pods('web')
        .map(({ metadata }) => metadata.name)
        .toSorted(),
    );
  });

  test('keeps pods that are not replaced in time: they run again there, restarted and with another address', async () => {
    const [before] = lab.pods('web').filter(({ spec }) => spec.nodeName === 'node-3');
    const { name, uid } = before?.metadata ?? { name: '', uid: '' };
    await switchTo(['node-3']);
    await switchTo([]);
    const now = lab.pods('web').find(({ metadata }) => metadata.name === name);
    assert.equal(now?.metadata.uid, uid);
    assert.ok(now && isPodReady(now));
    assert.notEqual(now?.status?.podIP, before?.status?.podIP);
    assert.equal(now?.status?.containerStatuses?.[0]?.restartCount, 1);
    assert.equal(await lab.ask(lab.machine('client/outside'), now?.status?.podIP ?? '', 80), name);
  });
});
