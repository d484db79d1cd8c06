// setting.ts - `--strategy` and `--dataplane` of verbs that play pages in labs of their own, each also `all`.
import type { Command } from 'commander';
import { STRATEGY_NAMES } from '../../compile/strategy.js';
import { DATAPLANES } from '../../lab/netfilter/names.js';
import { offer } from '../flags.js';

/** @param strategy what `--strategy` says in the help */
export function settingOptions(command: Command, strategy: string): Command {
  const option = (flag: string, about: string, names: readonly string[]) =>
    offer(command.createOption(`${flag} <name>`, about), [...names, 'all']);
  return command
    .addOption(option('--strategy', strategy, STRATEGY_NAMES))
    .addOption(option('--dataplane', 'who carries packets', DATAPLANES).default('kubewire'));
}
