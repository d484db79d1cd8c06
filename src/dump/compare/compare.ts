// compare.ts - do the rules of two dumps treat every packet alike? One packet of each class goes through both.
import { formatEndpoint } from '../../model/address.js';
import type { NodeDump } from '../rules/node.js';
import { localAddresses } from '../walk/fields.js';
import type { Leaf } from '../walk/leaves.js';
import { addressText, type Question } from '../walk/packet.js';
import { hereOf, Walk } from '../walk/walk.js';
import { classesOf } from './packets.js';

/** Version 1: fields may be added, none changes its meaning. */
interface DumpComparison {
  readonly version: 1;
  readonly a: string;
  readonly b: string;
  readonly equal: boolean;
  /** One packet of every class was sent; else a sample. */
  readonly exhaustive: boolean;
  readonly packets: number;
  readonly differing: number;
  /** One example of every two ends that differ. */
  readonly groups: readonly {
    readonly count: number;
    readonly packet: string;
    readonly a: string;
    readonly b: string;
  }[];
}

function endOf({ verdict, packet, probability, depends }: Leaf): string {
  const arrives = verdict === 'dnat' || verdict === 'accept';
  const address = addressText(packet.family, packet.destination);
  const where = packet.destinationPort === null ? address : formatEndpoint(address, Number(packet.destinationPort));
  const masquerade = arrives && packet.sourceRewritten ? ', masqueraded' : '';
  const condition = depends.length > 0 ? ` if ${depends.join(' and ').replaceAll(/ \(\S+:\d+\)/g, '')}` : '';
  return `${Math.round(probability * 100)} % ${verdict}${verdict === 'dnat' ? ` ${where}` : ''}${masquerade}${condition}`;
}

const signature = (leaves: readonly Leaf[]): string => leaves.map(endOf).sort().join('; ');

/** How two ends differ, without the addresses of the one packet: packets of the same kind are one group. */
const kindOf = (text: string): string => text.replaceAll(/dnat [^;,]+/g, 'dnat');

const PROTOCOLS: Readonly<Record<number, string>> = { 1: 'icmp', 6: 'tcp', 17: 'udp', 58: 'icmpv6', 132: 'sctp' };

function packetText({ family, protocol, source, destination, destinationPort, inInterface }: Question): string {
  const to = addressText(family, destination);
  const where = destinationPort === null ? to : formatEndpoint(to, Number(destinationPort));
  return `${PROTOCOLS[protocol] ?? protocol} ${addressText(family, source)} → ${where} through ${inInterface}`;
}

interface Side {
  readonly label: string;
  readonly node: NodeDump;
}

export function compareDumps(a: Side, b: Side): DumpComparison {
  const { questions, isWhole } = classesOf([a.node, b.node]);
  // Both are of one node: where no dump says which addresses it has, it has none but loopback.
  const addresses = localAddresses(
    [...(a.node.addresses ?? []), ...(b.node.addresses ?? [])].map(({ address }) => address),
  );
  const walks = [a, b].map(({ node }) => new Walk(hereOf(node, addresses)));
  const groups = new Map<string, { count: number; packet: string; a: string; b: string }>();
  let differing = 0;
  for (const question of questions) {
    const [one = '', other = ''] = walks.map((walk) => signature(walk.ends(question)));
    if (one === other) continue;
    differing++;
    const key = `${kindOf(one)} | ${kindOf(other)}`;
    const known = groups.get(key);
    if (known) known.count++;
    else groups.set(key, { count: 1, packet: packetText(question), a: one, b: other });
  }
  const found = [...groups.values()].sort((x, y) => y.count - x.count);
  return {
    version: 1,
    a: a.label,
    b: b.label,
    equal: differing === 0,
    exhaustive: isWhole,
    packets: questions.length,
    differing,
    groups: found,
  };
}

export function tellComparison({ a, b, equal, exhaustive, packets, differing, groups }: DumpComparison): string {
  const sample = exhaustive
    ? 'one of every class that their rules tell apart'
    : 'only a sample: there are more classes than can be sent';
  const head = equal
    ? `${a} and ${b}: equal for ${packets} packets, ${sample}`
    : `${a} and ${b}: ${differing} of ${packets} packets differ (${sample})`;
  const told = groups.flatMap((one) => [
    '',
    `${one.count} like ${one.packet}`,
    `    ${a}: ${one.a}`,
    `    ${b}: ${one.b}`,
  ]);
  return `${[head, ...told].join('\n')}\n`;
}
