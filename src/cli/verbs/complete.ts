// complete.ts - what may stand where the cursor is: verbs, options, types, names of objects in the running lab.
import { Command, type Option } from 'commander';
import { STRATEGY_NAMES } from '../../compile/strategy.js';
import { DATAPLANES, KERNEL_DATAPLANES } from '../../lab/netfilter/names.js';
import { Client } from '../lab/client.js';
import { Kinds, kindText } from '../objects/discovery.js';
import { listObjects } from '../objects/fetch.js';
import type { Verb } from '../program.js';

/** Verbs whose words are TYPE and NAMEs, and what of a type they take. */
const OBJECT_VERBS = new Set(['get', 'describe', 'delete', 'expose', 'scale', 'patch', 'label', 'annotate']);

const FORMATS = ['wide', 'yaml', 'json', 'kyaml', 'name', 'jsonpath=', 'custom-columns='];

/** Values of -o of the verbs that print no objects, where the option itself does not list them. */
const OWN_FORMATS: Readonly<Record<string, readonly string[]>> = {
  check: ['wide', 'json'],
  compare: ['text', 'json'],
  maglev: ['text', 'json'],
  matrix: ['text', 'json'],
  rules: ['iptables-save', 'nft', 'ipvsadm', 'cilium', 'json'],
  status: ['json'],
  strategy: ['json'],
  trace: ['text', 'json'],
  validate: ['text', 'json'],
};

/** Verbs whose words are names of Services. */
const SERVICE_VERBS = new Set(['matrix', 'maglev']);

/** What the command line so far says. */
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

class Completer {
  readonly #verbs: readonly Verb[];

  constructor(verbs: readonly Verb[]) {
    this.#verbs = verbs.filter(({ hidden }) => !hidden);
  }

  /** Candidates for the last of the words; an empty list lets the shell offer files. */
  async candidates(words: readonly string[]): Promise<readonly string[]> {
    const current = words.at(-1) ?? '';
    const [verb = '', ...rest] = words;
    if (words.length <= 1) return this.#verbs.map((entry) => entry.verb);
    if (verb === 'help') return this.#verbs.map((entry) => entry.verb);
    const options = await this.#optionsOf(verb);
    const line = readLine(rest.slice(0, -1), options);
    if (line.pending) return this.#values(verb, line.pending, line);
    const [flag = '', begun] = current.split('=');
    const assigned = begun === undefined ? undefined : options.find(({ long }) => long === flag);
    if (assigned) return (await this.#values(verb, assigned, line)).map((value) => `${flag}=${value}`);
    if (current.startsWith('-')) return options.flatMap(({ long }) => (long ? [long] : []));
    if (verb === 'completion') return ['bash', 'zsh', 'fish'];
    if (verb === 'strategy')
      return [['get', 'set'], line.words[0] === 'set' ? STRATEGY_NAMES : []][line.words.length] ?? [];
    if (verb === 'compare') return line.words.length < 2 ? [...STRATEGY_NAMES, ...KERNEL_DATAPLANES] : [];
    if (SERVICE_VERBS.has(verb)) return this.#names('services', line);
    if (verb === 'exec' && line.words.length === 0) return this.#targets(line);
    return OBJECT_VERBS.has(verb) ? this.#objects(current, line) : [];
  }

  async #optionsOf(verb: string): Promise<readonly Option[]> {
    const program = new Command();
    const entry = this.#verbs.find((one) => one.verb === verb);
    (await entry?.load())?.register(program, this.#verbs);
    return program.commands.find((command) => command.name() === verb)?.options ?? [];
  }

  #values(verb: string, option: Option, line: Line): Promise<readonly string[]> | readonly string[] {
    if (option.argChoices) return [...option.argChoices];
    if (option.name() === 'namespace') return this.#names('namespaces', line);
    if (option.name() === 'output') return OWN_FORMATS[verb] ?? FORMATS;
    if (option.name() === 'strategy') return STRATEGY_NAMES;
    if (option.name() === 'dataplane') return DATAPLANES;
    if (option.name() === 'node') return this.#names('nodes', line);
    return [];
  }

  async #objects(current: string, line: Line): Promise<string[]> {
    const [type] = line.words;
    const slash = current.indexOf('/');
    if (slash > 0) {
      const kind = current.slice(0, slash);
      return (await this.#names(kind, line)).map((name) => `${kind}/${name}`);
    }
    if (type === undefined) {
      const kinds = await Kinds.load(this.#client(line));
      return kinds.all.map(({ plural }) => plural);
    }
    return type.includes('/') ? [] : this.#names(type, line);
  }

  async #names(type: string, line: Line): Promise<string[]> {
    const client = this.#client(line);
    const kind = (await Kinds.load(client)).find(type);
    if (!kind) return [];
    const namespace = line.options.namespace ?? 'default';
    const { objects } = await listObjects(client, kind, { namespace });
    return objects.map(({ metadata }) => metadata.name);
  }

  /** Where `exec` can run something. */
  async #targets(line: Line): Promise<string[]> {
    const pods = await this.#names('pods', line);
    const others = await Promise.all(
      ['nodes', 'clients'].map(async (type) => {
        const kind = (await Kinds.load(this.#client(line))).find(type);
        return kind ? (await this.#names(type, line)).map((name) => `${kindText(kind).split('.')[0]}/${name}`) : [];
      }),
    );
    return [...pods, ...others.flat()];
  }

  #client(line: Line): Client {
    return new Client(line.options.name ?? 'default');
  }
}

/** Whatever goes wrong, there is nothing to offer: a completion must not talk. */
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
