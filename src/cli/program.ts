// program.ts - argv → exit code: finds the verb, loads only its file, parses, and reports errors.
import { Command, Option } from 'commander';
import { didYouMean } from '../manifest/suggest.js';
import { Fault } from '../model/fault.js';
import { normalise } from './arguments.js';
import { complaint } from './complaint.js';
import { Exit, report } from './failure.js';
import { asTyped } from './invocation.js';

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

/** Flags that have the same meaning for every verb, up to `--`. */
interface Everywhere {
  /** For failure reports. */
  readonly debug: boolean;
  /** kubectl's `--context`. Here it names the lab, as `--name` does, unless a kubeconfig is given. */
  readonly lab: string | undefined;
  readonly rest: readonly string[];
}

function takeEverywhere(argv: readonly string[]): Everywhere {
  const end = argv.indexOf('--');
  const head = end < 0 ? argv : argv.slice(0, end);
  const rest: string[] = [];
  let debug = false;
  const live = head.some((word) => /^--kubeconfig(=|$)/.test(word));
  let lab: string | undefined;
  for (let i = 0; i < head.length; i++) {
    const word = head[i] ?? '';
    if (word === '--debug') debug = true;
    else if (live) rest.push(word);
    else if (word.startsWith('--context=')) lab = word.slice('--context='.length);
    else if (word === '--context' && i + 1 < head.length) lab = head[++i];
    else rest.push(word);
  }
  return { debug, lab, rest: [...rest, ...(end < 0 ? [] : argv.slice(end))] };
}

/** Flags with a value that may come before the verb. */
const LEADING = ['--name', '-n', '--namespace'];

/** The index of the verb: the first word that is neither an option nor the value of one. */
function verbIndex(argv: readonly string[]): number {
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i] ?? '';
    if (LEADING.includes(word)) i++;
    else if (!word.startsWith('-')) return i;
  }
  return -1;
}

/** The words before the verb. What names the lab stays there; a namespace becomes a flag of the verb. */
function splitLeading(words: readonly string[]): { program: string[]; verb: string[] } {
  const program: string[] = [];
  const verb: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? '';
    const own = /^(-n|--namespace(=|$))/.test(word) ? verb : program;
    own.push(word, ...(LEADING.includes(word) ? words.slice(i + 1, ++i + 1) : []));
  }
  return { program, verb };
}

const namesOf = (verbs: readonly Verb[]): string[] => verbs.map(({ verb }) => verb);

function bareProgram(): Command {
  const program = new Command('kubewire');
  program.description(ABOUT).usage('<command> [arguments]').enablePositionalOptions();
  program.option('--name <lab>', 'the lab to talk to, when several run; --context says the same');
  program.option('-n, --namespace <namespace>', 'the namespace; "default" if left out');
  program.option('--debug', 'show the stack of an unexpected error');
  program.helpCommand(false).helpOption('-h, --help', 'show help');
  program.addHelpText('after', CLOSING);
  return program;
}

/** The whole help needs no verb's file: the list has names and one line for each. */
function overview(verbs: readonly Verb[]): string {
  const program = bareProgram();
  for (const { verb, about, group, hidden } of verbs) {
    if (!hidden) program.command(verb).description(about).helpGroup(group);
  }
  program.configureHelp({ subcommandTerm: (command) => command.name() });
  const text = `${program.helpInformation() + CLOSING.slice(1).replace(/^/, '\n')}\n`;
  return asTyped(text, namesOf(verbs));
}

/** What an option does, and its default if that helps a reader. */
function optionText({ description, defaultValue, defaultValueDescription, negate, argChoices }: Option): string {
  const choices = argChoices ? ` (${argChoices.join(', ')})` : '';
  const text = defaultValueDescription ?? (negate || Array.isArray(defaultValue) ? '' : String(defaultValue ?? ''));
  const told = text === '' || text === 'false' || description.includes('default');
  return description + choices + (told ? '' : ` (default: ${text})`);
}

/** Joins the lines of a description: they are wrapped for the source, not for the reader. */
const flowing = (text: string): string => text.replace(/([^.:!?\n])\n(?=\S)/g, '$1 ');

/** Makes every command throw instead of exiting, and keeps commander from printing errors of its own. */
function tame(command: Command, verbs: readonly Verb[]): void {
  command.exitOverride((error) => {
    const text = complaint(error, command);
    throw text === null ? new Exit(0) : new Exit(2, text);
  });
  const writeOut = (text: string): void => void process.stdout.write(asTyped(text, namesOf(verbs)));
  command.configureOutput({ writeOut, writeErr: () => {}, outputError: () => {} });
  command.showSuggestionAfterError(false);
  command.description(flowing(command.description()));
  command.configureHelp({ optionDescription: optionText });
  for (const child of command.commands) tame(child, verbs);
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
  tame(program, verbs);
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
    const wrong = options.find((option) => !/^(-h|--help|-n.*|--name.*)$/.test(option));
    if (wrong) throw new Exit(2, `error: unknown flag: ${wrong}\nSee 'kubewire --help' for usage.`);
    process.stdout.write(overview(verbs));
    return;
  }
  const program = await loadVerb(verbs, word);
  const command = program.commands.find((child) => child.name() === word);
  if (!command) throw new Fault('INTERNAL', `the file of "${word}" registers another command`);
  // An alias such as `kubewire -n shop` must suit every verb, also those without namespaces.
  if (!command.options.some(({ short }) => short === '-n')) {
    command.addOption(new Option('-n, --namespace <namespace>', 'not used here').hideHelp());
  }
  const leading = splitLeading(argv.slice(0, at));
  const words = normalise([...leading.verb, ...argv.slice(at + 1)], command);
  await program.parseAsync([...leading.program, word, ...words], { from: 'user' });
}

/** Writes what went wrong with a command line to stderr, and returns the exit code. */
export function reporter(argv: readonly string[], verbs: readonly Verb[]): (error: unknown) => number {
  const { debug } = takeEverywhere(argv);
  return (error) => report(error, { debug, stderr: process.stderr, verbs: namesOf(verbs) });
}

/** Runs one command line and returns its exit code: 0, 1, or 2 for wrong usage. Never throws. */
export async function runCommandLine(argv: readonly string[], verbs: readonly Verb[]): Promise<number> {
  const { lab, rest } = takeEverywhere(argv);
  const failed = reporter(argv, verbs);
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // It is no failure when a reader has seen enough; output that could not be written is one.
    if (error.code === 'EPIPE') process.exit();
    failed(error);
    process.exit(2);
  });
  // Nobody reads the output any more, but a lab goes on.
  process.stderr.on('error', () => undefined);
  try {
    await dispatch(lab === undefined ? rest : ['--name', lab, ...rest], verbs);
    return typeof process.exitCode === 'number' ? process.exitCode : 0;
  } catch (error) {
    return failed(error);
  }
}
