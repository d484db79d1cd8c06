// cluster.ts - generates clusters of N Services, and one node's tables for them, as input for the suites.
import { STRATEGY_SPECS, strategySpec } from '../src/abi/strategies.js';
import { compileTables, STRATEGIES, strategyNamed } from '../src/compile/strategy.js';
import type { Surroundings } from '../src/lab/tables/node-tables.js';
import { formatAddress, fromBigInt, mustAddress, toBigInt } from '../src/model/address.js';
import type { ClusterSnapshot, EndpointSlice, Protocol, Service, ServicePort } from '../src/model/objects.js';
import type { Attachment, NodePlan, ProxyConfig, ProxyMode } from '../src/plan/plan.js';
import { planNode } from '../src/plan/planner.js';
import { nodeAttachment, nodeView, type PodWire, proxyConfig } from '../src/topology/attachment.js';
import { createTopology, type LabNode, type Topology } from '../src/topology/topology.js';
import { bySeries } from './output/chart.js';

/** IPv4 address number `n` after `first`. */
export const offset = (first: string, n: number): string =>
  formatAddress(fromBigInt('IPv4', toBigInt(mustAddress(first)) + BigInt(n)));

export interface Part {
  readonly service: Service;
  readonly slice: EndpointSlice;
}

interface PartOptions {
  readonly name: string;
  readonly clusterIP: string;
  readonly endpoints: readonly string[];
  /** Port number → protocol; targets have the same number. Default: TCP 80, target 8080. */
  readonly ports?: Readonly<Record<number, Protocol>>;
  /** sessionAffinity ClientIP with this time-out. */
  readonly affinitySeconds?: number;
}

const HTTP: readonly ServicePort[] = [{ name: 'http', protocol: 'TCP', port: 80, targetPort: 8080 }];

/** A ClusterIP Service and the slice of its ready endpoints, half of them on node-1. */
export function makeService({ name, clusterIP, endpoints, ports, affinitySeconds }: PartOptions): Part {
  const list = ports
    ? Object.entries(ports).map(([port, protocol]) => ({
        name: `port-${port}`,
        protocol,
        port: Number(port),
        targetPort: Number(port),
      }))
    : HTTP;
  return {
    service: {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, namespace: 'default' },
      spec: {
        type: 'ClusterIP',
        clusterIP,
        clusterIPs: [clusterIP],
        ipFamilies: ['IPv4'],
        sessionAffinity: affinitySeconds === undefined ? 'None' : 'ClientIP',
        ...(affinitySeconds === undefined
          ? {}
          : { sessionAffinityConfig: { clientIP: { timeoutSeconds: affinitySeconds } } }),
        internalTrafficPolicy: 'Cluster',
        ports: [...list],
      },
    },
    slice: {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: `${name}-1`, namespace: 'default', labels: { 'kubernetes.io/service-name': name } },
      addressType: 'IPv4',
      endpoints: endpoints.map((address, e) => ({
        addresses: [address],
        conditions: { ready: true, serving: true, terminating: false },
        nodeName: `node-${(e % 2) + 1}`,
      })),
      ports: list.map(({ name: port, protocol, targetPort }) => ({
        ...(port === undefined ? {} : { name: port }),
        ...(protocol === undefined ? {} : { protocol }),
        port: Number(targetPort),
      })),
    },
  };
}

export const snapshotOf = (parts: readonly Part[]): ClusterSnapshot => ({
  services: parts.map(({ service }) => service),
  endpointSlices: parts.map(({ slice }) => slice),
  nodes: [],
});

/** Services 0 … `services` − 1, each with one TCP port and `endpoints` endpoints. */
export function makeParts(services: number, endpoints: number): Part[] {
  return Array.from({ length: services }, (_, s) =>
    makeService({
      name: `service-${s}`,
      clusterIP: offset('10.96.0.1', s),
      endpoints: Array.from({ length: endpoints }, (_, e) => offset('10.128.0.1', s * endpoints + e)),
    }),
  );
}

export const makeCluster = (services: number, endpoints: number): ClusterSnapshot =>
  snapshotOf(makeParts(services, endpoints));

/** node-1 of a lab of two nodes, with these pods. */
export interface Bench {
  readonly topology: Topology;
  readonly node: LabNode;
  readonly attachment: Attachment;
  /** @param options what differs from the lab's configuration of kube-proxy */
  plan(snapshot: ClusterSnapshot, mode: ProxyMode, previous?: NodePlan, options?: Partial<ProxyConfig>): NodePlan;
  /** What its tables depend on under a strategy, besides the Services. */
  surroundings(strategy: string): Surroundings;
}

export function makeBench(pods: readonly PodWire[] = []): Bench {
  const topology = createTopology({ count: 2 });
  const node = topology.nodes[0];
  if (!node) throw new Error('the topology has no node');
  const view = nodeView(node);
  const attachment = nodeAttachment(topology, node, pods);
  return {
    topology,
    node,
    attachment,
    plan: (snapshot, mode, previous, options) =>
      planNode(snapshot, view, { ...proxyConfig(topology, mode), ...options }, previous),
    surroundings: (strategy) => {
      const config = proxyConfig(topology, strategyNamed(strategy).mode);
      return { view, config, strategy, attachment };
    },
  };
}

/** Tables of the bench's node under a strategy. */
export function tablesOf(bench: Bench, snapshot: ClusterSnapshot, strategy: string, generation = 1, seed = 1) {
  const plan = bench.plan(snapshot, strategyNamed(strategy).mode);
  return compileTables(plan, bench.attachment, { strategy, generation, hashSeed: seed });
}

/** The strategy that all others are compared with: ours. */
export const OWN: string = strategySpec('perfect').word;

/** The strategy at the other end: its lookup reads row after row. */
export const SCANNED: string = STRATEGY_SPECS.find(({ frontends }) => frontends === 'chain')?.word ?? '';

/** The names of all strategies, in the order of reports. */
export const strategyNames = (): string[] => STRATEGIES.map(({ name }) => name).sort(bySeries);
