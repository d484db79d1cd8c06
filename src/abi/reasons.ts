// reasons.ts - every reason for what happens to a frame, a row each: its class, its words for people, and what to do about it.
//
// Part of the contract in layout.ts; a reason's number is its counter, its name the trace word. A new reason is one row here,
// or in drops.ts, plus the code that gives it. It takes the lowest number above 64 that no reason has or had: what kind of
// end it is, its class says and not its number.
import { DROPS } from './drops.js';

/** deliver: it went on · reply: the node answered it · drop: it was freed · reject: it was refused with an ICMP error. */
export type ReasonClass = 'deliver' | 'reply' | 'drop' | 'reject';

/** What decided: a rule of a Service, the way that the destination has, or the packet itself and the state of the node. */
type ReasonCause = 'service' | 'route' | 'packet';

/** The ICMP error of a reject in each family (RFC 792, RFC 4443), and the reason where no error may be sent. */
interface IcmpAnswer {
  readonly v4: readonly [type: number, code: number];
  readonly v6: readonly [type: number, code: number];
  readonly silent: string;
}

export interface ReasonSpec {
  readonly name: string;
  readonly number: number;
  readonly class: ReasonClass;
  readonly cause: ReasonCause;
  /** A few words, as they follow "dropped:" or "rejected:". */
  readonly brief: string;
  /** What happened, as whoever sent the packet sees it: "what is seen: why". Stands alone in a table. */
  readonly sentence: string;
  /** What to do about it, in whole sentences; none where nothing is wrong. */
  readonly remedy?: string;
  /** Of a reject that the node answers. */
  readonly answer?: IcmpAnswer;
}

const PORT_UNREACHABLE: IcmpAnswer = { v4: [3, 3], v6: [1, 4], silent: 'REJECTED_SILENT' };

/** The frame went on, or the node answered it. */
const GOOD = [
  {
    name: 'FORWARDED',
    number: 1,
    class: 'deliver',
    cause: 'route',
    brief: 'no Service rule touches it',
    sentence: 'passed on: no Service has this destination, so the packet goes where its address says',
  },
  {
    name: 'SERVICE',
    number: 2,
    class: 'deliver',
    cause: 'service',
    brief: 'first packet of a connection to a Service',
    sentence: 'sent to an endpoint: it begins a connection to a Service',
  },
  {
    name: 'ESTABLISHED',
    number: 3,
    class: 'deliver',
    cause: 'route',
    brief: 'belongs to a known connection',
    sentence: 'passed on: it belongs to a connection that the node knows',
  },
  {
    name: 'RELATED',
    number: 4,
    class: 'deliver',
    cause: 'packet',
    brief: 'ICMP error about a known connection',
    sentence: 'passed on: an ICMP error, translated like the connection that it is about',
  },
  {
    name: 'HEALTH_CHECK',
    number: 5,
    class: 'deliver',
    cause: 'service',
    brief: 'healthCheckNodePort, accepted for the node itself',
    sentence: 'delivered to the node itself: it asks for the health of a Service on its healthCheckNodePort',
  },
  {
    name: 'LOCAL_DELIVERY',
    number: 6,
    class: 'deliver',
    cause: 'route',
    brief: "for the node's own namespace, no Service rule touches it",
    sentence: "delivered to the node itself: the destination is the node's own address, and no Service has the port",
  },
  {
    name: 'SPREAD',
    number: 7,
    class: 'deliver',
    cause: 'service',
    brief: 'load balancer chose a node',
    sentence: 'sent to a node: the load balancer spreads new connections over the nodes of the Service',
  },
  {
    name: 'PROXIED',
    number: 64,
    class: 'deliver',
    cause: 'service',
    brief: 'load balancer ended the connection and began its own',
    sentence: 'sent to a NodePort: the load balancer ends connections itself (ipMode Proxy), and this one is its own',
  },
  {
    name: 'ARP_REPLY',
    number: 8,
    class: 'reply',
    cause: 'packet',
    brief: 'ARP request answered',
    sentence: 'answered: somebody asked by ARP who has an IPv4 address, and the node said "I do"',
  },
  {
    name: 'NEIGHBOUR_ADVERTISEMENT',
    number: 9,
    class: 'reply',
    cause: 'packet',
    brief: 'neighbour solicitation answered',
    sentence: 'answered: somebody asked who has an IPv6 address, and the node said "I do"',
  },
] as const satisfies readonly ReasonSpec[];

