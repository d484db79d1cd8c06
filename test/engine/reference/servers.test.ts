// servers.test.ts - virtual servers in the packet path: turns, counts, persistence, and what an image changes. On both engines.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Scheduler } from '../../../src/abi/abi.gen.js';
import type { Engine, Outcome } from '../../../src/engine/engine.js';
import { encodeImage } from '../../../src/image/encode.js';
import { decodeFrame } from '../../support/decode.js';
import { nativeEngine, REFERENCE } from '../../support/engines.js';
import { check, flags, forwarded, replied } from '../../support/expect.js';
import { packet } from '../../support/packet.js';
import { makeTables, NODE_1, type ServiceSpec } from '../../support/tables.js';

const SECOND = 1_000_000_000n;
const VIP = '10.96.0.10';
const NODE_PORT = '192.168.0.11';
const A = '10.244.2.1:8080';
const B = '10.244.2.2:8080';
const C = '10.244.2.3:8080';

const image = (scheduler: number, cluster: readonly string[], more: Partial<ServiceSpec> = {}): Uint8Array =>
  encodeImage(
    makeTables({
      ...NODE_1,
      strategy: 'IPVS',
      mode: ['DETECT_LOCAL', 'LOCAL_FALLS_BACK', 'HAIRPIN_LOCAL_ONLY'],
      services: [
        {
          frontends: [
            { kind: 'CLUSTER_IP', address: VIP, port: 80 },
            { kind: 'NODE_PORT', address: '4', port: 30_080 },
          ],
          cluster,
          scheduler,
          ...more,
        },
      ],
    }),
  );

/** A client that opens connections from one port after the other. */
class Client {
  readonly #engine: Engine;
  readonly #address: string;
  #port = 20_000;

  constructor(engine: Engine, address = '10.244.1.5') {
    this.#engine = engine;
    this.#address = address;
  }

