// server-run.ts - random lives of a few virtual servers: endpoints come, go and change weight, clients open and close connections.
import { SchedulerFlag } from '../../src/abi/abi.gen.js';
import { createReferenceEngine } from '../../src/engine/reference/engine.js';
import { encodeImage } from '../../src/image/encode.js';
import { type DecodedIp, decodeFrame } from './decode.js';
import { packet } from './packet.js';
import { Dice } from './seed.js';
import { type FrontendSpec, makeTables, NODE_1, type ServiceSpec, type TablesSpec } from './tables.js';
import { type Event, jsonText, type Run } from './twins.js';

const SECOND = 1_000_000_000n;
const CLIENTS = ['203.0.113.10', '203.0.113.11', '203.0.113.12', '10.244.2.9', '10.244.2.77'] as const;
const CLIENT_PORTS = [40_000, 40_001, 40_002] as const;
const ENDPOINTS = [1, 2, 3, 4, 5, 6].map((i) => `10.244.2.${i}:8080`);
const WEIGHTS = [0, 1, 1, 1, 2, 3, 4] as const;
/** A breath, seconds, the timeouts of affinity and connections, a day. */
const PAUSES = [1n, 2n * SECOND, 11n * SECOND, 61n * SECOND, 121n * SECOND, 90_000n * SECOND] as const;
const TCP_FLAGS = ['SYN', 'SYN', 'SYN', 'ACK', 'ACK', 'FIN,ACK', 'RST'] as const;
const REPLY_FLAGS = ['SYN,ACK', 'SYN,ACK', 'ACK', 'FIN,ACK', 'RST'] as const;

type Transport = 'TCP' | 'UDP' | 'SCTP';

interface Target {
  readonly address: string;
  readonly port: number;
  readonly protocol: Transport;
}

const TARGETS: readonly Target[] = [
  { address: '10.96.0.10', port: 80, protocol: 'TCP' },
  { address: '192.168.0.240', port: 80, protocol: 'TCP' },
  { address: '192.168.0.11', port: 30_080, protocol: 'TCP' },
  { address: '192.168.0.99', port: 30_080, protocol: 'TCP' },
  { address: '10.96.0.11', port: 53, protocol: 'UDP' },
  { address: '10.96.0.12', port: 132, protocol: 'SCTP' },
];

/** What one life keeps: the scheduler, and whether there is affinity. */
interface Character {
  readonly scheduler: number;
  readonly affinitySeconds: number;
}

function service(
  dice: Dice,
  { scheduler, affinitySeconds }: Character,
  frontends: readonly FrontendSpec[],
): ServiceSpec {
  const isUsual = dice.chance(40);
  const cluster = isUsual ? ENDPOINTS : dice.some(ENDPOINTS, 70);
  return {
    id: 100 + (frontends[0]?.port ?? 0),
    flags: dice.chance(50) ? ['HAS_ENDPOINTS', 'EXTERNAL_LOCAL'] : ['HAS_ENDPOINTS'],
    frontends,
    cluster,
    local: dice.some(cluster, 30),
    weights: Object.fromEntries(cluster.map((name, i) => [name, isUsual ? i % 3 : dice.pick(WEIGHTS)])),
    scheduler: dice.chance(95) ? scheduler : dice.between(0, 14),
    affinitySeconds,
  };
}

