// iptables.ts - TRACE lines of the kernel's log, and of xtables-monitor → packets and the rules that they met.
import { linesOf } from '../read/node/lines.js';
import type { TracedPacket } from './packets.js';

/** `TRACE: nat:KUBE-SERVICES:rule:5 IN=eth0 OUT= … SRC=… DST=… PROTO=TCP SPT=… DPT=…` */
const EVENT = /TRACE: (\w+):([^:\s]+):(rule|return|policy):(\d+)\s(.*)$/;

const field = (text: string, name: string): string => new RegExp(`(?:^| )${name}=(\\S*)`).exec(text)?.[1] ?? '';

function packetText(said: string): string {
  const port = (name: string): string => (field(said, name) === '' ? '' : ` port ${field(said, name)}`);
  const through = field(said, 'IN') === '' ? '' : ` through ${field(said, 'IN')}`;
  return `${field(said, 'PROTO').toLowerCase()} ${field(said, 'SRC')}${port('SPT')} → ${field(said, 'DST')}${port('DPT')}${through}`;
}

/** Packets are told apart by what NAT of the destination leaves: source, port and identification. Other lines are passed over. */
export function readIptablesTrace(text: string, file: string): TracedPacket[] {
  const packets = new Map<string, TracedPacket>();
  for (const { text: line } of linesOf(text, file)) {
    const [, table = '', chain = '', kind = '', number = '', said = ''] = EVENT.exec(line) ?? [];
    if (table === '') continue;
    const key = ['SRC', 'PROTO', 'SPT', 'ID', 'FLOWLBL'].map((name) => field(said, name)).join(' ');
    const told = packetText(said);
    const known = packets.get(key) ?? { packet: told, last: told, events: [] };
    packets.set(key, known);
    known.last = told.replace(/ through \S+$/, '');
    const isRule = kind === 'rule';
    known.events.push({
      family: field(said, 'FLOWLBL') === '' ? 'ip' : 'ip6',
      table,
      chain,
      handle: null,
      // The number of a policy and of a return is that of no rule.
      number: isRule ? Number(number) : null,
      text: '',
      effect: isRule ? '' : kind,
    });
  }
  return [...packets.values()].map((one) => ({
    ...one,
    last: one.packet.startsWith(one.last) ? one.packet : one.last,
  }));
}