  open(nowNs: bigint, to = VIP, port = 80): Outcome {
    const frame = packet()
      .ip4(this.#address, to)
      .tcp(this.#port++, port, { flags: 'SYN' })
      .frame(2);
    return this.#engine.process(frame, nowNs);
  }

  /** The endpoint that got the next connection. */
  reach(nowNs: bigint, to = VIP, port = 80): string {
    return endpointOf(this.open(nowNs, to, port));
  }

  /** Sends a reset on the connection opened last, once its endpoint has answered. */
  reset(nowNs: bigint, endpoint: string): void {
    const [address = '', port] = endpoint.split(':');
    const answer = packet()
      .ip4(address, this.#address)
      .tcp(Number(port), this.#port - 1, { flags: 'SYN,ACK', ack: 2 })
      .frame(1);
    check(this.#engine.process(answer, nowNs), forwarded('ESTABLISHED'));
    const frame = packet()
      .ip4(this.#address, VIP)
      .tcp(this.#port - 1, 80, { flags: 'RST', seq: 2 })
      .frame(2);
    check(this.#engine.process(frame, nowNs), forwarded('ESTABLISHED'));
  }
}

function endpointOf(outcome: Outcome): string {
  const ip = check(outcome, forwarded('SERVICE')).frame?.ip;
  return `${ip?.destination}:${ip?.destinationPort}`;
}

for (const kind of [REFERENCE, await nativeEngine()]) {
  const { skip, name } = kind;
  const start = (tables: Uint8Array): Engine => {
    const engine = kind.make({ seed: 5 });
    engine.load(tables, 0n);
    return engine;
  };

  test(`each virtual server takes its own turns, the newest endpoint first (${name})`, { skip }, () => {
    const engine = start(image(Scheduler.RR, [A, B, C]));
    const client = new Client(engine);
    assert.deepEqual(
      [1n, 2n].map((now) => client.reach(now)),
      [C, B],
    );
    assert.equal(client.reach(3n, NODE_PORT, 30_080), C);
    assert.equal(client.reach(4n), A);
    engine.close();
  });

  test(`turns go on over an image; a new endpoint becomes the head (${name})`, { skip }, () => {
    const engine = start(image(Scheduler.RR, [A, B]));
    const client = new Client(engine);
    assert.equal(client.reach(1n), B);
    engine.load(image(Scheduler.RR, [A, B, C]), 2n);
    assert.deepEqual(
      [3n, 4n, 5n].map((now) => client.reach(now)),
      [A, C, B],
    );
    engine.load(image(Scheduler.RR, [A, C]), 6n);
    assert.deepEqual(
      [7n, 8n].map((now) => client.reach(now)),
      [A, C],
    );
    engine.close();
  });

  test(`a connection counts as active until it is reset, and not at all when it is forgotten (${name})`, {
    skip,
  }, () => {
    const engine = start(image(Scheduler.LC, [A, B]));
    const client = new Client(engine);
    assert.equal(client.reach(1n), B);
    client.reset(2n, B);
    // One inactive connection is less than none by one, and far less than an active one.
    assert.equal(client.reach(3n), A);
    assert.equal(client.reach(4n), B);
    engine.close();
  });

  test(`UDP connections are never active: sed gives all of them to the first (${name})`, { skip }, () => {
    const frontends = [{ kind: 'CLUSTER_IP' as const, address: VIP, port: 53, protocol: 'UDP' as const }];
    const engine = start(image(Scheduler.SED, [A, B], { frontends }));
    const ask = (port: number): string =>
      endpointOf(engine.process(packet().ip4('10.244.1.5', VIP).udp(port, 53).frame(2), BigInt(port)));
    assert.deepEqual([1, 2, 3].map(ask), [B, B, B]);
    engine.close();
  });

  test(`no weight anywhere: the connection is refused (${name})`, { skip }, () => {
    const engine = start(image(Scheduler.WRR, [A, B], { weights: { [A]: 0, [B]: 0 } }));
    check(new Client(engine).open(1n), replied('NO_ENDPOINTS'));
    engine.close();
  });

  test(`a client keeps its endpoint for one virtual server, not for the others (${name})`, { skip }, () => {
    const engine = start(image(Scheduler.RR, [A, B, C], { affinitySeconds: 10 }));
    const client = new Client(engine);
    assert.equal(client.reach(SECOND), C);
    const again = client.open(2n * SECOND);
    check(again, flags('AFFINITY', 'DNAT', 'FLOW_CREATED', 'SOURCE_IS_POD'));
    assert.equal(endpointOf(again), C);
    assert.equal(new Client(engine, '10.244.1.6').reach(3n * SECOND), B);
    assert.equal(client.reach(4n * SECOND, NODE_PORT, 30_080), C, 'the NodePort takes its own turns');
    engine.close();
  });

  test(`a template outlives its time with its connections, and ends with weight 0 (${name})`, { skip }, () => {
    const engine = start(image(Scheduler.RR, [A, B], { affinitySeconds: 10 }));
    const client = new Client(engine);
    assert.equal(client.reach(SECOND), B);
    assert.equal(client.reach(60n * SECOND), B, 'older than 10 s, but the connection waits for its SYN-ACK');
    engine.load(image(Scheduler.RR, [A, B], { affinitySeconds: 10, weights: { [B]: 0 } }), 61n * SECOND);
    assert.equal(client.reach(62n * SECOND), A);
    engine.close();
  });

  test(`policy Local is for pods, too: a virtual server has one list (${name})`, { skip }, () => {
    const more = { flags: ['HAS_ENDPOINTS', 'EXTERNAL_LOCAL'] as const, local: [A] };
    const engine = start(image(Scheduler.RR, [A, B], more));
    const client = new Client(engine);
    assert.deepEqual(
      [1n, 2n].map((now) => client.reach(now, NODE_PORT, 30_080)),
      [A, A],
    );
    assert.deepEqual(
      [3n, 4n].map((now) => client.reach(now)),
      [B, A],
    );
    engine.close();
  });

  test(`established connections outlive their endpoint and the virtual server (${name})`, { skip }, () => {
    const engine = start(image(Scheduler.RR, [A, B]));
    const syn = packet().ip4('10.244.1.5', VIP).tcp(20_000, 80, { flags: 'SYN' }).frame(2);
    assert.equal(endpointOf(engine.process(syn, 1n)), B);
    for (const tables of [image(Scheduler.RR, [A]), image(Scheduler.RR, []), image(Scheduler.RANDOM, [A])]) {
      engine.load(tables, 2n);
      const seen = check(engine.process(syn, 3n), forwarded('ESTABLISHED'));
      assert.equal(decodeFrame(seen.outcome.out?.bytes ?? new Uint8Array()).ip?.destination, '10.244.2.2');
    }
    engine.close();
  });
}
