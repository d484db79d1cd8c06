// conntrack-witness.ts - plays packets of random connections to one node, as our engines and as the real kernel, and lists what differs.
import { MasqueradeReason } from '../../src/abi/abi.gen.js';
import { compileTables } from '../../src/compile/strategy.js';
import type { Engine } from '../../src/engine/engine.js';
import { encodeImage } from '../../src/image/encode.js';
import { KernelNode } from '../../src/lab/netfilter/node/node.js';
import type { KernelMode } from '../../src/lab/netfilter/rules.js';
import type { ClusterSnapshot } from '../../src/model/objects.js';
import type { ProxyConfig } from '../../src/plan/plan.js';
import { planNode } from '../../src/plan/planner.js';
import { nodeAttachment, nodeView, proxyConfig } from '../../src/topology/attachment.js';
import { createTopology, defaultNode } from '../../src/topology/topology.js';
import { type Listed, listEngine, listKernel } from './conntrack-list.js';
import {
  CLIENT,
  damaged,
  errorAbout,
  FRONTEND,
  type Line,
  type Protocol,
  type Said,
  SERVED,
  SERVER,
  SERVICE_PORT,
  segment,
  speaker,
  TARGET_PORT,
} from './conntrack-speakers.js';
import { Dice } from './seed.js';
import { segmentsOf } from './tcp-courses.js';

const TOPOLOGY = createTopology();
const NODE = defaultNode(1);
const ATTACHMENT = nodeAttachment(TOPOLOGY, NODE, [
  { port: CLIENT.port, id: 1, name: 'default/a', addresses: Object.values(CLIENT.addresses) },
]);

/** What else is sent to the address of a Service is refused, and the kernel quotes it with a TTL one less. */
const isServed = (protocol: Protocol): boolean => SERVED.some((each) => each === protocol);

/** One Service with one endpoint, in both families: the kernel has no choice. */
function snapshot(): ClusterSnapshot {
  const name = (protocol: string): string => protocol.toLowerCase();
  const ports = SERVED.map((protocol) => ({
    name: name(protocol),
    protocol,
    port: SERVICE_PORT,
    targetPort: TARGET_PORT,
  }));
  const service = {
    metadata: { name: 'web', namespace: 'default' },
    spec: { clusterIP: FRONTEND[4], clusterIPs: [FRONTEND[4], FRONTEND[6]], ipFamilies: ['IPv4', 'IPv6'], ports },
  };
  const slices = ([4, 6] as const).map((family) => ({
    metadata: { name: `web-${family}`, namespace: 'default', labels: { 'kubernetes.io/service-name': 'web' } },
    addressType: `IPv${family}`,
    endpoints: [{ addresses: [SERVER.addresses[family]], conditions: { ready: true }, nodeName: 'node-2' }],
    ports: SERVED.map((protocol) => ({ name: name(protocol), protocol, port: TARGET_PORT })),
  }));
  return { services: [service], endpointSlices: slices, nodes: [] } as unknown as ClusterSnapshot;
}

interface Left {
  readonly port: number;
  readonly bytes: Uint8Array;
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

const shown = (left: readonly Left[]): string =>
  left.map(({ port, bytes }) => `${port} ${hex(bytes.subarray(14))}`).join('; ');

/** Fragments put together: ports, headers without what says how it was cut, and the payload. The kernel cuts anew. */
function together(left: readonly Left[]): string {
  const pieces = left.map(({ port, bytes }) => {
    const isV4 = bytes[12] === 0x08;
    const at = isV4 ? 34 : 14 + 40 + (bytes[20] === 44 ? 8 : 0);
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    const offset = isV4 ? (view.getUint16(20) & 0x1fff) * 8 : at > 54 ? view.getUint16(56) & 0xfff8 : 0;
    const end = 14 + (isV4 ? view.getUint16(16) : 40 + view.getUint16(18));
    const header = isV4 ? hex(bytes.subarray(22, 24)) + hex(bytes.subarray(26, 34)) : hex(bytes.subarray(21, 54));
    return { head: `${port} ${header}`, offset, payload: hex(bytes.subarray(at, end)) };
  });
  pieces.sort((x, y) => x.offset - y.offset);
  return [...new Set(pieces.map(({ head }) => head)), ...pieces.map(({ payload }) => payload)].join('').trim();
}

/** Where ports begin in a frame without IP options. */
const sourcePort = (bytes: Uint8Array): number =>
  new DataView(bytes.buffer, bytes.byteOffset).getUint16(bytes[12] === 0x08 ? 34 : 54);

interface Pair {
  readonly mode: KernelMode;
  readonly create: (options: { seed: number }) => Engine;
  /** What kube-proxy is told. */
  readonly proxy?: Partial<ProxyConfig>;
}

interface Play extends Pair {
  readonly seed: number;
  /** At least so many. */
  readonly packets: number;
  readonly protocols: readonly Protocol[];
  /** States are compared after so many packets of a connection, and at its end. */
  readonly every?: number;
}

interface Played {
  readonly packets: number;
  /** Every state that was met, by protocol. */
  readonly states: ReadonlySet<string>;
  /** One text a connection that went another way. */
  readonly differences: readonly string[];
}

const CONNECTION_PACKETS = 50;
/** For a port below 512 the kernel draws another below 512, so that many runs meet a port that was drawn. */
const FIRST_PORT = 100;
const LAST_PORT = 65_000;
/** Of 100 packets so many are answered with an ICMP error, and so many have a wrong checksum. */
const COMPLAINTS = 8;
const DAMAGED = 3;
/** Both clocks count seconds from a packet, but not from the same instant. */
const SECONDS_APART = 3;

const sameListed = (a: Listed, b: Listed | undefined): boolean =>
  a.key === b?.key &&
  a.state === b.state &&
  a.assured === b.assured &&
  a.replied === b.replied &&
  Math.abs(a.seconds - b.seconds) <= SECONDS_APART;

const now = (): bigint => process.hrtime.bigint();

/** One connection, until it is over or the two go apart. */
class Course {
  readonly said: string[] = [];
  state = '';
  differs = false;
  readonly #engine: Engine;
  readonly #node: KernelNode;
  readonly #port: number;
  readonly #drawn: Set<number>;

