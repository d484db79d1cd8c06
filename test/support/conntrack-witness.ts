// conntrack-witness.ts - plays packets of random connections to one node, as our engines and as the real kernel, and lists what differs.
import { MasqueradeReason } from '../../src/abi/abi.gen.js';
import { compileTables } from '../../src/compile/strategy.js';
import type { Engine, FrameIn } from '../../src/engine/engine.js';
import { encodeImage } from '../../src/image/encode.js';
import { KernelNode } from '../../src/lab/netfilter/node/node.js';
import type { KernelMode } from '../../src/lab/netfilter/rules.js';
import type { ClusterSnapshot } from '../../src/model/objects.js';
import type { ProxyConfig } from '../../src/plan/plan.js';
import { planNode } from '../../src/plan/planner.js';
import { nodeAttachment, nodeView, proxyConfig } from '../../src/topology/attachment.js';
import { createTopology, defaultNode } from '../../src/topology/topology.js';
import { type Listed, listEngine, listKernel } from './conntrack-list.js';
import { ip } from './packet.js';
import { SctpTalk } from './sctp-talk.js';
import { Dice } from './seed.js';
import { type End, TcpTalk } from './tcp-talk.js';

const TOPOLOGY = createTopology();
const NODE = defaultNode(1);
const CLIENT = { port: 2, addresses: { 4: '10.244.1.5', 6: 'fd00:10:244:1::5' } } as const;
const SERVER = { port: 1, addresses: { 4: '10.244.2.7', 6: 'fd00:10:244:2::7' } } as const;
const FRONTEND = { 4: '10.96.0.10', 6: 'fd00:10:96::a' } as const;
const SERVICE_PORT = 80;
const TARGET_PORT = 8080;
const PROTOCOLS = ['TCP', 'UDP', 'SCTP'] as const;
const ATTACHMENT = nodeAttachment(TOPOLOGY, NODE, [
  { port: CLIENT.port, id: 1, name: 'default/a', addresses: Object.values(CLIENT.addresses) },
]);

export type Protocol = (typeof PROTOCOLS)[number] | 'ICMP' | 'OTHER';

/** What else is sent to the address of a Service is refused, and the kernel quotes it with a TTL one less. */
const isOfServices = (protocol: Protocol): boolean => PROTOCOLS.some((each) => each === protocol);

/** One Service with one endpoint, in both families: the kernel has no choice. */
function snapshot(): ClusterSnapshot {
  const name = (protocol: string): string => protocol.toLowerCase();
  const ports = PROTOCOLS.map((protocol) => ({
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
    ports: PROTOCOLS.map((protocol) => ({ name: name(protocol), protocol, port: TARGET_PORT })),
  }));
  return { services: [service], endpointSlices: slices, nodes: [] } as unknown as ClusterSnapshot;
}

/** Makes the packets of one connection. */
type Speaker = () => { readonly from: End; readonly frame: FrameIn; readonly text: string };

/** Where a connection runs: through the Service or past it. */
interface Line {
  readonly family: 4 | 6;
  readonly viaService: boolean;
  readonly port: number;
}

function ends(line: Line, from: End) {
  const { family, viaService, port } = line;
  const client = [CLIENT.addresses[family], port] as const;
  const server = [SERVER.addresses[family], TARGET_PORT] as const;
  if (from === 'server') return { inPort: SERVER.port, source: server, destination: client };
  return {
    inPort: CLIENT.port,
    source: client,
    destination: viaService ? ([FRONTEND[family], SERVICE_PORT] as const) : server,
  };
}

function speaker(dice: Dice, protocol: Protocol, line: Line): Speaker {
  const layers = (from: End) => {
    const { inPort, source, destination } = ends(line, from);
    return { inPort, layer: ip(source[0], destination[0]), from: source[1], to: destination[1] };
  };
  const tcp = new TcpTalk(dice);
  const sctp = new SctpTalk(dice);
  return () => {
    if (protocol === 'TCP') {
      const said = tcp.next();
      const { inPort, layer, from, to } = layers(said.from);
      const built = layer.tcp(from, to, said).payload(said.payload);
      return {
        from: said.from,
        frame: built.frame(inPort),
        text: JSON.stringify({ ...said, options: Buffer.from(said.options).toString('hex') }),
      };
    }
    if (protocol === 'SCTP') {
      const said = sctp.next();
      const { inPort, layer, from, to } = layers(said.from);
      return {
        from: said.from,
        frame: layer.sctp(from, to, said).payload(said.payload).frame(inPort),
        text: JSON.stringify(said),
      };
    }
    const side: End = dice.pick(['client', 'client', 'server']);
    const { inPort, layer, from, to } = layers(side);
    if (protocol === 'UDP')
      return { from: side, frame: layer.udp(from, to).payload(dice.below(20)).frame(inPort), text: side };
    if (protocol === 'ICMP')
      return { from: side, frame: layer.echo(line.port, 1, { reply: side === 'server' }).frame(inPort), text: side };
    return { from: side, frame: layer.other(99, 16).frame(inPort), text: side };
  };
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes.subarray(14)).toString('hex');

