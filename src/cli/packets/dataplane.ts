// dataplane.ts - what --dataplane and --strategy say together: who carries packets, and by which rules.
import type { Command } from 'commander';
import { DATAPLANES, type DataplaneName, isDataplane, kernelMode } from '../../lab/netfilter/names.js';
import { usage } from '../failure.js';
import { offer } from '../flags.js';

interface DataplaneFlags {
  readonly dataplane: string;
  readonly strategy?: string;
  readonly proxyMode?: string;
}

export const dataplaneOption = (command: Command): Command =>
  command.addOption(
    offer(command.createOption('--dataplane <name>', 'who carries packets').default('kubewire'), DATAPLANES),
  );

/** A dataplane of the kernel has the rules of its own mode; another strategy is wrong usage. */
export function dataplaneOf(flags: DataplaneFlags, verb: string): { dataplane: DataplaneName; strategy?: string } {
  const { dataplane } = flags;
  const strategy = flags.strategy ?? (flags.proxyMode || undefined);
  if (!isDataplane(dataplane)) {
    throw usage(`unknown --dataplane "${dataplane}", use ${DATAPLANES.join(', ')}`, verb);
  }
  if (dataplane === 'kubewire') return { dataplane, ...(strategy === undefined ? {} : { strategy }) };
  const mode = kernelMode(dataplane);
  if (strategy === undefined || strategy === mode) return { dataplane, strategy: mode };
  throw usage(`--dataplane ${dataplane} has the rules of strategy ${mode}, not of ${strategy}`, verb);
}
