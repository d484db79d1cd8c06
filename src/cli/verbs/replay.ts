// replay.ts - `kubewire replay`: a capture through the dataplane, in memory or in the running lab.
import { closeSync, writeSync } from 'node:fs';
import { setImmediate, setTimeout } from 'node:timers/promises';
import type { Command } from 'commander';
import { Capture } from '../../api/capture/capture.js';
import { frameSocket } from '../../lab/host/host.js';
import { labAccess, reexecInUserNamespace } from '../../lab/host/process.js';
import { INTERFACE, openNamespace } from '../../lab/host/sandbox.js';
import { everything } from '../../observe/capture/subject.js';
import { engineFactory } from '../../observe/engines.js';
import { Fleet } from '../../observe/fleet.js';
import { entranceOf, Replay } from '../../observe/replay.js';
import { usage } from '../failure.js';
import { closing, outputOption } from '../flags.js';
import { clientOf } from '../lab/client.js';
import { netnsOf } from '../lab/objects.js';
import { findTarget } from '../lab/target.js';
import { closed, opened, put } from '../lab/written.js';
import { CaptureFile } from '../packets/capturefile.js';
import {
  loadWorld,
  manifestOption,
  meansLab,
  strategyOf,
  strategyOption,
  type WorldFlags,
  worldOptions,
} from '../packets/world.js';

interface ReplayFlags extends WorldFlags {
  readonly at?: string;
  readonly rate?: number;
  readonly asRecorded?: boolean;
  readonly inMemory?: boolean;
  readonly write?: string;
  readonly output?: string;
}

/** When a frame is due, in nanoseconds: by its stamp, or one after another at the rate. */
function* paced(file: CaptureFile, rate: number | undefined) {
  let count = 0;
  let last = 0n;
  for (const { atNs, bytes } of file.frames()) {
    last = rate === undefined ? (atNs ?? last) : BigInt(Math.round((count * 1e9) / rate));
    count++;
    yield { dueNs: last, bytes };
  }
}

interface Outcomes {
  readonly at: string;
  readonly packets: number;
  readonly sent: number;
  /** `VERDICT REASON` at the last dataplane that a frame met → how many. Empty in a lab: there, see drops and flows. */
  readonly outcomes: Readonly<Record<string, number>>;
  readonly warnings: readonly string[];
}

/** Writes what the capture has. Frames wait while the file is behind. */
async function pump(capture: Capture, path: string | undefined): Promise<void> {
  const to = path === undefined ? null : await opened(path);
  for await (const part of capture.stream) if (to) await put(to, Buffer.from(part));
  if (to) await closed(to);
}

async function inMemory(file: CaptureFile, flags: ReplayFlags, command: Command): Promise<Outcomes> {
  const world = await loadWorld(flags, 'replay', () => clientOf(command));
  const { strategy, own } = { strategy: strategyOf(flags, 'replay'), own: world.strategies };
  const fleet = new Fleet(world, strategy, await engineFactory(flags.engine), own, true);
  const entrance = entranceOf(fleet, flags.at ?? '', flags.namespace ?? 'default');
  const replay = new Replay(fleet, entrance);
  const options = { subject: everything, filter: () => true, snap: 0, count: Number.POSITIVE_INFINITY, epochNs: 0n };
  const capture = new Capture({ ...options, format: 'pcapng' }, () => undefined);
  const written = pump(capture, flags.write);
  const outcomes: Record<string, number> = {};
  let sent = 0;
  for (const { dueNs, bytes } of paced(file, flags.rate)) {
    const hops = replay.run(bytes, dueNs);
    for (const hop of hops) capture.take(hop);
    const last = hops.at(-1);
    const outcome = `${last?.verdict} ${last?.reason}`;
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    sent++;
    while (capture.isBehind) await setImmediate();
  }
  capture.close(0);
  await written;
  fleet.close();
  return { at: entrance.name, packets: file.packets, sent, outcomes, warnings: file.warnings() };
}

/** Errors of one frame, not of the way that all take. */
const OF_FRAME = new Set(['EMSGSIZE', 'EINVAL', 'ENOBUFS']);

