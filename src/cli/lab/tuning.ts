// tuning.ts - the flags that say what the threads of our dataplane may use: connections a node tracks, and processor time.
import { availableParallelism } from 'node:os';
import type { Command } from 'commander';
import type { EngineTuning } from '../../engine/pool.js';
import type { DataplaneName } from '../../lab/netfilter/names.js';
import { usage } from '../failure.js';
import { wholeNumber } from './number.js';

export interface TuningFlags {
  readonly conntrackMaxPerCore?: string;
  readonly conntrackMin?: string;
  readonly busyPoll?: string;
}

/** Defaults of kube-proxy; the second counts when the first is not zero. */
const PER_CORE = 32_768;
const LEAST = 131_072;
/** What a node's table can have at most. */
const MOST_FLOWS = 1 << 22;
const MOST_POLL_US = 1000;

/** As kube-proxy reckons nf_conntrack_max. undefined: the default stays, which is what zero a core asks for, too. */
function flowCapacityOf(flags: TuningFlags, verb: string, cores: number): number | undefined {
  const { conntrackMaxPerCore: perCore, conntrackMin: least } = flags;
  if (perCore === undefined && least === undefined) return undefined;
  const each = wholeNumber(perCore ?? String(PER_CORE), '--conntrack-max-per-core', verb, 0, MOST_FLOWS);
  const floor = wholeNumber(least ?? String(LEAST), '--conntrack-min', verb, 0, MOST_FLOWS);
  return each === 0 ? undefined : Math.min(MOST_FLOWS, Math.max(each * cores, floor));
}

/** Reads the flags; throws wrong usage. */
export function tuningOf(
  flags: TuningFlags,
  dataplane: DataplaneName,
  verb: string,
  cores: number = availableParallelism(),
): EngineTuning {
  const flowCapacity = flowCapacityOf(flags, verb, cores);
  if (flowCapacity !== undefined && dataplane !== 'kubewire') {
    const why = 'nf_conntrack_max belongs to the first network namespace of the machine; set it there with sysctl';
    throw usage(`--conntrack-max-per-core and --conntrack-min are for --dataplane kubewire: ${why}`, verb);
  }
  const { busyPoll } = flags;
  const busyPollUs = busyPoll === undefined ? undefined : wholeNumber(busyPoll, '--busy-poll', verb, 0, MOST_POLL_US);
  return {
    ...(flowCapacity === undefined ? {} : { flowCapacity }),
    ...(busyPollUs === undefined ? {} : { busyPollUs }),
  };
}

export const tuningOptions = (command: Command): Command =>
  command
    .option(
      '--conntrack-max-per-core <count>',
      'connections that a node tracks, for each processor of this machine; rounded up to a power of two (default: 65536 in all)',
    )
    .option(
      '--conntrack-min <count>',
      'no fewer than these. Kernel dataplanes have no limit a node: nf_conntrack_max belongs to the first namespace',
    )
    .option(
      '--busy-poll <microseconds>',
      'how long a thread of the dataplane asks for frames before it sleeps, while that pays (default 50, 0: never)',
    );
