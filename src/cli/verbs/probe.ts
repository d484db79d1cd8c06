// probe.ts - `kubewire probe`: crafted packets from inside the running lab, and what comes back.
import { Argument, type Command } from 'commander';
import { labAccess, reexecInUserNamespace } from '../../lab/host/process.js';
import { type Shots, sendCrafted } from '../../lab/probe/send.js';
import { isIPv6 } from '../../model/address.js';
import { type CraftedAnswer, craft, flagBits, readAnswer } from '../../observe/craft.js';
import { resolveFlow } from '../../observe/flow.js';
import type { Probe } from '../../observe/probe.js';
import { PROTOCOL } from '../../wire/headers.js';
import { Exit, usage } from '../failure.js';
import { closing, namespaceOption, outputOption } from '../flags.js';
import { clientOf } from '../lab/client.js';
import { wholeNumber } from '../lab/number.js';
import { netnsOf } from '../lab/objects.js';
import { findTarget } from '../lab/target.js';
import { readLabWorld } from '../packets/world.js';

interface ProbeFlags {
  readonly namespace: string;
  readonly from?: string;
  readonly to?: string;
  readonly flags?: number;
  readonly ttl: number;
  readonly fragment?: number;
  readonly badChecksum?: boolean;
  readonly count: number;
  readonly timeout: number;
  readonly traceroute?: boolean;
  readonly output?: string;
}

const SYN = 2;
/** Between two packets, so that no link drops them for want of room. */
const PAUSE_MS = 20;
const MOST = 200;
const MOST_HOPS = 16;

interface Answered {
  /** From 1 on. */
  readonly packet: number;
  readonly ttl: number;
  readonly answers: readonly (Omit<CraftedAnswer, 'of'> & { readonly ms: number })[];
}

/** The packet that the flags ask for; its sender may be named by an address. */
async function probeOf(protocol: string, flags: ProbeFlags, command: Command): Promise<Probe> {
  const { from, to, namespace } = flags;
  if (from === undefined || to === undefined) throw usage('--from and --to are needed', 'probe');
  const world = await readLabWorld(clientOf(command));
  const { probe } = resolveFlow(world, { node: undefined, from, to, proto: protocol }, namespace);
  if (isIPv6(probe.destination)) throw new Exit(1, 'error: probe crafts IPv4 packets; give an IPv4 address');
  return probe;
}

function answersOf(shots: Shots, probe: Probe, ttls: readonly number[]): Answered[] {
  const answers = shots.received.flatMap(({ bytes, ms }) => {
    const answer = readAnswer(bytes, probe, ttls.length);
    return answer ? [{ ...answer, ms: ms - (shots.sentMs[answer.of] ?? ms) }] : [];
  });
  return ttls.map((ttl, i) => ({
    packet: i + 1,
    ttl,
    answers: answers.filter(({ of }) => of === i).map(({ of: _, ...answer }) => answer),
  }));
}

function rowText({ packet, ttl, answers }: Answered, traceroute: boolean): string {
  const head = String(traceroute ? ttl : packet).padStart(3);
  if (answers.length === 0) return `${head}  *`;
  return answers
    .map(
      ({ what, from, ttl: left, ms }, i) =>
        `${i === 0 ? head : '   '}  ${what}  from ${from}, ttl ${left}, ${ms.toFixed(1)} ms`,
    )
    .join('\n');
}

/** A traceroute ends with the first packet that arrives. */
function untilArrived(rows: readonly Answered[]): readonly Answered[] {
  const end = rows.findIndex(({ answers }) => answers.some(({ arrived }) => arrived));
  return end < 0 ? rows : rows.slice(0, end + 1);
}

