// subject.ts - what a capture is about: whose frames, from their first hop to their last.
import type { NodePlan } from '../../plan/plan.js';
import type { PacketTuple } from '../packet.js';
import { connectionKey, type Hop } from './hop.js';

/** Decides about hops in the order in which they happened. */
export type Subject = (hop: Hop) => boolean;

/** Connections that are followed; the oldest are forgotten first. */
const MOST_FOLLOWED = 100_000;

/** Everything that a node does. */
export const ofNode =
  (name: string): Subject =>
  (hop) =>
    hop.node === name;

/** What goes over the wire between a node and the fabric. */
export const ofUplink =
  (name: string): Subject =>
  (hop) =>
    hop.node === name && (hop.in === 'uplink' || hop.out === 'uplink');

export const everything: Subject = () => true;

/** Frames that begin as `concerns` says, and then the same connections at every hop, however they are rewritten. */
function following(concerns: (hop: Hop) => boolean): Subject {
  const followed = new Set<string>();
  const follow = (tuple: PacketTuple | null): void => {
    if (!tuple) return;
    followed.add(connectionKey(tuple));
    if (followed.size <= MOST_FOLLOWED) return;
    const [oldest] = followed;
    if (oldest !== undefined) followed.delete(oldest);
  };
  const isFollowed = (tuple: PacketTuple | null): boolean => tuple !== null && followed.has(connectionKey(tuple));
  return (hop) => {
    if (!concerns(hop) && !isFollowed(hop.before) && !isFollowed(hop.after)) return false;
    follow(hop.before);
    follow(hop.after);
    return true;
  };
}

const tuples = ({ before, after }: Hop): PacketTuple[] => [before, after].filter((tuple) => tuple !== null);

/** A pod or client: what goes through its port, and what bears its addresses. */
export function ofMachine(port: string, addresses: readonly string[]): Subject {
  const own = new Set(addresses);
  return following(
    (hop) =>
      hop.in === port ||
      hop.out === port ||
      tuples(hop).some(({ source, destination }) => own.has(source) || own.has(destination)),
  );
}

const NUMBERS: Readonly<Record<string, number>> = { TCP: 6, UDP: 17, SCTP: 132 };

const frontendKey = (address: string, port: number, protocol: number | undefined): string =>
  `${address} ${port} ${protocol}`;

/** Where a Service can be reached on a node: NodePorts at each of its addresses. */
function frontendsOf(owner: string, { frontends, localAddresses }: NodePlan): Set<string> {
  const nodePorts = localAddresses.filter(({ nodePort }) => nodePort).map(({ address }) => address);
  const keys = frontends
    .filter((frontend) => frontend.owner === owner)
    .flatMap(({ address, port, protocol }) =>
      (address === '' ? nodePorts : [address]).map((one) => frontendKey(one, port, NUMBERS[protocol])),
    );
  return new Set(keys);
}

/**
 * A Service: what comes to its frontends, and answers from there.
 * @param plansOf the plan of a node, or for the fabric, which has none, those of all nodes
 */
export function ofService(owner: string, plansOf: (node: string) => readonly NodePlan[]): Subject {
  const known = new WeakMap<NodePlan, Set<string>>();
  const frontendsIn = (plan: NodePlan): Set<string> => {
    const frontends = known.get(plan) ?? frontendsOf(owner, plan);
    known.set(plan, frontends);
    return frontends;
  };
  const isFrontend = (node: string, { destination, destinationPort, protocol }: PacketTuple): boolean => {
    const key = frontendKey(destination, destinationPort, protocol);
    return plansOf(node).some((plan) => frontendsIn(plan).has(key));
  };
  return following(
    ({ node, handling, before }) =>
      handling?.service.split(':')[0] === owner || (before !== null && isFrontend(node, before)),
  );
}
