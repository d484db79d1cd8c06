// rules.ts - kubewire rules: prints all tables of a node in the original's notation.
import { type Command, Option } from 'commander';
import { strategyNamed } from '../../compile/strategy.js';
import type { Family } from '../../model/address.js';
import { planOf } from '../../observe/fleet.js';
import type { World } from '../../observe/world.js';
import { FORMATS, type Format, formatOf } from '../../render/formats.js';
import { FAMILIES } from '../../render/reach.js';
import { nodeNamed } from '../../topology/naming.js';
import type { LabNode } from '../../topology/topology.js';
import { usage } from '../failure.js';
import { closing, offer, outputOption } from '../flags.js';
import { clientOf } from '../lab/client.js';
import {
  loadWorld,
  manifestOption,
  strategyOf,
  strategyOption,
  type WorldFlags,
  worldOptions,
} from '../packets/world.js';

interface Flags extends WorldFlags {
  output?: string;
  family?: string;
  nfacct: boolean;
}

const EXAMPLES = `
kubewire rules -f shop.yaml -o nft                      what kube-proxy would load, in nftables mode
kubewire rules -f shop.yaml -o iptables-save --node node-2 | iptables-restore --test
kubewire rules -f shop.yaml -o iptables-save --family IPv6 --no-nfacct | ip6tables-restore
kubewire rules --strategy ipvs -o json                  virtual servers and IP sets of the running lab
kubewire rules -f recorded.yaml --node n1 --node-ip 192.168.0.2 --cluster-cidr 10.0.0.0/8`;

const NOTES = `
Chains, sets and maps have the names that kube-proxy gives them. A format stands for its strategy: -o nft alone shows the
nftables tables. iptables-save is one family (default IPv4), the others are both. kube-proxy 1.36 counts some packets with
nfacct, and a kernel refuses rules that name a counter which does not exist: load them with --no-nfacct.`;

function familiesOf(text: string | undefined): readonly Family[] {
  if (text === undefined) return FAMILIES;
  const found = FAMILIES.find((family) => family.toLowerCase() === text.toLowerCase());
  if (!found) throw usage(`unknown --family "${text}", use IPv4 or IPv6`, 'rules');
  return [found];
}

/** The format and the flags must mean the same strategy. */
function formatAsked(flags: Flags): { name: string; format: Format } | null {
  const { output: name } = flags;
  if (name === undefined) return null;
  // The option accepts nothing else.
  const format = FORMATS[name] as Format;
  const asked = flags.strategy ?? (flags.proxyMode || undefined);
  if (format.strategy !== null && asked !== undefined && asked !== format.strategy) {
    const own = formatOf(asked).name;
    throw usage(
      `-o ${name} is the notation of strategy ${format.strategy}; for ${asked} use -o ${own === 'json' ? own : `${own} or json`}`,
      'rules',
    );
  }
  return { name, format };
}

function nodeAsked({ topology }: World, name: string | undefined): LabNode {
  const [first] = topology.nodes;
  return name === undefined && first ? first : nodeNamed(name ?? '', topology.nodes);
}

async function run(flags: Flags, command: Command): Promise<void> {
  const families = familiesOf(flags.family);
  const asked = formatAsked(flags);
  if (asked?.format.strategy) flags.strategy = asked.format.strategy;
  const world = await loadWorld(flags, 'rules', () => clientOf(command), [flags.node], true);
  const node = nodeAsked(world, flags.node);
  const strategy = asked?.format.strategy ?? world.strategies?.get(node.name) ?? strategyOf(flags, 'rules');
  const plan = planOf(world, node, strategyNamed(strategy).mode);
  const format = asked?.format ?? formatOf(strategy).format;
  process.stdout.write(format.print(plan, strategy, families, flags.nfacct));
}

export function register(program: Command): void {
  const command = program.command('rules').description("Print a node's whole tables in the notation of the original");
  manifestOption(command, true)
    .option('--node <node>', 'the node (default: the first)')
    .addOption(offer(new Option('--family <family>', 'this one alone'), FAMILIES))
    .option('--no-nfacct', "iptables-save without kube-proxy's packet counters, as a kernel without them takes it");
  outputOption(command, Object.keys(FORMATS), undefined, 'whose notation; that of the strategy if left out');
  worldOptions(strategyOption(command), true).action((flags: Flags, self: Command) => run(flags, self));
  closing(command, EXAMPLES, {}, NOTES);
}