  /** `drawn` collects the source ports that either side has drawn. */
  constructor(engine: Engine, node: KernelNode, port: number, drawn = new Set<number>()) {
    this.#engine = engine;
    this.#node = node;
    this.#port = port;
    this.#drawn = drawn;
  }

  /** What came out last. */
  left: Left | undefined;

  /** False when the two need not be compared any more. */
  say({ frames, text }: Said): boolean {
    const ours: Left[] = [];
    const theirs: Left[] = [];
    this.said.push(text);
    for (const frame of frames) {
      const { out, decision } = this.#engine.process(frame, now());
      theirs.push(...this.#node.process(frame));
      if (out) ours.push(out);
      // The source port of a connection that clashes is drawn, and nobody else can have it afterwards.
      if (decision.masquerade === MasqueradeReason.PORT_CLASH) {
        for (const { bytes } of [...ours, ...theirs]) this.#drawn.add(sourcePort(bytes));
        return false;
      }
    }
    this.left = frames.length === 1 ? ours[0] : undefined;
    const read = frames.length === 1 ? shown : together;
    return this.#same(read(ours), read(theirs));
  }

  async list(): Promise<boolean> {
    const isOurs = (each: Listed): boolean => each.key.endsWith(`:${this.#port}`);
    const ours = listEngine(this.#engine, now()).filter(isOurs);
    const theirs = (await listKernel(this.#node)).filter(isOurs);
    this.state = ours[0]?.state ?? '';
    this.said.push(`  ${this.state}`);
    if (ours.length === theirs.length && ours.every((each, i) => sameListed(each, theirs[i]))) return true;
    return this.#same(JSON.stringify(ours), JSON.stringify(theirs));
  }

  #same(ours: string, theirs: string): boolean {
    if (ours === theirs) return true;
    this.said.push(`  ours: ${ours}`, `  the kernel: ${theirs}`);
    this.differs = true;
    return false;
  }
}

/** An engine and the kernel as the same node. Throws Fault TOOL_MISSING. */
async function onBoth<T>(
  { mode, create, proxy }: Pair,
  run: (engine: Engine, node: KernelNode) => Promise<T>,
): Promise<T> {
  const plan = planNode(snapshot(), nodeView(NODE), { ...proxyConfig(TOPOLOGY, mode), ...proxy });
  const engine = create({ seed: 1 });
  const node = await KernelNode.start(plan, ATTACHMENT, mode);
  try {
    engine.load(encodeImage(compileTables(plan, ATTACHMENT, { strategy: mode, generation: 1n, hashSeed: 1 })), now());
    return await run(engine, node);
  } finally {
    node.close();
    engine.close();
  }
}

/** Plays random connections, one after the other, until enough packets were sent. */
export function play({ seed, packets, protocols, every = 25, ...pair }: Play): Promise<Played> {
  const dice = new Dice(seed);
  const states = new Set<string>();
  const drawn = new Set<number>();
  const differences: string[] = [];
  return onBoth(pair, async (engine, node) => {
    let sent = 0;
    for (let port = FIRST_PORT; sent < packets; port = port === LAST_PORT ? FIRST_PORT : port + 1) {
      if (drawn.has(port)) continue;
      const protocol = dice.pick(protocols);
      const line: Line = { family: dice.pick([4, 6]), viaService: isServed(protocol) && dice.chance(70), port };
      const speak = speaker(dice, protocol, line);
      const course = new Course(engine, node, port, drawn);
      for (let i = 1, goesOn = true; goesOn && i <= CONNECTION_PACKETS; i++, sent++) {
        const { left } = course;
        const said = left && dice.chance(COMPLAINTS) ? errorAbout(dice, line.family, left) : speak();
        goesOn = course.say(dice.chance(DAMAGED) ? damaged(said) : said) && (i % every !== 0 || (await course.list()));
        if (course.state !== '') states.add(`${protocol} ${course.state}`);
      }
      if (course.differs) differences.push([`${protocol} ${JSON.stringify(line)}`, ...course.said].join('\n'));
    }
    return { packets: sent, states, differences };
  });
}

/** Plays known courses of TCP through the Service, in both families, and compares states after every segment. */
export function playCourses(courses: Readonly<Record<string, string>>, pair: Pair): Promise<string[]> {
  const differences: string[] = [];
  return onBoth(pair, async (engine, node) => {
    let port = 20_000;
    for (const [name, text] of Object.entries(courses)) {
      for (const family of [4, 6] as const) {
        const line: Line = { family, viaService: true, port: ++port };
        const course = new Course(engine, node, port);
        for (const said of segmentsOf(text)) if (!course.say(segment(line, said)) || !(await course.list())) break;
        if (course.differs) differences.push([`${name}: ${JSON.stringify(line)}`, ...course.said].join('\n'));
      }
    }
    return differences;
  });
}