async function probe(protocol: string, flags: ProbeFlags, command: Command): Promise<void> {
  if (flags.flags !== undefined && protocol !== 'tcp') throw usage('--flags is for tcp', 'probe');
  const packet = await probeOf(protocol, flags, command);
  const netns = netnsOf(await findTarget(clientOf(command), flags.from ?? '', flags.namespace));
  if (labAccess() === 'user-namespace') reexecInUserNamespace();
  const { traceroute = false, badChecksum = false, fragment = null } = flags;
  const ttls = Array.from({ length: traceroute ? MOST_HOPS : flags.count }, (_, i) => (traceroute ? i + 1 : flags.ttl));
  const form = { flags: flags.flags ?? SYN, badChecksum, fragment };
  const packets = ttls.map((ttl, i) => craft(packet, { ...form, ttl }, i));
  const number = PROTOCOL[packet.protocol];
  const { destination } = packet;
  const shots = await sendCrafted(netns, {
    destination,
    protocol: number,
    packets,
    pauseMs: PAUSE_MS,
    timeoutMs: flags.timeout,
  });
  const all = answersOf(shots, packet, ttls);
  const rows = traceroute ? untilArrived(all) : all;
  const answered = rows.filter(({ answers }) => answers.length > 0).length;
  const { source, destinationPort } = packet;
  if (flags.output === 'json') {
    const head = { protocol, source, destination, port: destinationPort, sent: rows.length, answered };
    process.stdout.write(`${JSON.stringify({ ...head, packets: rows, errors: shots.errors }, null, 2)}\n`);
  } else {
    const port = packet.protocol === 'ICMP' ? '' : `:${destinationPort}`;
    process.stdout.write(`${packet.protocol} ${source} → ${destination}${port}\n`);
    process.stdout.write(`${rows.map((row) => rowText(row, traceroute)).join('\n')}\n`);
    for (const error of new Set(shots.errors)) process.stderr.write(`Warning: not sent: ${error}\n`);
    process.stdout.write(`${rows.length} sent, ${answered} answered\n`);
  }
  if (answered === 0) throw new Exit(1);
}

function bitsOf(text: string): number {
  const bits = flagBits(text);
  if (bits !== null) return bits;
  throw usage(`--flags are some of FIN,SYN,RST,PSH,ACK,URG,ECE,CWR, not "${text}"`, 'probe');
}

function pieceOf(text: string): number {
  const bytes = wholeNumber(text, '--fragment', 'probe', 8, 1480);
  if (bytes % 8 === 0) return bytes;
  throw usage('--fragment is a multiple of 8', 'probe');
}

const within = (flag: string, low: number, high: number) => (text: string) =>
  wholeNumber(text, flag, 'probe', low, high);

export function register(program: Command): void {
  const command = program
    .command('probe')
    .description(
      'Send packets that no ordinary program sends from inside a pod, node or client of the running lab, by the package\n' +
        'raw-socket, and show what comes back: answers, resets, errors of ICMP, or nothing. IPv4. "kubewire trace" tells why.',
    )
    .addArgument(new Argument('<protocol>', 'of the packets').choices(['icmp', 'tcp', 'udp', 'sctp']))
    .option('--from <name>', 'who sends: pod/NAME, node/NAME or client/NAME')
    .option('--to <name>', 'IP[:PORT], svc/NAME:PORT, pod/NAME:PORT or a DNS name:PORT')
    .option('--flags <flags>', 'of TCP, such as SYN,ACK (default: SYN)', bitsOf)
    .option('--ttl <hops>', 'time to live', within('--ttl', 1, 255), 64)
    .option('--fragment <bytes>', 'in fragments with so many bytes each', pieceOf)
    .option('--bad-checksum', 'with a wrong checksum of TCP, UDP, SCTP or ICMP')
    .option('--count <packets>', 'how many, each from a port of its own', within('--count', 1, MOST), 3)
    .option('--timeout <ms>', 'how long answers are awaited', within('--timeout', 1, 60_000), 500)
    .option('--traceroute', 'with a time to live of 1, 2, 3 … until one arrives');
  namespaceOption(outputOption(command, ['json'])).action(probe);
  closing(
    command,
    'kubewire probe tcp --from client/outside --to svc/web.shop:80\nkubewire probe tcp --from pod/shop/web --to 10.96.0.10:53 --flags FIN,ACK\n' +
      'kubewire probe udp --from node/node-1 --to pod/shop/web:9 --fragment 16\nkubewire probe icmp --from client/outside --to 192.168.0.11 --traceroute',
    { 1: 'nothing came back, or it could not be sent' },
  );
}
