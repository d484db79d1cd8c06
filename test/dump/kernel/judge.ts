// judge.ts - random packets through random rules in the real kernel: our walk names the same rules in the same order.
import { readDumps } from '../../../src/dump/read/dump.js';
import type { NodeDump } from '../../../src/dump/rules/node.js';
import { localAddresses } from '../../../src/dump/walk/fields.js';
import { hereOf, Walk } from '../../../src/dump/walk/walk.js';
import { Dice } from '../../support/seed.js';
import { rulesInIPv6 } from './ipv6.js';
import { type TracingNode, tracingNode } from './node.js';
import { IPSETS, randomIptables } from './random-iptables.js';
import { randomNft } from './random-nft.js';
import { randomPacket, type Sent } from './random-packets.js';
import { type Handles, handlesOf, isSame, placed, Traces, type Way, walkedWay } from './ways.js';

/** So many packets are in flight that the kernel does not lose their story. */
const BATCH = 40;

interface Trial {
  readonly node: TracingNode;
  readonly dump: NodeDump;
  readonly handles: Handles;
}

/** `iptables as nft`: rules of iptables, as `nft list ruleset` shows them. */
export type Kind = 'iptables' | 'iptables as nft' | 'nft' | 'nft -j';

export const isIptables = (kind: Kind): boolean => kind.startsWith('iptables');

/** Rules on trial. */
interface Trying {
  readonly kind: Kind;
  readonly rules: string;
  /** Packets and rules are of IPv6. */
  readonly isIPv6?: boolean;
  /** As `ipset save` prints them. */
  readonly ipsets?: string;
  /** Conditions that the walk may leave open, each way of which it tells. */
  readonly open?: RegExp;
}

/** How rules of a kind are loaded, and read back as people would take them. */
async function dumpOf(
  { kind, isIPv6 = false }: Trying,
  run: TracingNode['run'],
): Promise<{ dump: NodeDump; handles: Handles }> {
  const facts = [
    await run(['ip', '-j', 'addr']),
    await run(['ip', '-j', 'route', 'show', 'table', 'all']),
    await run(['ip', '-6', '-j', 'route', 'show', 'table', 'all']),
    await run(['ip', '-j', 'rule']),
    await run(['ip', '-6', '-j', 'rule']),
  ];
  const listing = readDumps([{ file: 'nft', text: await run(['nft', '-a', 'list', 'ruleset']) }]);
  const texts = {
    iptables: () => run([isIPv6 ? 'ip6tables-nft-save' : 'iptables-nft-save']),
    'iptables as nft': () => run(['nft', '-a', 'list', 'ruleset']),
    nft: () => run(['nft', '-a', 'list', 'ruleset']),
    'nft -j': () => run(['nft', '-j', 'list', 'ruleset']),
  };
  const sets = isIptables(kind) ? [await run(['ipset', 'save'])] : [];
  const all = [await texts[kind](), ...facts, ...sets];
  const dump = readDumps(all.map((text, i) => ({ file: `${kind} ${i}`, text })));
  return { dump, handles: handlesOf(dump, listing) };
}

async function begin(trying: Trying): Promise<Trial> {
  const { kind, rules, isIPv6 = false, ipsets = '' } = trying;
  let read: { dump: NodeDump; handles: Handles } | null = null;
  const node = await tracingNode(async (run) => {
    if (isIptables(kind)) {
      if (ipsets !== '') await run(['ipset', 'restore'], ipsets);
      await run([isIPv6 ? 'ip6tables-nft-restore' : 'iptables-nft-restore'], rules);
    } else await run(['nft', '-f', '-'], rules);
    read = await dumpOf(trying, run);
  });
  return { node, ...(read as unknown as { dump: NodeDump; handles: Handles }) };
}

