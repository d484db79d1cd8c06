// complete.ts - what may stand where the cursor is. It knows no verb: choices and placeholders in their help say it all.
import { type Argument, Command, type Option } from 'commander';
import { Client } from '../lab/client.js';
import { type Kind, Kinds, kindText } from '../objects/discovery.js';
import { listObjects } from '../objects/fetch.js';
import type { Verb } from '../program.js';

/** What the command line says so far. */
interface Line {
  readonly options: Readonly<Record<string, string>>;
  readonly words: readonly string[];
  /** The option whose value is being typed. */
  readonly pending: Option | undefined;
}

function readLine(words: readonly string[], options: readonly Option[]): Line {
  const values: Record<string, string> = {};
  const plain: string[] = [];
  let pending: Option | undefined;
  for (const word of words) {
    if (pending) {
      values[pending.name()] = word;
      pending = undefined;
      continue;
    }
    const [flag = '', value] = word.startsWith('--') ? word.split('=') : [word];
    const option = options.find(({ long, short }) => long === flag || short === flag);
    if (!option) plain.push(word);
    else if (value !== undefined) values[option.name()] = value;
    else if (option.required) pending = option;
    else values[option.name()] = 'true';
  }
  return { options: values, words: plain, pending };
}

/** The placeholder of a value in help: `node` of `--node <node...>`, `TYPE|TYPE/NAME` of an argument. */
const placeholder = (taker: Option | Argument): string =>
  'flags' in taker ? (/[<[]([^\]>]+?)(?:\.\.\.)?[\]>]/.exec(taker.flags)?.[1] ?? '') : taker.name();

/** The names in one lab, as its API lists them. */
class LabNames {
  readonly #client: Client;
  readonly #namespace: string;

  constructor({ options }: Line) {
    this.#client = new Client(options.name ?? 'default');
    this.#namespace = options.namespace ?? 'default';
  }

  /** Names of objects of a kind; none if the word is no kind. */
  async of(type: string): Promise<string[]> {
    const kind = (await Kinds.load(this.#client)).find(type);
    return kind ? this.#list(kind) : [];
  }

  async #list(kind: Kind): Promise<string[]> {
    const { objects } = await listObjects(this.#client, kind, { namespace: this.#namespace });
    return objects.map(({ metadata }) => metadata.name);
  }

  async #prefixed(types: readonly string[]): Promise<string[]> {
    const kinds = await Kinds.load(this.#client);
    const found = types.flatMap((type) => kinds.find(type) ?? []);
    const lists = await Promise.all(
      found.map(async (kind) => (await this.#list(kind)).map((name) => `${kindText(kind).split('.')[0]}/${name}`)),
    );
    return lists.flat();
  }

  /** Where commands can run and packets can start. */
  async targets(): Promise<string[]> {
    return [...(await this.of('pods')), ...(await this.#prefixed(['nodes', 'clients', 'services', 'deployments']))];
  }

  /** TYPE, then NAMEs; or TYPE/NAME. */
  async objects(current: string, [type]: readonly string[]): Promise<string[]> {
    const slash = current.indexOf('/');
    if (slash > 0) {
      const kind = current.slice(0, slash);
      return (await this.of(kind)).map((name) => `${kind}/${name}`);
    }
    if (type === undefined) return (await Kinds.load(this.#client)).all.map(({ plural }) => plural);
    return type.includes('/') ? [] : this.of(type);
  }
}

/** An argument that help describes with `set: the strategy` comes after "set" alone. */
function belongs({ description }: Argument, { words }: Line): boolean {
  const only = /^([a-z]+): /.exec(description)?.[1];
  return only === undefined || words.includes(only);
}

class Completer {
  readonly #verbs: readonly Verb[];

  constructor(verbs: readonly Verb[]) {
    this.#verbs = verbs.filter(({ hidden }) => !hidden);
  }

  /** Candidates for the last word; an empty list lets the shell offer files. */
  async candidates(words: readonly string[]): Promise<readonly string[]> {
    const current = words.at(-1) ?? '';
    const [verb = '', ...rest] = words;
    if (words.length <= 1 || verb === 'help') return this.#verbs.map((entry) => entry.verb);
    const command = await this.#commandOf(verb);
    if (!command) return [];
    const { options, registeredArguments } = command;
    const line = readLine(rest.slice(0, -1), options);
    if (line.pending) return this.#values(line.pending, current, line);
    const [flag = '', begun] = current.split('=');
    const assigned = begun === undefined ? undefined : options.find(({ long }) => long === flag);
    if (assigned) return (await this.#values(assigned, begun ?? '', line)).map((value) => `${flag}=${value}`);
    if (current.startsWith('-')) return options.flatMap(({ long, hidden }) => (long && !hidden ? [long] : []));
    const last = registeredArguments.at(-1);
    const argument = registeredArguments[line.words.length] ?? (last?.variadic ? last : undefined);
    return argument && belongs(argument, line) ? this.#values(argument, current, line) : [];
  }

  async #commandOf(verb: string): Promise<Command | undefined> {
    const program = new Command();
    const entry = this.#verbs.find((one) => one.verb === verb);
    (await entry?.load())?.register(program, this.#verbs);
    return program.commands.find((command) => command.name() === verb);
  }

  /** The choices that help lists, else the names that its placeholder asks for. */
  #values(taker: Option | Argument, current: string, line: Line): Promise<readonly string[]> | readonly string[] {
    if (taker.argChoices) return taker.argChoices;
    const names = new LabNames(line);
    const word = placeholder(taker);
    if (/^(TYPE|NAME)/.test(word)) return names.objects(current, line.words);
    if (word === 'target' || word === 'source') return names.targets();
    return names.of(word);
  }
}

/** Offers nothing on any error: a completion must not print messages. */
async function complete(words: string[], verbs: readonly Verb[]): Promise<void> {
  const current = words.at(-1) ?? '';
  const found = await new Completer(verbs).candidates(words).catch(() => []);
  const fitting = found.filter((candidate) => candidate.startsWith(current));
  process.stdout.write(fitting.map((candidate) => `${candidate}\n`).join(''));
}

export function register(program: Command, verbs: readonly Verb[]): void {
  program
    .command('__complete')
    .argument('[WORD...]')
    .action((words: string[]) => complete(words, verbs));
}