function tablesSpec(dice: Dice, generation: bigint, character: Character): TablesSpec {
  return {
    ...NODE_1,
    strategy: dice.chance(97) ? 'IPVS' : 'NFTABLES',
    generation,
    mode: ['DETECT_LOCAL', 'HAIRPIN_LOCAL_ONLY', ...(dice.chance(80) ? (['LOCAL_FALLS_BACK'] as const) : [])],
    localAddresses: [
      { address: '192.168.0.11', nodePort: true },
      { address: '192.168.0.99', nodePort: dice.chance(90) },
    ],
    services: [
      service(dice, character, [
        { kind: 'CLUSTER_IP', address: '10.96.0.10', port: 80 },
        { kind: 'LOAD_BALANCER', address: '192.168.0.240', port: 80 },
        { kind: 'NODE_PORT', address: '4', port: 30_080 },
        ...(dice.chance(10) ? [{ kind: 'EXTERNAL_IP' as const, address: '192.168.0.99', port: 30_080 }] : []),
      ]),
      service(dice, character, [{ kind: 'CLUSTER_IP', address: '10.96.0.11', port: 53, protocol: 'UDP' }]),
      service(dice, character, [{ kind: 'CLUSTER_IP', address: '10.96.0.12', port: 132, protocol: 'SCTP' }]),
    ],
  };
}

function transport(dice: Dice, protocol: string, from: number, to: number, flags: readonly string[]) {
  return (built: ReturnType<typeof packet>): ReturnType<typeof packet> => {
    if (protocol === 'UDP') return built.udp(from, to);
    return protocol === 'SCTP' ? built.sctp(from, to) : built.tcp(from, to, { flags: dice.pick(flags) });
  };
}

/** Frames of clients, and answers to what reached an endpoint. */
class Traffic {
  readonly #dice: Dice;
  readonly #seen: DecodedIp[] = [];

  constructor(dice: Dice) {
    this.#dice = dice;
  }

  next(): ReturnType<ReturnType<typeof packet>['frame']> {
    const dice = this.#dice;
    const last = this.#seen.length > 0 && dice.chance(35) ? dice.pick(this.#seen) : null;
    if (last) {
      const { source, destination, sourcePort = 0, destinationPort = 0, protocol } = last;
      const layer = transport(dice, protocol.toUpperCase(), destinationPort, sourcePort, REPLY_FLAGS);
      return layer(packet().ip4(destination, source)).frame(1);
    }
    const { address, port, protocol } = dice.pick(TARGETS);
    const layer = transport(dice, protocol, dice.pick(CLIENT_PORTS), port, TCP_FLAGS);
    return layer(packet().ip4(dice.pick(CLIENTS), address)).frame(1);
  }

  saw(bytes: Uint8Array | undefined): void {
    const ip = bytes ? decodeFrame(bytes).ip : null;
    if (!ip?.destination.startsWith('10.244.2.')) return;
    this.#seen.push(ip);
    if (this.#seen.length > 12) this.#seen.shift();
  }
}

/** One life. The seed decides the scheduler, so that any fourteen seeds in a row meet all of them. */
export function makeServerRun(seed: number, frames: number): Run {
  const dice = new Dice(seed);
  const flowCapacity = dice.pick([16, 4096]);
  const character: Character = {
    scheduler: ((seed % 14) + 1) | dice.pick([0, SchedulerFlag.PORT, SchedulerFlag.FALLBACK]),
    affinitySeconds: dice.pick([0, 0, 10]),
  };
  const engine = createReferenceEngine({ seed, flowCapacity });
  const traffic = new Traffic(dice);
  const events: Event[] = [];
  let nowNs = SECOND;
  let generation = 0n;
  for (let i = 0; i < frames; i++) {
    nowNs += dice.chance(95) ? BigInt(dice.below(1_000_000_000)) : dice.pick(PAUSES);
    if (i === 0 || dice.chance(3)) {
      const spec = tablesSpec(dice, ++generation, character);
      const image = encodeImage(makeTables(spec));
      events.push({ kind: 'load', image, text: () => jsonText(spec), nowNs });
      engine.load(image, nowNs);
    }
    const frame = traffic.next();
    events.push({ kind: 'frame', frame, nowNs });
    const { decision, out } = engine.process(frame, nowNs);
    traffic.saw(decision.verdict === 1 ? out?.bytes : undefined);
  }
  events.push({ kind: 'flows', nowNs });
  return { seed, flowCapacity, events };
}
