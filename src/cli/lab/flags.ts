// flags.ts - the flags that configure a new lab (`up` and `demo`): their definitions and parsing.
import type { Command } from 'commander';
import type { MetricsAddress } from '../../api/metricslistener.js';
import { NODE_GRACE_MS } from '../../cluster/nodes/lifecycle.js';
import type { NodeLoss } from '../../emulator/options.js';
import { FAST_PATHS, type FastPathName } from '../../lab/host/yard.js';
import { durationSeconds } from '../../model/duration.js';
import { splitAddress } from '../../observe/flow.js';
import { usage } from '../failure.js';
import { offer } from '../flags.js';
import { dataplaneOf, dataplaneOption } from '../packets/dataplane.js';
import type { LiveFlags } from '../packets/live.js';
import { labOption } from './client.js';
import { ingressManifests } from './examples.js';
import { wholeNumber } from './number.js';
import { type LabRangeFlags, labRangeOptions, labRanges } from './ranges.js';
import { type LabOptions, MAX_NODES, MAX_SHARDS, STRATEGY_NAMES } from './run.js';
import { type SecureFlags, secureOptions, secureRequest } from './secure.js';
import { type TuningFlags, tuningOf, tuningOptions } from './tuning.js';

export interface UpFlags extends LabRangeFlags, SecureFlags, LiveFlags, TuningFlags {
  readonly filename?: readonly string[];
  readonly nodes?: string;
  readonly dataplane: string;
  readonly shards?: string;
  readonly offloads: boolean;
  readonly fastPath: FastPathName;
  readonly nodeGrace?: string;
  readonly defaultUnreachableTolerationSeconds?: string;
  readonly dns: boolean;
  readonly ingress?: boolean;
  readonly seed: string;
  readonly detach?: boolean;
  readonly state?: string;
  readonly metricsBindAddress?: string;
}

/** A week: nobody waits longer, and timers can. */
const LONGEST_GRACE = 7 * 24 * 3600;

/** Whoever shortens the time until a node is lost wants its pods elsewhere as soon. */
function nodeLossOf(flags: UpFlags, verb: string): NodeLoss | undefined {
  const { nodeGrace, defaultUnreachableTolerationSeconds: stay } = flags;
  if (nodeGrace === undefined && stay === undefined) return undefined;
  const grace = nodeGrace === undefined ? NODE_GRACE_MS / 1000 : durationSeconds(nodeGrace);
  if (grace === null || grace < 1 || grace > LONGEST_GRACE)
    throw usage(`--node-grace must be a duration of 1s or more, such as 5s, not "${nodeGrace}"`, verb);
  const toleration = '--default-unreachable-toleration-seconds';
  const lossTolerationSeconds =
    stay === undefined ? Math.round(grace) : wholeNumber(stay, toleration, verb, 0, LONGEST_GRACE);
  return { nodeGraceMs: grace * 1000, lossTolerationSeconds };
}

/** `IP:PORT`, `[IP]:PORT` or `PORT` alone, which is on loopback. */
function metricsAddress(text: string, verb: string): MetricsAddress {
  const split = splitAddress(/^\d+$/.test(text) ? `127.0.0.1:${text}` : text);
  if (!split?.port) throw usage(`--metrics-bind-address is IP:PORT, such as 127.0.0.1:10249, not "${text}"`, verb);
  return { host: split.address, port: wholeNumber(split.port, '--metrics-bind-address', verb, 0, 65_535) };
}

/** Reads the flags; throws wrong usage. */
export function labOptions(flags: UpFlags, name: string, verb: string): LabOptions {
  if (flags.state === '') throw usage('--state needs a directory', verb);
  const own = flags.filename ?? [];
  if (flags.ingress && flags.kubeconfig !== undefined)
    throw usage('--ingress and --kubeconfig exclude each other', verb);
  const files = flags.ingress ? [...ingressManifests(), ...own] : own;
  const carrier = dataplaneOf(flags, verb);
  if (flags.kubeconfig !== undefined && files.length > 0) throw usage('-f and --kubeconfig exclude each other', verb);
  if (flags.masqueradePorts !== undefined && flags.dataplane !== 'kubewire')
    throw usage('--masquerade-ports needs --dataplane kubewire: the kernel takes whatever port is free', verb);
  return {
    name,
    files,
    live: flags.kubeconfig === undefined ? null : flags,
    nodes: flags.nodes === undefined ? undefined : wholeNumber(flags.nodes, '--nodes', verb, 0, MAX_NODES),
    strategy: 'nftables',
    ...carrier,
    tuning: tuningOf(flags, carrier.dataplane, verb),
    shards: flags.shards === undefined ? undefined : wholeNumber(flags.shards, '--shards', verb, 1, MAX_SHARDS),
    offloads: flags.offloads,
    fastPath: flags.fastPath,
    nodeLoss: nodeLossOf(flags, verb),
    dns: flags.dns,
    seed: wholeNumber(flags.seed, '--seed', verb, 0, 0xffffffff),
    ranges: labRanges(flags, verb),
    state: flags.state,
    secure: secureRequest(flags, verb),
    metrics: flags.metricsBindAddress === undefined ? undefined : metricsAddress(flags.metricsBindAddress, verb),
  };
}

/** The options that `up` and `demo` share. */
export function labOptionsOf(command: Command): Command {
  labOption(command, 'a name for the lab, when several are to run')
    .option(
      '--nodes <count>',
      'machines of the cluster; 0: only the API and controllers (default: what Node objects say, else 3)',
    )
    .addOption(
      offer(command.createOption('--strategy <name>', 'how rules are looked up (default "nftables")'), STRATEGY_NAMES),
    );
  dataplaneOption(command)
    .option('--shards <count>', 'threads of the dataplane (default: half of the processors, 1 to 4)')
    .option(
      '--node-grace <duration>',
      'how long a node may be silent before it is lost, and how long its pods then stay (default: 50s, then 300s)',
    )
    .option(
      '--default-unreachable-toleration-seconds <count>',
      'how long pods stay on a lost node unless they say otherwise (default: as --node-grace if given, else 300)',
    )
    .option('--no-offloads', 'no checksum and segmentation offload: every frame is whole and at most 1514 bytes')
    .addOption(
      command
        .createOption(
          '--fast-path <name>',
          'who carries established connections: BPF programs, or the engine as all others',
        )
        .choices(FAST_PATHS)
        .default('ebpf'),
    )
    .option(
      '--no-dns',
      'no Service kube-system/kube-dns (without this there is one, unless the manifests bring theirs)',
    )
    .option(
      '--ingress',
      'with the proxy of Ingress and Gateway API, at ports 80 and 443 of a load balancer (examples/ingress)',
    )
    .option('--metrics-bind-address <address>', 'where to serve metrics and health to anybody, such as 127.0.0.1:10249')
    .option('--seed <number>', 'seed of everything that is drawn', '1');
  return secureOptions(labRangeOptions(tuningOptions(command)));
}
