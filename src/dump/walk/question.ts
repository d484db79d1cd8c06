// question.ts - `--from`, `--to` and `--proto` of one packet → what a walk begins with.
import { type Address, parseAddress, toBigInt } from '../../model/address.js';
import { Fault } from '../../model/fault.js';
import { numberOf, PROTOCOLS } from '../rules/numbers.js';
import { hasPorts, type Question } from './packet.js';

interface AskedFlow {
  readonly from: string;
  readonly to: string;
  readonly protocol: string;
  readonly inInterface: string | null;
  readonly state: Question['state'];
}

const wrong = (message: string, remedy: string): Fault => new Fault('USAGE', message, remedy);

interface End {
  readonly address: Address;
  readonly port: bigint | null;
}

/** `1.2.3.4:80`, `[::1]:80`, `1.2.3.4`, `::1` or `[::1]`. */
function endOf(text: string, what: string): End {
  const whole = parseAddress(text);
  if (whole) return { address: whole, port: null };
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const address = parseAddress(bracketed ?? plain ?? '');
  if (!address)
    throw wrong(
      `${what}: "${text}" is no address`,
      `${what} is IP or IP:PORT, for example 10.0.0.1:80 or [fd00::1]:80.`,
    );
  if (Number(port ?? 1) > 65_535 || Number(port ?? 1) < 1)
    throw wrong(`${what}: "${port}" is not a port`, 'A port is a number from 1 to 65535.');
  return { address, port: port === undefined ? null : BigInt(port) };
}

/** The number of a protocol by its name; ICMP is that of the packet's family. */
function protocolOf(text: string, isIPv6: boolean): number {
  const word = text.toLowerCase();
  if (word === 'icmp' || word === 'icmpv6') return isIPv6 ? 58 : 1;
  const number = numberOf(word, PROTOCOLS);
  if (number === null || number > 255n)
    throw wrong(`unknown protocol "${text}"`, 'Use tcp, udp, sctp, icmp or a number.');
  return Number(number);
}

export function questionOf({ from, to, protocol: word, inInterface, state }: AskedFlow): Question {
  const [source, destination] = [endOf(from, '--from'), endOf(to, '--to')];
  const { family } = destination.address;
  if (source.address.family !== family)
    throw wrong(`${from} and ${to} are of two families`, 'A packet is IPv4 or IPv6.');
  const protocol = protocolOf(word, family === 'IPv6');
  if (hasPorts(protocol) && destination.port === null)
    throw wrong(`--to: ${to} has no port`, `${word} needs one: ADDRESS:PORT.`);
  return {
    family,
    protocol,
    source: toBigInt(source.address),
    destination: toBigInt(destination.address),
    sourcePort: hasPorts(protocol) ? source.port : null,
    destinationPort: hasPorts(protocol) ? destination.port : null,
    inInterface,
    state,
  };
}
