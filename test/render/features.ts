// features.ts - a cluster in which every feature of Services occurs at least once, as plans for its first node.
import type { Endpoint, EndpointSlice, KubeObject, Service, ServicePort } from '../../src/model/objects.js';
import { DEFAULT_CONFIG } from '../../src/plan/config.js';
import type { NodePlan, NodeView, ProxyConfig } from '../../src/plan/plan.js';
import { planNode } from '../../src/plan/planner.js';

const HERE: NodeView = {
  name: 'n1',
  id: 1,
  nodeIPs: ['192.168.7.1', 'fd00:7::1'],
  localAddresses: ['192.168.7.1', '192.168.8.1', 'fd00:7::1', '127.0.0.1', '::1'],
  labels: {},
  podCIDRs: [],
};

type Protocol = NonNullable<ServicePort['protocol']>;
type Where = 'both' | 'here' | 'there' | 'none' | 'leaving';

interface Feature {
  readonly name: string;
  readonly where: Where;
  readonly spec?: Partial<Service['spec']>;
  readonly ingress?: readonly string[];
  readonly protocol?: Protocol;
  readonly nodePort?: number;
}

const LOAD_BALANCER = { type: 'LoadBalancer' } as const;
const LOCAL = { externalTrafficPolicy: 'Local' } as const;
const ANSWERS = ['203.0.113.7', '2001:db8:113::7'];

const FEATURES: readonly Feature[] = [
  { name: 'plain', where: 'both' },
  { name: 'one', where: 'here' },
  { name: 'nothing', where: 'none', nodePort: 30_001, spec: { type: 'NodePort', externalIPs: ['198.51.100.9'] } },
  { name: 'nothing-lb', where: 'none', spec: LOAD_BALANCER, ingress: ['203.0.113.3'] },
  { name: 'udp', where: 'both', protocol: 'UDP', nodePort: 30_002, spec: { type: 'NodePort' } },
  { name: 'sctp', where: 'both', protocol: 'SCTP', nodePort: 30_003, spec: { type: 'NodePort', ...LOCAL } },
  { name: 'sticky', where: 'both', nodePort: 30_004, spec: { type: 'NodePort', sessionAffinity: 'ClientIP' } },
  {
    name: 'sticky-udp',
    where: 'here',
    protocol: 'UDP',
    spec: { sessionAffinity: 'ClientIP', sessionAffinityConfig: { clientIP: { timeoutSeconds: 3725 } } },
  },
  { name: 'inside', where: 'there', spec: { internalTrafficPolicy: 'Local' } },
  { name: 'inside-here', where: 'both', spec: { internalTrafficPolicy: 'Local' } },
  { name: 'outside', where: 'there', nodePort: 30_005, spec: { ...LOAD_BALANCER, ...LOCAL }, ingress: ANSWERS },
  {
    name: 'health',
    where: 'both',
    nodePort: 30_006,
    spec: { ...LOAD_BALANCER, ...LOCAL, healthCheckNodePort: 31_000, externalIPs: ['198.51.100.1', '2001:db8::1'] },
    ingress: ['203.0.113.8'],
  },
  {
    name: 'ranges',
    where: 'both',
    nodePort: 30_007,
    spec: {
      ...LOAD_BALANCER,
      loadBalancerSourceRanges: ['192.168.0.0/16', '192.168.7.0/24', '10.0.0.0/8', 'fd00:7::/64'],
      sessionAffinity: 'ClientIP',
    },
    ingress: ['203.0.113.10', '192.168.7.200', '2001:db8:113::10'],
  },
  {
    name: 'ranges-nobody',
    where: 'none',
    spec: { ...LOAD_BALANCER, loadBalancerSourceRanges: ['10.0.0.0/8'] },
    ingress: ['203.0.113.11'],
  },
  { name: 'leaving', where: 'leaving' },
  { name: `a-name-of-sixty-three-letters-${'x'.repeat(34)}`, where: 'both', spec: { sessionAffinity: 'ClientIP' } },
];

function endpoints(where: Where, number: number, six: boolean): Endpoint[] {
  const at = (node: number, place: number): Endpoint => ({
    addresses: [six ? `fd00:9:${node}::${number.toString(16)}:${place}` : `10.9.${node}.${number * 4 + place}`],
    nodeName: `n${node}`,
  });
  if (where === 'none') return [];
  if (where === 'here') return [at(1, 1)];
  if (where === 'there') return [at(2, 1), at(2, 2)];
  if (where === 'leaving') {
    return [1, 2].map((node) => ({ ...at(node, 1), conditions: { ready: false, serving: true, terminating: true } }));
  }
  return [at(1, 1), at(2, 1), at(2, 2)];
}

function objectsOf(feature: Feature, number: number): { service: Service; slices: EndpointSlice[] } {
  const { name, where, spec, ingress, protocol = 'TCP', nodePort } = feature;
  const metadata = { name, namespace: 'shop' };
  const clusterIPs = [`10.8.0.${number}`, `fd00:8::${number.toString(16)}`];
  const service: Service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata,
    spec: {
      ...spec,
      clusterIP: clusterIPs[0] as string,
      clusterIPs,
      ports: [{ name: 'main', port: 80, protocol, ...(nodePort ? { nodePort } : {}) }],
    },
    ...(ingress ? { status: { loadBalancer: { ingress: ingress.map((ip) => ({ ip })) } } } : {}),
  };
  const slices = (['IPv4', 'IPv6'] as const).map(
    (addressType): EndpointSlice => ({
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { ...metadata, name: `${name}-${addressType}`, labels: { 'kubernetes.io/service-name': name } },
      addressType,
      ports: [{ name: 'main', port: 8080, protocol }],
      endpoints: endpoints(where, number, addressType === 'IPv6'),
    }),
  );
  return { service, slices };
}

const MADE = FEATURES.map((feature, i) => objectsOf(feature, i + 1));

/** The Services and their slices. */
export const featureObjects = (): KubeObject[] => MADE.flatMap(({ service, slices }) => [service, ...slices]);

/** The node's plan with all features. */
export function featurePlan(config: Partial<ProxyConfig>): NodePlan {
  const snapshot = {
    services: MADE.map(({ service }) => service),
    endpointSlices: MADE.flatMap(({ slices }) => slices),
    nodes: [],
  };
  return planNode(snapshot, HERE, {
    ...DEFAULT_CONFIG,
    clusterCIDR: ['10.9.0.0/16', 'fd00:9::/32'],
    serviceClusterIPRange: ['10.8.0.0/16', 'fd00:8::/112'],
    ...config,
  });
}

/** Configurations that change what the documents say. */
export const CONFIGS: Readonly<Record<string, Partial<ProxyConfig>>> = {
  'the defaults': {},
  'everything masqueraded': { masqueradeAll: true, serviceClusterIPRange: [] },
  'no detector': { detectLocalMode: 'none', localhostNodePorts: false },
  'NodePorts on some addresses': { nodePortAddresses: ['192.168.8.0/24', '127.0.0.0/8', 'fd00:7::/64'] },
  'NodePorts on the primary addresses': { nodePortAddresses: ['primary'] },
  'NodePorts everywhere': { nodePortAddresses: ['0.0.0.0/0', '::/0'] },
};
