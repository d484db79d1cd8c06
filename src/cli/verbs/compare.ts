// compare.ts - kubewire compare: whether two strategies, states or engines treat every packet alike, and if not, where.
import { existsSync, readFileSync } from 'node:fs';
import { Argument, type Command, Option } from 'commander';
import { STRATEGY_NAMES } from '../../compile/strategy.js';
import { expectedDump } from '../../dump/audit/expected.js';
import { compareDumps, tellComparison } from '../../dump/compare/compare.js';
import { readDumps } from '../../dump/read/dump.js';
import type { NodeDump } from '../../dump/rules/node.js';
import { labAccess, reexecInUserNamespace } from '../../lab/host/process.js';
import { KERNEL_DATAPLANES, kernelMode } from '../../lab/netfilter/names.js';
import { compareSides, type Side } from '../../observe/compare.js';
import { engineFactory } from '../../observe/engines.js';
import { planOf } from '../../observe/fleet.js';
import type { World } from '../../observe/world.js';
import { nodeNamed } from '../../topology/naming.js';
import { Coded, usage } from '../failure.js';
import { closing, offer, outputOption } from '../flags.js';
import { clientOf } from '../lab/client.js';
import {
  loadWorld,
  loadWorlds,
  manifestOption,
  strategyOf,
  strategyOption,
  type WorldFlags,
  worldOptions,
} from '../packets/world.js';
import { comparisonPage, jsonOf, number, textOf } from '../print/comparison.js';
import { asPage, typedCommand } from '../print/page.js';

interface Flags extends Omit<WorldFlags, 'node'> {
  node: string[];
  before: string[];
  after: string[];
  engines?: string[];
  all?: boolean;
  output: string;
}

const EXAMPLES = `
kubewire compare ipvs nftables -f shop.yaml                  a migration, rehearsed
kubewire compare --before old.yaml --after new.yaml          the effect of a change
kubewire compare --engines native reference -f shop.yaml     the fast dataplane against the slow one
kubewire compare nftables kernel-nftables -f shop.yaml       our tables against the real kernel with kube-proxy's rules
kubewire compare before.txt after.txt                        two dumps of a node's own rules, whoever wrote them
kubewire compare nftables dump.txt -f objects.yaml           what kube-proxy should have written against what is there
kubewire compare iptables nftables                           in the running lab`;

const NOTES = `
One packet of every class that the tables of the two can tell apart goes through both, so the answer holds for every
first packet of a connection.`;

// ---- what is compared

const worldFlags = (flags: Flags): WorldFlags => {
  const { node, ...rest } = flags;
  return node[0] === undefined ? rest : { ...rest, node: node[0] };
};

const MODES = ['iptables', 'nftables', 'ipvs'] as const;

const ENGINES = ['native', 'reference'];
const COMPARABLE = [...STRATEGY_NAMES, ...KERNEL_DATAPLANES];
const kernelNamed = (name: string) => KERNEL_DATAPLANES.find((known) => known === name);

/** The strategy that a name stands for. A kernel dataplane has that of the mode whose rules it loads. */
function mustStrategy(name: string): string {
  const kernel = kernelNamed(name);
  if (kernel) return kernelMode(kernel);
  if (STRATEGY_NAMES.includes(name)) return name;
  throw usage(`unknown strategy "${name}", use ${COMPARABLE.join(', ')}`, 'compare');
}

async function strategySides(names: readonly string[], flags: Flags, world: World): Promise<[Side, Side]> {
  const createEngine = await engineFactory(flags.engine);
  const side = (name: string): Side => {
    const kernel = kernelNamed(name);
    const side = { label: name, world, strategy: mustStrategy(name), createEngine };
    return kernel ? { ...side, kernel: kernelMode(kernel) } : side;
  };
  return [side(names[0] ?? ''), side(names[1] ?? '')];
}

async function changeSides(flags: Flags): Promise<[Side, Side]> {
  const createEngine = await engineFactory(flags.engine);
  const given = worldFlags(flags);
  const strategy = strategyOf(given, 'compare');
  const [before, after] = await loadWorlds(given, flags.before, flags.after, 'compare', flags.node);
  return [
    { label: 'before', world: before, strategy, createEngine },
    { label: 'after', world: after, strategy, createEngine },
  ];
}

async function engineSides(kinds: readonly string[], flags: Flags, world: World): Promise<[Side, Side]> {
  const strategy = strategyOf(worldFlags(flags), 'compare');
  const side = async (kind: string): Promise<Side> => ({
    label: kind,
    world,
    strategy,
    createEngine: await engineFactory(kind),
  });
  return [await side(kinds[0] ?? ''), await side(kinds[1] ?? '')];
}

async function sidesOf(names: readonly string[], flags: Flags, command: Command): Promise<[Side, Side]> {
  const isChange = flags.before.length > 0 || flags.after.length > 0;
  const world = (): Promise<World> => loadWorld(worldFlags(flags), 'compare', () => clientOf(command), flags.node);
  if (flags.engines !== undefined) {
    if (isChange || names.length > 0)
      throw usage('--engines compares engines alone: say no strategies, --before or --after', 'compare');
    if (flags.engines.length !== 2) throw usage('--engines needs two: native reference', 'compare');
    return engineSides(flags.engines, flags, await world());
  }
  if (isChange) {
    if (names.length > 0) throw usage('say the strategy of --before and --after with --strategy', 'compare');
    if (flags.before.length === 0 || flags.after.length === 0)
      throw usage('--before and --after go together', 'compare');
    if (flags.filename.length > 0) throw usage('--before and --after stand instead of -f', 'compare');
    return changeSides(flags);
  }
  if (names.length !== 2) throw usage(`two strategies are needed, of ${COMPARABLE.join(', ')}`, 'compare');
  for (const name of names) mustStrategy(name);
  // Before reading anything: if this user may not make namespaces, the program starts again in one where it may.
  if (names.some(kernelNamed) && labAccess() === 'user-namespace') reexecInUserNamespace();
  return strategySides(names, flags, await world());
}

