// traffic.ts - who sends how much to whom: totals of connections that only grow, for maps and charts that ask once a second.
import type { FlowView } from './flows.js';

/** All connections of one sender through one Service (or none) to one receiver, as their first node tracks them. */
export interface TrafficEdge {
  readonly node: string;
  readonly from: string;
  readonly service: string | null;
  readonly to: string;
  /** Connections tracked now. */
  readonly flows: number;
  /** Since somebody first asked: connections that began, packets and bytes in both directions. */
  readonly begun: number;
  readonly packets: number;
  readonly bytes: number;
}

type Totals = { -readonly [K in keyof TrafficEdge]: TrafficEdge[K] };

const edgeKey = ({ node, from, service, to }: FlowView): string => `${node} ${from} ${service} ${to}`;

function flowKey({ node, protocol, original: { before } }: FlowView): string {
  return `${node} ${protocol} ${before.source} ${before.sourcePort} ${before.destination} ${before.destinationPort}`;
}

interface Seen {
  readonly packets: number;
  readonly bytes: number;
}

/** Adds up what grew between two looks at the tracked connections. A connection is listed for seconds after its end. */
export class Traffic {
  readonly #edges = new Map<string, Totals>();
  #seen = new Map<string, Seen>();

  /** Takes all connections as they are now, and returns all edges. */
  take(flows: readonly FlowView[]): readonly TrafficEdge[] {
    for (const edge of this.#edges.values()) edge.flows = 0;
    const seen = new Map<string, Seen>();
    for (const flow of flows.filter(({ first }) => first)) {
      const key = flowKey(flow);
      const { packets, bytes } = flow;
      seen.set(key, { packets, bytes });
      this.#add(flow, this.#seen.get(key));
    }
    this.#seen = seen;
    return [...this.#edges.values()];
  }

  #add(flow: FlowView, before: Seen | undefined): void {
    const { node, from, service, to, packets, bytes } = flow;
    const key = edgeKey(flow);
    const edge = this.#edges.get(key) ?? { node, from, service, to, flows: 0, begun: 0, packets: 0, bytes: 0 };
    this.#edges.set(key, edge);
    // With fewer packets than before, another connection has taken the place of the old one.
    const last = before && before.packets <= packets ? before : undefined;
    edge.flows++;
    edge.begun += last ? 0 : 1;
    edge.packets += packets - (last?.packets ?? 0);
    edge.bytes += bytes - (last?.bytes ?? 0);
  }
}
