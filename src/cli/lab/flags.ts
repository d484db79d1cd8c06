// flags.ts - the flags that configure a new lab (`up` and `demo`): their definitions and parsing.
import type { Command } from 'commander';
import { usage } from '../failure.js';
import { offer } from '../flags.js';
import { dataplaneOf, dataplaneOption } from '../packets/dataplane.js';
import { labOption } from './client.js';
import { wholeNumber } from './number.js';
import { type LabRangeFlags, labRangeOptions, labRanges } from './ranges.js';
import { type LabOptions, MAX_NODES, MAX_SHARDS, STRATEGY_NAMES } from './run.js';
import { type SecureFlags, secureOptions, secureRequest } from './secure.js';

export interface UpFlags extends LabRangeFlags, SecureFlags {
  readonly filename?: readonly string[];
  readonly nodes?: string;
  readonly dataplane: string;
  readonly shards?: string;
  readonly offloads: boolean;
  readonly dns: boolean;
  readonly seed: string;
  readonly detach?: boolean;
  readonly state?: string;
}

/** Reads the flags; throws wrong usage. */
export function labOptions(flags: UpFlags, name: string, verb: string): LabOptions {
  if (flags.state === '') throw usage('--state needs a directory', verb);
  return {
    name,
    files: flags.filename ?? [],
    nodes: flags.nodes === undefined ? undefined : wholeNumber(flags.nodes, '--nodes', verb, 0, MAX_NODES),
    strategy: 'nftables',
    ...dataplaneOf(flags, verb),
    shards: flags.shards === undefined ? undefined : wholeNumber(flags.shards, '--shards', verb, 1, MAX_SHARDS),
    offloads: flags.offloads,
    dns: flags.dns,
    seed: wholeNumber(flags.seed, '--seed', verb, 0, 0xffffffff),
    ranges: labRanges(flags, verb),
    state: flags.state,
    secure: secureRequest(flags, verb),
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
    .option('--no-offloads', 'no checksum and segmentation offload: every frame is whole and at most 1514 bytes')
    .option(
      '--no-dns',
      'no Service kube-system/kube-dns (without this there is one, unless the manifests bring theirs)',
    )
    .option('--seed <number>', 'seed of everything that is drawn', '1');
  return secureOptions(labRangeOptions(command));
}
