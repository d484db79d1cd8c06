// strategy.ts - `kubewire strategy`: shows how the running lab's nodes look up rules, and switches it under traffic.
import { Argument, type Command } from 'commander';
import { STRATEGIES, STRATEGY_NAMES } from '../../compile/strategy.js';
import { ownStrategy, STRATEGY_ANNOTATION, strategyOn } from '../../lab/tables/strategies.js';
import { didYouMean } from '../../manifest/suggest.js';
import type { Node } from '../../model/objects.js';
import { nodeNamed } from '../../topology/naming.js';
import { Exit, usage } from '../failure.js';
import { closing, offer, outputOption } from '../flags.js';
import { type Client, clientOf, labOption, PATCH_TYPES } from '../lab/client.js';
import { BEHIND_REMEDY, getLab, type LabObject, listAll } from '../lab/objects.js';
import { paint } from '../print/colour.js';
import { TABLE, tabulate } from '../print/tabwriter.js';

interface StrategyFlags {
  readonly node?: string;
  readonly output?: string;
}

/** Time that nodes have to put new tables in force, in milliseconds. */
const PATIENCE_MS = 60_000;
const LOOK_MS = 20;

interface World {
  readonly lab: LabObject;
  readonly nodes: readonly Node[];
}

/** The lab's machines. Node objects without one have no tables. */
async function read(client: Client): Promise<World> {
  const [lab, nodes] = await Promise.all([getLab(client), listAll<Node>(client, 'Node')]);
  const machines = new Set(lab.spec.topology.nodes.map(({ name }) => name));
  return { lab, nodes: nodes.filter(({ metadata }) => machines.has(metadata.name)) };
}

const nodeAsked = ({ nodes }: World, text: string): Node =>
  nodeNamed(
    text,
    nodes.map((node) => ({ name: node.metadata.name, node })),
  ).node;

async function get(client: Client, flags: StrategyFlags): Promise<void> {
  const world = await read(client);
  const { lab } = world;
  const shown = flags.node === undefined ? world.nodes : [nodeAsked(world, flags.node)];
  const rows = shown.map((node) => ({
    node: node.metadata.name,
    strategy: strategyOn(lab.spec, node),
    inForce: lab.status.strategies[node.metadata.name] ?? '',
    from: ownStrategy(node) === undefined ? 'lab' : 'node',
  }));
  if (flags.output === 'json') {
    process.stdout.write(`${JSON.stringify({ strategy: lab.spec.strategy, nodes: rows }, null, 2)}\n`);
    return;
  }
  const heading = ['NODE', 'STRATEGY', 'IN FORCE', 'SET ON'];
  const lines = rows.map(({ node, strategy, inForce, from }) => [node, strategy, inForce || '<none>', from]);
  process.stdout.write(tabulate([heading, ...lines], TABLE));
}

const patch = (client: Client, path: string, body: unknown) =>
  client.exchange('PATCH', path, { body, contentType: PATCH_TYPES.merge });

const annotate = (client: Client, node: string, value: string | null) =>
  patch(client, `/api/v1/nodes/${encodeURIComponent(node)}`, {
    metadata: { annotations: { [STRATEGY_ANNOTATION]: value } },
  });

/** Waits until all of the nodes have it in force. Throws Exit 1 when one keeps its old tables. */
async function inForce(client: Client, strategy: string, nodes: readonly string[]): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const { status } = await getLab(client);
    const behind = nodes.filter((node) => status.strategies[node] !== strategy);
    if (behind.length === 0) return;
    if (status.problems.length > 0) throw new Exit(1, `error: ${status.problems.join('\nerror: ')}\n${BEHIND_REMEDY}`);
    if (performance.now() > deadline) {
      throw new Exit(1, `error: ${behind.join(', ')} still without tables of ${strategy}\nSee: kubewire status`);
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

async function set(client: Client, strategy: string | undefined, flags: StrategyFlags): Promise<void> {
  if (strategy === undefined) throw usage(`which one? Use ${STRATEGY_NAMES.join(', ')}`, 'strategy');
  if (!STRATEGY_NAMES.includes(strategy)) {
    const list = `use ${STRATEGY_NAMES.join(', ')}`;
    throw usage(`unknown strategy "${strategy}"${didYouMean(strategy, STRATEGY_NAMES) || `, ${list}`}`, 'strategy');
  }
  const world = await read(client);
  const start = performance.now();
  const names = world.nodes.map(({ metadata }) => metadata.name);
  const own = world.nodes.filter((node) => ownStrategy(node) !== undefined).map(({ metadata }) => metadata.name);
  const changed = flags.node === undefined ? names : [nodeAsked(world, flags.node).metadata.name];
  if (flags.node !== undefined) await annotate(client, flags.node, strategy);
  else {
    // First the lab: if it refuses, the nodes keep their own strategies.
    await patch(client, `/apis/kubewire.dev/v1alpha1/labs/${client.labName}`, { spec: { strategy } });
    for (const node of own) await annotate(client, node, null);
  }
  await inForce(client, strategy, changed);
  const took = `(${((performance.now() - start) / 1000).toFixed(2)} s)`;
  const { stderr } = process;
  stderr.write(
    `${paint(stderr, 'green', '✓')} ${strategy} in force on ${changed.join(', ')} ${paint(stderr, 'dim', took)}\n`,
  );
}

async function run(action: string, name: string | undefined, flags: StrategyFlags, command: Command): Promise<void> {
  if (action === 'set') return set(clientOf(command), name, flags);
  if (action !== 'get') throw usage(`"${action}" is neither get nor set`, 'strategy');
  if (name !== undefined) throw usage(`"strategy get" takes no ${name}; to switch: strategy set ${name}`, 'strategy');
  return get(clientOf(command), flags);
}

export function register(program: Command): void {
  const width = Math.max(...STRATEGY_NAMES.map((name) => name.length));
  const list = STRATEGIES.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`).join('\n');
  const command = program
    .command('strategy')
    .description(
      'Show how the nodes of the running lab look rules up, or switch it: for all nodes, or for one alone.\n' +
        'Established connections go on: a connection remembers what is rewritten, not the rule that said so.',
    )
    .addArgument(offer(new Argument('[action]', 'what to do').default('get'), ['get', 'set']))
    .addArgument(offer(new Argument('[strategy]', 'set: the strategy'), STRATEGY_NAMES))
    .option('--node <node>', 'of this node alone; set without it is for all, also those that have their own');
  labOption(outputOption(command, ['json'])).action(run);
  closing(
    command,
    'kubewire strategy get\nkubewire strategy set ipvs\nkubewire strategy set perfect --node node-2',
    {},
    `Strategies:\n${list}`,
  );
}