async function inLab(file: CaptureFile, flags: ReplayFlags, command: Command): Promise<Outcomes> {
  const at = flags.at ?? '';
  if (flags.write !== undefined) {
    throw usage('-w is for --in-memory; in the running lab use "kubewire capture" beside it', 'replay');
  }
  if (at.startsWith('link/'))
    throw usage('nobody sends from a link in the running lab: give pod/, client/ or node/, or --in-memory', 'replay');
  const target = await findTarget(clientOf(command), at, flags.namespace ?? 'default');
  if (labAccess() === 'user-namespace') reexecInUserNamespace();
  const namespace = openNamespace(netnsOf(target));
  const socket = frameSocket(namespace, INTERFACE);
  let [sent, refused] = [0, 0];
  let first: { readonly dueNs: bigint; readonly nowMs: number } | null = null;
  for (const { dueNs, bytes } of paced(file, flags.rate)) {
    first ??= { dueNs, nowMs: performance.now() };
    const waitMs = Number((dueNs - first.dueNs) / 1000n) / 1000 - (performance.now() - first.nowMs);
    if (waitMs > 1) await setTimeout(Math.min(waitMs, 2 ** 31 - 1));
    try {
      writeSync(socket, bytes);
      sent++;
    } catch (error) {
      if (!OF_FRAME.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
      refused++;
    }
  }
  closeSync(socket);
  namespace.close();
  const long = refused > 0 ? [`${refused} frames were refused: they are longer than the link carries, or empty`] : [];
  return { at, packets: file.packets, sent, outcomes: {}, warnings: [...file.warnings(), ...long] };
}

function tell({ at, packets, sent, outcomes, warnings }: Outcomes): void {
  for (const warning of warnings) process.stderr.write(`Warning: ${warning}\n`);
  process.stdout.write(`${sent} of ${packets} packets replayed at ${at}\n`);
  const rows = Object.entries(outcomes).sort(([, a], [, b]) => b - a);
  for (const [outcome, count] of rows) process.stdout.write(`  ${String(count).padStart(8)}  ${outcome}\n`);
}

async function replay(path: string, flags: ReplayFlags, command: Command): Promise<void> {
  if (flags.at === undefined)
    throw usage('--at says where the packets come in: pod/NAME, client/NAME or link/NODE', 'replay');
  if (flags.rate !== undefined && flags.asRecorded)
    throw usage('--rate and --as-recorded exclude each other', 'replay');
  const memory = flags.inMemory === true || !meansLab(flags);
  const outcomes = await (memory ? inMemory : inLab)(new CaptureFile(path), flags, command);
  if (flags.output === 'json') process.stdout.write(`${JSON.stringify(outcomes, null, 2)}\n`);
  else tell(outcomes);
}

function rateOf(text: string): number {
  const rate = /^\d+(\.\d+)?$/.test(text) ? Number(text) : 0;
  if (rate > 0 && rate <= 1e9) return rate;
  throw usage(`--rate is a number of packets a second, not "${text}"`, 'replay');
}

export function register(program: Command): void {
  const command = program
    .command('replay')
    .description(
      'Send the packets of a capture (pcap or pcapng) into the dataplane where a pod, a client or a link would: in the running\n' +
        'lab, or with --in-memory or -f without one and without root. In memory, -w writes every packet at every node that it\n' +
        'passed, as it came and as it left, with verdict, service and rule. Packets are sent as they are, whatever they are.',
    )
    .argument('<file>', 'the capture; - for standard input')
    .option('--at <name>', 'where the packets come in: pod/NAME, client/NAME, node/NAME; in memory also link/NODE');
  manifestOption(command, false)
    .option('--rate <packets>', 'so many a second', rateOf)
    .option('--as-recorded', 'at the times of their stamps; what happens anyway')
    .option('--in-memory', 'with the objects of the running lab, but not in it')
    .option('-w, --write <file>', 'a pcapng file of what became of them; - for standard output');
  outputOption(strategyOption(command), ['json']).action(replay);
  worldOptions(command, false);
  closing(
    command,
    'kubewire replay web.pcap --at client/outside\nkubewire replay web.pcap --at client/outside -f examples/shop -w out.pcapng\n' +
      'kubewire replay odd.pcapng --at pod/shop/web-1 --in-memory --strategy ipvs -o json',
  );
}
