// program.ts - argv → exit code: finds the verb, loads its file alone, parses, and reports whatever goes wrong.
import { Command, type CommanderError, type Option } from 'commander';
import { didYouMean } from '../manifest/suggest.js';
import { Fault } from '../model/fault.js';
import { normalise } from './arguments.js';
import { Exit, report } from './failure.js';

export interface Verb {
  /** What the user types: one word. */
  readonly verb: string;
  /** Heading in `kubewire --help`. */
  readonly group: 'Lab:' | 'Objects:' | 'Packets:' | 'Strategies:' | 'Other:';
  /** One line of `kubewire --help`; the verb's own file says more. */
  readonly about: string;
  /** `register` gets the list too, for verbs that speak of the others. */
  readonly load: () => Promise<{ register(program: Command, verbs: readonly Verb[]): void }>;
  /** For scripts, not for people: `kubewire --help` does not show it. */
  readonly hidden?: boolean;
}

const ABOUT = 'Run a Kubernetes Service network on one Linux machine, packet by packet and without a cluster.';

const CLOSING = `
Use "kubewire <command> --help" for the options and examples of a command.`;

/** `--debug` counts everywhere before `--`; it is for the report of a failure, not for a verb. */
function takeDebug(argv: readonly string[]): { debug: boolean; rest: string[] } {
  const end = argv.indexOf('--');
  const head = end < 0 ? argv : argv.slice(0, end);
  const rest = head.filter((word) => word !== '--debug');
  return { debug: rest.length !== head.length, rest: [...rest, ...(end < 0 ? [] : argv.slice(end))] };
}

/** The index of the verb: the first word that is neither an option nor the value of `--name`. */
function verbIndex(argv: readonly string[]): number {
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i] ?? '';
    if (word === '--name') i++;
    else if (!word.startsWith('-')) return i;
  }
  return -1;
}

function bareProgram(): Command {
  const program = new Command('kubewire');
  program.description(ABOUT).usage('<command> [arguments]').enablePositionalOptions();
  program.option('--name <lab>', 'the lab to talk to, when several run');
  program.option('--debug', 'show the stack of an unexpected error');
  program.helpCommand(false).helpOption('-h, --help', 'show help');
  program.addHelpText('after', CLOSING);
  return program;
}

/** The whole help needs no verb's file: names and one line each stand in the list. */
function overview(verbs: readonly Verb[]): string {
  const program = bareProgram();
  for (const { verb, about, group, hidden } of verbs) {
    if (!hidden) program.command(verb).description(about).helpGroup(group);
  }
  program.configureHelp({ subcommandTerm: (command) => command.name() });
  return `${program.helpInformation() + CLOSING.slice(1).replace(/^/, '\n')}\n`;
}

const longOrShort = (option: Option): string => option.long ?? option.short ?? option.flags;

/** Commander's complaint in kubectl's words; `null` when it was no complaint (help, version). */
function usageText(error: CommanderError, command: Command): string | null {
  if (error.exitCode === 0 || error.code === 'commander.help') return null;
  const text = error.message.replace(/^error: /, '');
  const path = commandPath(command);
  const see = `See '${path} --help' for usage.`;
  const unknown = /^unknown option '([^']+)'/.exec(text);
  if (unknown) {
    const flag = (unknown[1] ?? '').replace(/=.*/s, '');
    const known = command.options.map(longOrShort);
    const kind = flag.startsWith('--') ? `unknown flag: ${flag}` : `unknown shorthand flag: '${flag[1]}' in ${flag}`;
    return `error: ${kind}${didYouMean(flag, known)}\n${see}`;
  }
  const missing = /^option '([^']+)' argument missing/.exec(text);
  if (missing) return `error: flag needs an argument: ${(missing[1] ?? '').replace(/ [<[].*/, '')}\n${see}`;
  return `error: ${text}\n${see}`;
}

function commandPath(command: Command): string {
  return command.parent ? `${commandPath(command.parent)} ${command.name()}` : command.name();
}

/** What an option does, and its default where that says something to a person. */
function optionText({ description, defaultValue, defaultValueDescription, negate, argChoices }: Option): string {
  const choices = argChoices ? ` (${argChoices.join(', ')})` : '';
  const text = defaultValueDescription ?? (negate || Array.isArray(defaultValue) ? '' : String(defaultValue ?? ''));
  const told = text === '' || text === 'false' || description.includes('default');
  return description + choices + (told ? '' : ` (default: ${text})`);
}

/** Lines of a description that end in the middle of a sentence end there for the source, not for the reader. */
const flowing = (text: string): string => text.replace(/([^.:!?\n])\n(?=\S)/g, '$1 ');

/** Makes every command throw instead of leaving the process, and keep commander's own complaints to itself. */
function tame(command: Command): void {
  command.exitOverride((error) => {
    const text = usageText(error, command);
    throw text === null ? new Exit(0) : new Exit(2, text);
  });
  command.configureOutput({ writeErr: () => {}, outputError: () => {} });
  command.showSuggestionAfterError(false);
  command.description(flowing(command.description()));
  command.configureHelp({ optionDescription: optionText });
  for (const child of command.commands) tame(child);
}

async function loadVerb(verbs: readonly Verb[], word: string): Promise<Command> {
  const entry = verbs.find(({ verb }) => verb === word);
  if (!entry) {
    const names = verbs.filter(({ hidden }) => !hidden).map(({ verb }) => verb);
    throw new Exit(
      2,
      `error: unknown command "${word}" for "kubewire"${didYouMean(word, names)}\nSee 'kubewire --help' for usage.`,
    );
  }
  const program = bareProgram();
  (await entry.load()).register(program, verbs);
  tame(program);
  return program;
}

async function dispatch(argv: readonly string[], verbs: readonly Verb[]): Promise<void> {
  const at = verbIndex(argv);
  const word = argv[at];
  if (word === undefined || word === 'help') {
    const topic = word === 'help' ? argv.slice(at + 1).find((other) => !other.startsWith('-')) : undefined;
    if (topic !== undefined) return dispatch([topic, '--help'], verbs);
    const options = argv.filter((other) => other.startsWith('-'));
    if (options.includes('--version')) return dispatch(['version', '--client'], verbs);
    const wrong = options.find((option) => !/^(-h|--help|--name.*)$/.test(option));
    if (wrong) throw new Exit(2, `error: unknown flag: ${wrong}\nSee 'kubewire --help' for usage.`);
    process.stdout.write(overview(verbs));
    return;
  }
  const program = await loadVerb(verbs, word);
  const command = program.commands.find((child) => child.name() === word);
  if (!command) throw new Fault('INTERNAL', `the file of "${word}" registers another command`);
  await program.parseAsync([...argv.slice(0, at + 1), ...normalise(argv.slice(at + 1), command)], { from: 'user' });
}

/** Runs one command line and returns its exit code: 0, 1, or 2 for wrong usage. Never throws. */
export async function runCommandLine(words: readonly string[], verbs: readonly Verb[]): Promise<number> {
  const { debug, rest } = takeDebug(words);
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  // Nobody reads what is said any more: a lab goes on all the same.
  process.stderr.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  try {
    await dispatch(rest, verbs);
    return typeof process.exitCode === 'number' ? process.exitCode : 0;
  } catch (error) {
    return report(error, { debug, stderr: process.stderr });
  }
}
