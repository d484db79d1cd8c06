// random-packets.ts - packets of every class that random rules tell apart, with a source port of their own.
import type { Question } from '../../../src/dump/walk/packet.js';
import { questionOf } from '../../../src/dump/walk/question.js';
import { formatEndpoint } from '../../../src/model/address.js';
import { type PacketBuilder, packet } from '../../support/packet.js';
import type { Dice } from '../../support/seed.js';
import { inIPv6 } from './ipv6.js';
import { DSCP } from './node.js';

/** Addresses that packets come from and go to; rules name the same. */
export const CLIENTS = ['203.0.113.9', '192.168.0.99', '198.51.100.7'] as const;
export const PODS = ['10.244.1.3', '10.244.1.4', '10.244.1.9'] as const;
export const SERVICES = ['10.96.0.20', '10.96.0.21', '172.16.5.5'] as const;
export const OWN = ['192.168.0.11', '192.168.0.12', '10.244.1.1'] as const;
export const PORTS = [53, 80, 443, 8080, 30080] as const;

type Through = 'eth0' | 'eth1' | 'own';

export interface Sent {
  readonly through: Through;
  /** The identification in its IP header, or the flow label of IPv6. */
  readonly number: number;
  readonly packet: PacketBuilder;
  readonly question: Question;
  readonly text: string;
}

const FROM: Readonly<Record<Through, readonly string[]>> = { eth0: CLIENTS, eth1: PODS, own: OWN };
const TO = [...PODS, ...SERVICES, ...OWN, '203.0.113.9'];

/**
 * @param number from 1 to 60,000: no two packets are of one connection
 * @param isIPv6 the same addresses in IPv6
 */
export function randomPacket(dice: Dice, number: number, isIPv6: boolean): Sent {
  const through = dice.pick(['eth0', 'eth0', 'eth1', 'own'] as const);
  const own = dice.pick(FROM[through]);
  const other = dice.pick(TO.filter((address) => address !== own));
  const [source, destination] = isIPv6 ? [inIPv6(own), inIPv6(other)] : [own, other];
  const protocol = dice.pick(['tcp', 'tcp', 'udp', 'udp', 'icmp'] as const);
  const port = 1024 + number;
  const to = dice.pick(PORTS);
  const ip = isIPv6
    ? packet().ip6(source, destination, { trafficClass: DSCP << 2, flowLabel: number })
    : packet().ip4(source, destination, { tos: DSCP << 2, id: number });
  const built = { tcp: () => ip.tcp(port, to), udp: () => ip.udp(port, to), icmp: () => ip.echo(port) }[protocol]();
  const [from, at] =
    protocol === 'icmp' ? [source, destination] : [formatEndpoint(source, port), formatEndpoint(destination, to)];
  const inInterface = through === 'own' ? null : through;
  return {
    through,
    number,
    packet: built,
    question: questionOf({ from, to: at, protocol, inInterface, state: 'new' }),
    text: `${protocol} ${from} > ${at} through ${through}`,
  };
}
