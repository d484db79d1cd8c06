// ways.ts - the way of a packet as words that both can say: what nft traces, and what our walk tells.
import type { NodeDump } from '../../../src/dump/rules/node.js';
import type { Place } from '../../../src/dump/rules/ruleset.js';
import type { Leaf } from '../../../src/dump/walk/leaves.js';
import { addressText } from '../../../src/dump/walk/packet.js';
import { stepsOf } from '../../../src/dump/walk/trail.js';
import { inIPv6 } from './ipv6.js';
import { DSCP } from './node.js';
import { OWN } from './random-packets.js';

/** Rules by handle: `ip filter FORWARD 7`; policies: `ip filter FORWARD policy accept`; at the end where it was seen last. */
export interface Way {
  readonly rules: readonly string[];
  readonly last: string;
}

const EVENT = /^trace id (\S+) (\S+) (\S+) (\S+) (packet:|rule|policy|return|unknown)\s?(.*)$/;
const TRACER = 'kubewire-tracer';
const MASQUERADED: ReadonlySet<string> = new Set([...OWN, ...OWN.map(inIPv6), '127.0.0.1', '::1']);

const wordAfter = (text: string, name: string): string => new RegExp(`(?:^| )${name} (\\S+)`).exec(text)?.[1] ?? '';

interface Growing {
  readonly rules: string[];
  last: string;
  /** It leaves by loopback, and comes back. */
  loops: boolean;
  isOver: boolean;
}

/** What a packet has at the end, as far as NAT may have changed it. */
function endOf(text: string): string {
  const port = wordAfter(text, '(?:tcp|udp) dport');
  return `${wordAfter(text, 'ip6? saddr')} > ${wordAfter(text, 'ip6? daddr')}${port === '' ? '' : `:${port}`}`;
}

/** Gathers what nft traces, packet by packet. Each is known by the identification of its IP header. */
export class Traces {
  readonly #ways = new Map<number, Growing>();
  /** The trace's own number changes on loopback. */
  readonly #byTrace = new Map<string, Growing>();

  /** The way of a packet, once it is over. */
  over(identification: number): Way | null {
    const way = this.#ways.get(identification);
    return way?.isOver ? way : null;
  }

  read(line: string): void {
    const [, id = '', family = '', table = '', chain = '', kind = '', text = ''] = EVENT.exec(line) ?? [];
    if (kind === 'packet:') this.#packet(id, table === TRACER ? chain : '', text);
    const way = this.#byTrace.get(id);
    if (!way || kind === 'packet:') return;
    const isDrop = /\(verdict drop\)$/.test(text) || (kind === 'policy' && text.startsWith('drop'));
    const isLast = table === TRACER && kind === 'policy' && (chain === 'up' || (chain === 'out' && !way.loops));
    if (isDrop || isLast) way.isOver = true;
    if (table === TRACER) return;
    const handle = /# handle (\d+) \(verdict/.exec(text)?.[1];
    if (kind === 'rule') way.rules.push(`${family} ${table} ${chain} ${handle}`);
    else if (kind === 'policy') way.rules.push(`${family} ${table} ${chain} policy ${text.split(' ')[0]}`);
  }

  /** @param seen the tracer's chain that sees it; '' for another's */
  #packet(id: string, seen: string, text: string): void {
    const identification = Number(wordAfter(text, 'ip id') || wordAfter(text, 'ip6 flowlabel'));
    if (Number(wordAfter(text, 'ip6? dscp').replace(/^[a-z].*/, '-1')) !== DSCP) return;
    // An echo's answer carries its DSCP, too.
    if (/icmp(v6)? type echo-reply/.test(text)) return;
    const way = this.#ways.get(identification) ?? { rules: [], last: '', loops: false, isOver: false };
    this.#ways.set(identification, way);
    this.#byTrace.set(id, way);
    if (seen === 'out' || seen === 'up') way.last = `${seen} ${endOf(text)}`;
    if (seen === 'out') way.loops = wordAfter(text, 'oif') === '"lo"';
  }
}

/** Handles of rules by their place. */
export type Handles = ReadonlyMap<string, number>;

export const placed = (place: Place | null): string => `${place?.file}:${place?.line}:${place?.column}`;

/** nft lists the rules of iptables in the order of iptables-save. */
export function handlesOf(node: NodeDump, listed: NodeDump): Handles {
  const found = new Map<string, number>();
  for (const table of node.ruleset.tables) {
    const twin = listed.ruleset.tables.find(({ name, family }) => name === table.name && family === table.family);
    for (const chain of table.chains.values()) {
      for (const [i, rule] of chain.rules.entries()) {
        const handle = rule.handle ?? twin?.chains.get(chain.name)?.rules[i]?.handle;
        if (handle !== undefined) found.set(placed(rule.place), handle);
      }
    }
  }
  return found;
}

/** Where our walk says that the packet is seen last. */
function lastOf({ verdict, packet, trail }: Leaf): string {
  if (verdict !== 'dnat' && verdict !== 'accept') return '';
  const isUp = stepsOf(trail).at(-1)?.hook === 'input' || packet.outInterface === '';
  const source = packet.masqueraded ? 'own' : addressText(packet.family, packet.source);
  const port = packet.destinationPort === null ? '' : `:${packet.destinationPort}`;
  return `${isUp ? 'up' : 'out'} ${source} > ${addressText(packet.family, packet.destination)}${port}`;
}

export const walkedWay = (leaf: Leaf, handles: Handles): Way => ({
  rules: stepsOf(leaf.trail)
    .filter(({ table, place }) => table !== '' && place !== null)
    .map(({ table, chain, place, effect }) =>
      effect.startsWith('policy ') ? `${table} ${chain} ${effect}` : `${table} ${chain} ${handles.get(placed(place))}`,
    ),
  last: lastOf(leaf),
});

/** A packet that was dropped or rejected may have been seen before. A masqueraded one has some address of the node. */
export function isSame(traced: Way, walked: Way): boolean {
  if (traced.rules.join('\n') !== walked.rules.join('\n')) return false;
  if (walked.last === '') return true;
  const [place = '', source = '', ...rest] = traced.last.split(' ');
  const [own = '', from = '', ...more] = walked.last.split(' ');
  const isSource = from === 'own' ? MASQUERADED.has(source) : from === source;
  return place === own && isSource && rest.join(' ') === more.join(' ');
}