/** It is refused: the sender gets an ICMP error, where it may get one. */
const REFUSED = [
  {
    name: 'NO_ENDPOINTS',
    number: 96,
    class: 'reject',
    cause: 'service',
    brief: 'no endpoint',
    sentence: 'connection refused: the Service has no endpoint that takes traffic',
    remedy:
      'Check that pods match spec.selector and are Ready: kubewire get endpointslices,pods -n NAMESPACE, and kubewire describe svc NAME.',
    answer: PORT_UNREACHABLE,
  },
  {
    name: 'UNKNOWN_SERVICE_PORT',
    number: 97,
    class: 'reject',
    cause: 'service',
    brief: 'the address has no such port',
    sentence:
      'connection refused: the address is that of a Service, but the Service does not have this port and protocol',
    remedy: 'Connect to a port of the Service (kubewire get svc NAME), or add this one to spec.ports.',
    answer: PORT_UNREACHABLE,
  },
  {
    name: 'HOST_UNREACHABLE',
    number: 98,
    class: 'reject',
    cause: 'route',
    brief: 'nobody has the address',
    sentence: 'no route to host: nobody has the destination address',
    remedy:
      'Check the address: kubewire get pods,svc,nodes -A -o wide lists those in use. A pod that was replaced has another one now.',
    answer: { v4: [3, 1], v6: [1, 0], silent: 'NO_ROUTE' },
  },
  {
    name: 'TTL_EXPIRED',
    number: 99,
    class: 'reject',
    cause: 'packet',
    brief: 'the time to live ran out',
    sentence: 'time to live exceeded: the packet may not pass so many nodes',
    remedy:
      'Send with a larger TTL (hop limit); traceroute does this on purpose. If it is large already, look for a routing loop.',
    answer: { v4: [11, 0], v6: [3, 0], silent: 'TTL_EXPIRED_SILENT' },
  },
  {
    name: 'TOO_BIG',
    number: 100,
    class: 'reject',
    cause: 'packet',
    brief: 'larger than the MTU of the next link',
    sentence:
      'message too long: the packet is larger than the MTU of the next link, and the sender was told which size fits',
    remedy:
      'Nothing for TCP, which sends smaller packets from now on. Other programs must keep datagrams within that MTU.',
    answer: { v4: [3, 4], v6: [2, 0], silent: 'TOO_BIG_SILENT' },
  },
  {
    name: 'REJECTED_SILENT',
    number: 101,
    class: 'reject',
    cause: 'service',
    brief: 'without an answer',
    sentence:
      'timeout: no endpoint or no such port, and no ICMP error may be sent about an ICMP error or a later fragment',
    remedy:
      'Look at the first packet of the same connection: its reason is NO_ENDPOINTS or UNKNOWN_SERVICE_PORT, and so is the remedy.',
  },
] as const satisfies readonly ReasonSpec[];

const ROWS = [...GOOD, ...DROPS.map((row) => ({ ...row, class: 'drop' as const })), ...REFUSED];

export type ReasonName = (typeof ROWS)[number]['name'];
type NamedReason = ReasonSpec & { readonly name: ReasonName };

/** All reasons, by number. */
export const REASON_SPECS: readonly NamedReason[] = ROWS;

const BY_NUMBER = new Map<number, NamedReason>(REASON_SPECS.map((spec) => [spec.number, spec]));
const BY_NAME = new Map<string, NamedReason>(REASON_SPECS.map((spec) => [spec.name, spec]));

/** How each class reads after a stage or before a brief: `dropped: the source is …`. */
const PAST: Readonly<Record<ReasonClass, string>> = {
  deliver: 'delivered',
  reply: 'answered',
  drop: 'dropped',
  reject: 'rejected',
};

/** A reason in a few words: `rejected: no endpoint`. One that is not known is given as it came. */
export function reasonText(reason: number | string): string {
  const spec = reasonSpec(reason);
  return spec ? `${PAST[spec.class]}: ${spec.brief}` : String(reason);
}

/** The row of a reason, by its number or its name. Undefined when there is none: a number of a newer dataplane. */
export const reasonSpec = (reason: number | string): NamedReason | undefined =>
  typeof reason === 'number' ? BY_NUMBER.get(reason) : BY_NAME.get(reason);