export interface Play {
  readonly seed: number;
  /** At least so many. */
  readonly packets: number;
  readonly mode: KernelMode;
  readonly protocols: readonly Protocol[];
  readonly create: (options: { seed: number }) => Engine;
  /** What kube-proxy is told. */
  readonly proxy?: Partial<ProxyConfig>;
  /** States are compared after so many packets of a connection, and at its end. */
  readonly every?: number;
}

export interface Played {
  readonly packets: number;
  /** Every state that was met, by protocol. */
  readonly states: ReadonlySet<string>;
  /** One text a connection that went another way. */
  readonly differences: readonly string[];
}

const CONNECTION_PACKETS = 50;
/** Both clocks count seconds from a packet, but not from the same instant. */
const SECONDS_APART = 3;

const sameListed = (a: Listed | undefined, b: Listed | undefined): boolean =>
  a?.state === b?.state &&
  a?.assured === b?.assured &&
  a?.replied === b?.replied &&
  Math.abs((a?.seconds ?? 0) - (b?.seconds ?? 0)) <= SECONDS_APART;

const now = (): bigint => process.hrtime.bigint();

/** One connection, until it is over or the two go apart. */
class Course {
  readonly said: string[] = [];
  state = '';
  differs = false;
  readonly #engine: Engine;
  readonly #node: KernelNode;
  readonly #port: number;

  constructor(engine: Engine, node: KernelNode, port: number) {
    this.#engine = engine;
    this.#node = node;
    this.#port = port;
  }

  /** False when the two need not be compared any more. */
  say(frame: FrameIn, text: string): boolean {
    const { out, decision } = this.#engine.process(frame, now());
    const theirs = this.#node.process(frame).map((each) => `${each.port} ${hex(each.bytes)}`);
    this.said.push(text);
    // The source port of a connection that clashes is drawn.
    if (decision.masquerade === MasqueradeReason.PORT_CLASH) return false;
    return this.#same(out ? `${out.port} ${hex(out.bytes)}` : '', theirs.join('; '));
  }

  async list(): Promise<boolean> {
    const isOurs = (each: Listed): boolean => each.key.endsWith(`:${this.#port}`);
    const ours = listEngine(this.#engine, now()).filter(isOurs);
    const theirs = (await listKernel(this.#node)).filter(isOurs);
    this.state = ours[0]?.state ?? '';
    this.said.push(`  ${this.state}`);
    if (sameListed(ours[0], theirs[0])) return true;
    return this.#same(JSON.stringify(ours), JSON.stringify(theirs));
  }

  #same(ours: string, theirs: string): boolean {
    if (ours === theirs) return true;
    this.said.push(`  ours: ${ours}`, `  the kernel: ${theirs}`);
    this.differs = true;
    return false;
  }
}

/** Plays connections, one after the other, until enough packets were sent. Throws Fault TOOL_MISSING. */
export async function play({ seed, packets, mode, protocols, create, proxy, every = 25 }: Play): Promise<Played> {
  const dice = new Dice(seed);
  const plan = planNode(snapshot(), nodeView(NODE), { ...proxyConfig(TOPOLOGY, mode), ...proxy });
  const engine = create({ seed });
  const node = await KernelNode.start(plan, ATTACHMENT, mode);
  const states = new Set<string>();
  const differences: string[] = [];
  let sent = 0;
  try {
    engine.load(encodeImage(compileTables(plan, ATTACHMENT, { strategy: mode, generation: 1n, hashSeed: 1 })), now());
    for (let port = 10_000; sent < packets; port = port === 65_000 ? 10_000 : port + 1) {
      const protocol = dice.pick(protocols);
      const line: Line = { family: dice.pick([4, 6]), viaService: isOfServices(protocol) && dice.chance(70), port };
      const speak = speaker(dice, protocol, line);
      const course = new Course(engine, node, port);
      for (let i = 1, goesOn = true; goesOn && i <= CONNECTION_PACKETS; i++, sent++) {
        const { frame, text } = speak();
        goesOn = course.say(frame, text) && (i % every !== 0 || (await course.list()));
        if (course.state !== '') states.add(`${protocol} ${course.state}`);
      }
      if (course.differs) differences.push([`${protocol} ${JSON.stringify(line)}`, ...course.said].join('\n'));
    }
    return { packets: sent, states, differences };
  } finally {
    node.close();
    engine.close();
  }
}
