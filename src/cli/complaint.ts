// complaint.ts - rewords commander's complaints about a wrong command line as kubectl would, with the closest match.
import type { Command, CommanderError, Option } from 'commander';
import { didYouMean } from '../manifest/suggest.js';

const longOrShort = (option: Option): string => option.long ?? option.short ?? option.flags;

function pathOf(command: Command): string {
  return command.parent ? `${pathOf(command.parent)} ${command.name()}` : command.name();
}

function unknownFlag(text: string, command: Command): string | null {
  const flag = /^unknown option '([^']+)'/.exec(text)?.[1]?.replace(/=.*/s, '');
  if (flag === undefined) return null;
  const kind = flag.startsWith('--') ? `unknown flag: ${flag}` : `unknown shorthand flag: '${flag[1]}' in ${flag}`;
  return kind + didYouMean(flag, command.options.map(longOrShort));
}

function missingValue(text: string): string | null {
  const flags = /^option '([^']+)' argument missing/.exec(text)?.[1];
  return flags === undefined ? null : `flag needs an argument: ${flags.replace(/ [<[].*/, '')}`;
}

/** A value that is none of the choices of an option or argument. */
function noChoice(text: string): string | null {
  const [, list = ''] = /Allowed choices are (.*)\.$/.exec(text) ?? [];
  if (list === '') return null;
  const [, long, value = ''] = /^option '(?:.*, )?(--[a-z-]+)[^']*' argument '(.*)' is invalid/s.exec(text) ?? [];
  const [, word = value, argument] = /^command-argument value '(.*)' is invalid for argument '(.*)'/s.exec(text) ?? [];
  const what = long === '--output' ? 'output format' : (long ?? argument ?? 'word');
  const all = `, use ${list.replace(/, ([^,]*)$/, ' or $1')}`;
  return `unknown ${what} "${word}"${didYouMean(word, list.split(', ')) || all}`;
}

/** The text for stderr; `null` when commander only showed help. */
export function complaint(error: CommanderError, command: Command): string | null {
  if (error.exitCode === 0 || error.code === 'commander.help') return null;
  const text = error.message.replace(/^error: /, '');
  const told = unknownFlag(text, command) ?? missingValue(text) ?? noChoice(text) ?? text;
  return `error: ${told}\nSee '${pathOf(command)} --help' for usage.`;
}
