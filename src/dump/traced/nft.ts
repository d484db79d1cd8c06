// nft.ts - the lines of `nft monitor trace`, with or without -a → packets and the rules that they met.

import { linesOf } from '../read/node/lines.js';
import { mistake } from '../read/place.js';
import type { TracedPacket } from './packets.js';

const EVENT = /^trace id (\S+) (\S+) (\S+) (\S+) (packet:|rule|policy|return|unknown)\s?(.*)$/;

const word = (text: string, name: string): string =>
  new RegExp(`(?:^| )${name} (\\S+)`).exec(text)?.[1]?.replaceAll('"', '') ?? '';

/** `tcp 10.0.0.1:40000 → 10.96.0.1:80 through eth0` */
function packetText(text: string): string {
  const [from, to] = [word(text, 'ip6? saddr'), word(text, 'ip6? daddr')];
  const protocol = /\b(tcp|udp|sctp) sport/.exec(text)?.[1] ?? word(text, 'ip protocol') ?? '';
  const [sport, dport] = [word(text, `${protocol} sport`), word(text, `${protocol} dport`)];
  const port = (one: string): string => (one === '' ? '' : ` port ${one}`);
  const through = word(text, 'iif') === '' ? '' : ` through ${word(text, 'iif')}`;
  return `${protocol || 'packet'} ${from}${port(sport)} → ${to}${port(dport)}${through}`;
}

/** Without the handle and the verdict that `nft -a` puts behind a rule. */
const ruleText = (text: string): string => text.replace(/\s*(# handle \d+)?\s*\(verdict [^)]*\)\s*$/, '').trim();

/** Packets in the order in which they are first told of. Throws a Fault with the place of what is no line of a trace. */
export function readNftTrace(text: string, file: string): TracedPacket[] {
  const packets = new Map<string, TracedPacket>();
  for (const { text: line, place } of linesOf(text, file)) {
    const [, id = '', family = '', table = '', chain = '', kind = '', said = ''] = EVENT.exec(line.trim()) ?? [];
    if (id === '') throw mistake(place, `"${line.slice(0, 60)}" is no line of nft monitor trace`);
    const told = kind === 'packet:' ? packetText(said) : '';
    const known = packets.get(id) ?? { packet: told, last: told, events: [] };
    packets.set(id, known);
    if (kind === 'packet:') {
      known.last = told.replace(/ through \S+$/, '') || known.last;
      continue;
    }
    const handle = /# handle (\d+)/.exec(said)?.[1];
    const verdict = /\(verdict ([^)]*)\)/.exec(said)?.[1] ?? '';
    known.events.push({
      family,
      table,
      chain,
      handle: handle === undefined ? null : Number(handle),
      number: null,
      text: kind === 'rule' ? ruleText(said) : '',
      effect: kind === 'rule' ? verdict : `${kind} ${said.split(' ')[0]}`.trim(),
    });
  }
  return [...packets.values()].map((one) => ({
    ...one,
    last: one.packet.startsWith(one.last) ? one.packet : one.last,
  }));
}
