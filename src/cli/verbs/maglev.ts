// maglev.ts - kubewire maglev: the rings of Services as strategy ebpf has them, and what moves when an endpoint goes.
import type { Command } from 'commander';
import { formatEndpoint } from '../../model/address.js';
import { Fault } from '../../model/fault.js';
import type { Service } from '../../model/objects.js';
import { planOf } from '../../observe/fleet.js';
import { selectServices } from '../../observe/matrix.js';
import { type RingShare, ringShares } from '../../observe/ring.js';
import type { PlanServicePort } from '../../plan/plan.js';
import { nodeNamed } from '../../topology/naming.js';
import { closing, outputOption } from '../flags.js';
import { clientOf } from '../lab/client.js';
import { loadWorld, manifestOption, type WorldFlags, worldOptions } from '../packets/world.js';
import { TABLE, tabulate } from '../print/tabwriter.js';

interface Flags extends WorldFlags {
  output: string;
}

const EXAMPLES = `
kubewire maglev -f shop.yaml                                  every Service of a file
kubewire maglev -f shop.yaml web --maglev-table-size 65537    one Service, with a longer ring
kubewire maglev web -o json                                   a Service of the running lab`;

const NOTES = `
A ring has many more slots than a Service has endpoints. The slot of a connection is the hash of its addresses and ports, so
every node sends it to the same endpoint without having seen it before.`;

interface Ring {
  readonly port: PlanServicePort;
  readonly size: number;
  readonly shares: readonly RingShare[];
}

const percent = (part: number, whole: number): string => `${((100 * part) / whole).toFixed(2)} %`;

function row(share: RingShare, size: number): string[] {
  const { departure } = share;
  const moves = departure ? [percent(departure.own, size), percent(departure.others, size)] : ['-', '-'];
  return [share.name, String(share.weight), String(share.slots), percent(share.slots, size), ...moves];
}

/** Explains the figures of a ring to somebody who sees one for the first time. */
function sentences({ shares, size }: Ring): string {
  if (shares.length < 2) return 'There is one endpoint: it has every connection.\n';
  const slots = shares.map((share) => share.slots);
  const difference = Math.max(...slots) - Math.min(...slots);
  const equal = new Set(shares.map((share) => share.weight)).size === 1;
  const others = shares.flatMap(({ departure }) => (departure ? [departure.others] : []));
  const [least, most] = [Math.min(...others), Math.max(...others)];
  const span = least === most ? percent(most, size) : `between ${percent(least, size)} and ${percent(most, size)}`;
  const modulo = percent(shares.length - 1, shares.length);
  return [
    equal
      ? `The shares differ by ${difference === 1 ? '1 slot' : `${difference} slots`} at most.`
      : 'The shares follow the weights.',
    `When an endpoint goes, the connections that it had have to move; of those that it did not have, ${span} of all move too.`,
    `Choosing by hash modulo the number of endpoints would move ${modulo} of all. Connections that a node already tracks never move.`,
    '',
  ].join('\n');
}

function text(ring: Ring): string {
  const { port, size, shares } = ring;
  const count = `${shares.length} endpoint${shares.length === 1 ? '' : 's'}`;
  const title = `${port.name} ${port.protocol} ${port.family}: ${count}, ring of ${size} slots`;
  if (shares.length === 0) return `${title}\nThere is nothing to choose.\n`;
  const head = ['ENDPOINT', 'WEIGHT', 'SLOTS', 'SHARE', 'IF IT GOES: ITS OWN', 'OTHERS'];
  const rows = tabulate([head, ...shares.map((share) => row(share, size))], TABLE).replace(/ +$/gm, '');
  return `${title}\n${rows}${sentences(ring)}`;
}

const ownerOf = ({ metadata }: Service): string => `${metadata.namespace ?? 'default'}/${metadata.name}`;

async function run(names: readonly string[], flags: Flags, command: Command): Promise<void> {
  flags.strategy = 'ebpf';
  const world = await loadWorld(flags, 'maglev', () => clientOf(command), [flags.node], true);
  const [first] = world.topology.nodes;
  const node = flags.node === undefined && first ? first : nodeNamed(flags.node ?? '', world.topology.nodes);
  const size = world.config.maglevTableSize;
  const asked = new Set(selectServices(world, names, flags.namespace ?? 'default').map(ownerOf));
  const ports = planOf(world, node, 'nftables').services.filter((port) =>
    asked.has(`${port.namespace}/${port.service}`),
  );
  if (names.length > 0 && ports.length === 0)
    throw new Fault('NOT_FOUND', `no Service ${names.join(', ')} with a port`);
  const rings = ports.map((port): Ring => {
    const list = port.clusterEndpoints.length > 0 ? port.clusterEndpoints : port.localEndpoints;
    const backends = list.map(({ address, port: number, weight }) => ({
      name: formatEndpoint(address, number),
      weight,
    }));
    return { port, size, shares: ringShares(backends, size) };
  });
  if (flags.output === 'json') {
    const plain = rings.map(({ port: { name, protocol, family }, shares }) => ({
      name,
      protocol,
      family,
      size,
      shares,
    }));
    process.stdout.write(`${JSON.stringify(plain, null, 2)}\n`);
  } else process.stdout.write(rings.map(text).join('\n'));
}

export function register(program: Command): void {
  const command = program
    .command('maglev')
    .description('Show Maglev rings: the share of every endpoint, and what moves when one goes')
    .argument('[service...]', 'NAME or NAMESPACE/NAME; all Services without any');
  manifestOption(command, false).option('--node <node>', 'the node whose endpoints are meant (default: the first)');
  worldOptions(outputOption(command, ['text', 'json'], 'text'), false).action(
    (names: string[], flags: Flags, self: Command) => run(names, flags, self),
  );
  closing(command, EXAMPLES, {}, NOTES);
}