// ---- the verb

function progress(node: string, classes: number, differing: number): void {
  process.stderr.write(`\r\x1b[K${node}: ${number(classes)} classes, ${number(differing)} different so far`);
}

/** Says so when the slow engine runs unasked, so that nobody takes it for a hang. */
function warnIfSlow({ createEngine }: Side, flags: Flags): void {
  if (flags.engine !== 'auto' || flags.engines !== undefined) return;
  const engine = createEngine({ seed: 1, flowCapacity: 8 });
  if (engine.kind === 'reference') {
    process.stderr.write(
      'The native engine cannot be used (npm run build:native builds it): with many Services this takes long.\n',
    );
  }
  engine.close();
}

/** Names that are files, and no strategies: dumps of nodes. */
const isDump = (name: string): boolean => !COMPARABLE.includes(name) && existsSync(name);

/** The dump that a name means: a file, or what kube-proxy should have written for the objects of -f in that mode. */
async function dumpNamed(name: string, flags: Flags): Promise<NodeDump> {
  if (isDump(name)) return readDumps([{ file: name, text: readFileSync(name, 'utf8') }]);
  const mode = MODES.find((one) => one === name);
  if (!mode) throw usage(`"${name}" is no dump and no mode of kube-proxy: use ${MODES.join(', ')}`, 'compare');
  if (flags.filename.length === 0) throw usage(`${name} needs the objects: -f`, 'compare');
  const noLab = (): never => {
    throw usage('-f is needed', 'compare');
  };
  const world = await loadWorld(worldFlags(flags), 'compare', noLab, flags.node, true);
  const { nodes } = world.topology;
  const node = flags.node[0] === undefined && nodes[0] ? nodes[0] : nodeNamed(flags.node[0] ?? '', nodes);
  return expectedDump(planOf(world, node, mode), mode);
}

async function runDumps(names: readonly string[], flags: Flags): Promise<void> {
  const [a = '', b = ''] = names;
  if (names.length !== 2) throw usage('two dumps are needed, or a mode and a dump', 'compare');
  const sides = [await dumpNamed(a, flags), await dumpNamed(b, flags)] as const;
  const result = compareDumps({ label: a, node: sides[0] }, { label: b, node: sides[1] });
  const json = (): string => `${JSON.stringify(result, null, 2)}\n`;
  const [answer = '', ...lines] = tellComparison(result).trimEnd().split('\n');
  const page = asPage(flags.output, () => ({
    title: 'Two sets of rules',
    answer,
    well: result.equal,
    sections: [{ title: 'Differences', lines }],
    legend: [],
    again: typedCommand(),
  }));
  process.stdout.write(page ?? (flags.output === 'json' ? json() : tellComparison(result)));
  if (!result.equal) process.exitCode = 1;
}

async function run(names: readonly string[], flags: Flags, command: Command): Promise<void> {
  if (names.some(isDump)) {
    await runDumps(names, flags);
    return;
  }
  const sides = await sidesOf(names, flags, command);
  warnIfSlow(sides[0], flags);
  const labels = [sides[0].label, sides[1].label] as const;
  const watched = process.stderr.isTTY === true;
  const result = await compareSides(sides, {
    nodes: flags.node,
    all: flags.all === true,
    exact: flags.engines !== undefined,
    ...(watched ? { onProgress: progress } : {}),
  });
  if (watched) process.stderr.write('\r\x1b[K');
  const json = (): string => `${JSON.stringify(jsonOf(result, labels), null, 2)}\n`;
  const page = asPage(flags.output, () => comparisonPage(result, labels));
  process.stdout.write(page ?? (flags.output === 'json' ? json() : textOf(result, labels)));
  if (result.differing > 0) process.exitCode = 1;
}

const more = (value: string, before: string[]): string[] => [...before, value];

export function register(program: Command): void {
  const command = program
    .command('compare')
    .description('Decide whether two strategies, two states or two engines treat every packet alike')
    .addArgument(offer(new Argument('[strategy...]', 'two of them, or files with dumps'), COMPARABLE));
  manifestOption(command, true)
    .option('--before <path...>', 'manifests before a change', more, [])
    .option('--after <path...>', 'manifests after it', more, []);
  strategyOption(outputOption(command, ['text', 'json', 'html', 'md'], 'text'))
    .option('--node <node...>', 'nodes whose rules are compared (default: all)', more, [])
    .option('--all', 'show every class of packets that differs, not one of each kind')
    .addOption(offer(new Option('--engines <kind...>', 'compare two engines on the same tables'), ENGINES));
  worldOptions(command, true).action((names: string[], flags: Flags, self: Command) =>
    run(names, flags, self).catch((error) => {
      throw new Coded(2, error);
    }),
  );
  closing(
    command,
    EXAMPLES,
    { 0: 'equal', 1: 'different', 2: 'could not be compared, wrong usage, or the output could not be written' },
    NOTES,
  );
}