/** The kernel's ways of a batch. */
async function traced(node: TracingNode, batch: readonly Sent[]): Promise<Way[]> {
  for (const { through, packet } of batch) node.send(through, packet);
  const traces = new Traces();
  const left = new Set(batch);
  const isLast = (line: string): boolean => {
    traces.read(line);
    for (const sent of left) if (traces.over(sent.number)) left.delete(sent);
    return left.size === 0;
  };
  await node.told(isLast).catch((error) => {
    throw new Error([...left].map(({ text, number }) => `${number} ${text}`).join('\n'), { cause: error });
  });
  return batch.map(({ number }) => traces.over(number) as Way);
}

/** Where two ways part, with the rules' texts. */
function parting(kernel: Way, ours: readonly Way[], texts: ReadonlyMap<string, string>): string {
  const common = (way: Way): number => {
    const at = way.rules.findIndex((rule, i) => rule !== kernel.rules[i]);
    return at < 0 ? way.rules.length : at;
  };
  const nearest = ours.reduce<Way | null>((best, way) => (best && common(best) >= common(way) ? best : way), null);
  const at = nearest ? common(nearest) : 0;
  const said = (rule: string | undefined): string =>
    rule === undefined ? 'nothing' : `${rule}  ${texts.get(rule) ?? ''}`;
  const before = kernel.rules.slice(Math.max(0, at - 3), at).join(', ');
  return `after ${before}\n    kernel: ${said(kernel.rules[at])}; ${kernel.last}\n    walk: ${said(nearest?.rules[at])}; ${nearest?.last}`;
}

function textsOf(dump: NodeDump, handles: Handles): Map<string, string> {
  return new Map(
    dump.ruleset.tables.flatMap(({ family, name, chains }) =>
      [...chains.values()].flatMap((chain) =>
        chain.rules.map((rule) => {
          const handle = handles.get(placed(rule.place));
          return [`${family} ${name} ${chain.name} ${handle}`, rule.text] as const;
        }),
      ),
    ),
  );
}

/** What no dump can say: which of its addresses the node puts in place of a source, and what stands in ICMP for a port. */
const OPEN = /the node's own address|after the IP header/;

/** The differences between kernel and walk over so many packets, told with everything that is needed to see why. */
export async function judge(trying: Trying, seed: number, packets: number): Promise<string[]> {
  const dice = new Dice(seed);
  const { node, dump, handles } = await begin(trying);
  const isAllowed = (condition: string): boolean => OPEN.test(condition) || trying.open?.test(condition) === true;
  const addresses = localAddresses((dump.addresses ?? []).map(({ address }) => address));
  const walk = new Walk(hereOf(dump, addresses), { every: true });
  const texts = textsOf(dump, handles);
  const found: string[] = [];
  try {
    for (let done = 0; done < packets; done += BATCH) {
      const batch = Array.from({ length: Math.min(BATCH, packets - done) }, (_, i) =>
        randomPacket(dice, done + i + 1, trying.isIPv6 === true),
      );
      const seen = await traced(node, batch);
      for (const [i, sent] of batch.entries()) {
        const kernel = seen[i] as Way;
        const ours = walk.ways(sent.question).map((leaf) => ({ leaf, way: walkedWay(leaf, handles) }));
        if (ours.some(({ leaf, way }) => leaf.depends.every(isAllowed) && isSame(kernel, way))) continue;
        const depends = ours.flatMap(({ leaf }) => leaf.depends);
        const ways = ours.map(({ way }) => way);
        found.push(
          `${sent.text}: ${parting(kernel, ways, texts)}${depends.length > 0 ? `\n    depends on ${depends[0]}` : ''}`,
        );
      }
    }
  } finally {
    node.close();
  }
  return found;
}

/** Random rules of a kind. */
export function randomRules(kind: Kind, seed: number, isIPv6: boolean): Trying {
  const dice = new Dice(seed);
  const rules = isIptables(kind) ? randomIptables(dice) : randomNft(dice);
  const ipsets = isIptables(kind) ? IPSETS : '';
  return isIPv6 ? { kind, rules: rulesInIPv6(rules), ipsets: rulesInIPv6(ipsets), isIPv6 } : { kind, rules, ipsets };
}
