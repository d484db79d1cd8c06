// ipvs.ts - the virtual servers of IPVS: which one takes a packet, and the real servers that it can send it to.
import { formatEndpoint, parseAddress, toBigInt } from '../../model/address.js';
import { PROTOCOL } from '../../wire/headers.js';
import type { RealServer, VirtualServer } from '../rules/node.js';
import { type Here, isLocal } from './fields.js';
import type { Moment } from './moment.js';
import { addressText, type Packet } from './packet.js';
import type { Turn } from './turns.js';

const STAY: Turn[] = [{ probability: 1, next: 'on' }];
const NEW = 8n;

const isFor = (server: VirtualServer, packet: Packet): boolean => {
  if (server.mark !== null) return packet.mark === server.mark;
  return (
    PROTOCOL[server.protocol] === packet.protocol &&
    BigInt(server.port) === packet.destinationPort &&
    server.address === addressText(packet.family, packet.destination)
  );
};

/** Schedulers that look at weights as shares; the others spread by load or by a hash. */
const WEIGHTED: ReadonlySet<string> = new Set(['wrr', 'wlc', 'mh', 'sh', 'dh', 'sed', 'nq', 'ovf', 'fo']);

function shares({ scheduler, realServers }: VirtualServer): readonly (readonly [RealServer, number])[] {
  const usable = realServers.filter(({ weight }) => weight > 0);
  const weightOf = (one: RealServer): number => (WEIGHTED.has(scheduler) ? one.weight : 1);
  const sum = usable.reduce((total, one) => total + weightOf(one), 0);
  return usable.map((one) => [one, weightOf(one) / sum] as const);
}

/** Rewrites the destination. Masquerading servers send the packet on from the node itself: output, then postrouting. */
function sendTo(here: Here, server: VirtualServer, real: RealServer): NonNullable<Turn['apply']> {
  return (moment) => {
    const { packet } = moment;
    const address = parseAddress(real.address);
    const port = real.port === 0 ? packet.destinationPort : BigInt(real.port);
    moment.balanced = true;
    if (real.method === 'masq') {
      packet.destination = address ? toBigInt(address) : packet.destination;
      packet.destinationPort = port;
      packet.destinationRewritten = true;
    }
    if (moment.stage === 'input' && isLocal(here, packet, packet.destination) !== true) {
      moment.stage = 'output';
      moment.entry = 0;
      moment.destinationSettled = true;
    }
    const name = server.mark === null ? formatEndpoint(server.address, server.port) : `mark ${server.mark}`;
    return `ipvs ${name} (${server.scheduler}): dnat ${formatEndpoint(real.address, real.port)}`;
  };
}

/** What IPVS does with a packet that comes to its hook: nothing, one of its real servers, or a reject where it has none. */
export function balance(here: Here, moment: Moment): Turn[] {
  const { packet } = moment;
  if (moment.balanced || packet.state !== NEW) return STAY;
  const server = (here.node.virtualServers ?? []).find((one) => isFor(one, packet));
  if (!server) return STAY;
  const choices = shares(server);
  if (choices.length === 0) {
    const text = `ipvs ${formatEndpoint(server.address, server.port)} has no real server: reject`;
    return [{ probability: 1, apply: () => text, next: { kind: 'end', verdict: 'reject' } }];
  }
  return choices.map(([real, probability]) => ({ probability, apply: sendTo(here, server, real), next: 'on' }));
}
