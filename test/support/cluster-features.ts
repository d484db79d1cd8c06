// cluster-features.ts - what occurs in a cluster, by name: so that a random test can tell what it has tested.
import type { ClusterSnapshot, Endpoint, EndpointSlice, Service } from '../../src/model/objects.js';

type Question<T> = (thing: T) => boolean | undefined;

const OF_SERVICE: Readonly<Record<string, Question<Service>>> = {
  'type ClusterIP': ({ spec }) => spec.type === 'ClusterIP' && spec.clusterIP !== 'None',
  'type NodePort': ({ spec }) => spec.type === 'NodePort',
  'type LoadBalancer': ({ spec }) => spec.type === 'LoadBalancer',
  'type ExternalName': ({ spec }) => spec.type === 'ExternalName',
  headless: ({ spec }) => spec.clusterIP === 'None',
  'dual stack': ({ spec }) => spec.clusterIPs?.length === 2,
  'several ports': ({ spec }) => (spec.ports ?? []).length > 1,
  'load balancer without a NodePort': ({ spec }) =>
    spec.type === 'LoadBalancer' && spec.ports?.some(({ nodePort }) => !nodePort),
  'external IPs': ({ spec }) => Boolean(spec.externalIPs?.length),
  'several ingress addresses': ({ status }) => (status?.loadBalancer?.ingress ?? []).length > 1,
  'ipMode Proxy': ({ status }) => status?.loadBalancer?.ingress?.some(({ ipMode }) => ipMode === 'Proxy'),
  'ingress with a host name': ({ status }) => status?.loadBalancer?.ingress?.some(({ hostname }) => Boolean(hostname)),
  'ingress of a Service of another type': ({ spec, status }) =>
    spec.type !== 'LoadBalancer' && Boolean(status?.loadBalancer?.ingress?.length),
  'source ranges': ({ spec }) => Boolean(spec.loadBalancerSourceRanges?.length),
  'source range of everything': ({ spec }) => spec.loadBalancerSourceRanges?.includes('::/0'),
  'health check port': ({ spec }) => Boolean(spec.healthCheckNodePort),
  'session affinity': ({ spec }) => spec.sessionAffinity === 'ClientIP',
  'internalTrafficPolicy Local': ({ spec }) => spec.internalTrafficPolicy === 'Local',
  'externalTrafficPolicy Local': ({ spec }) => spec.externalTrafficPolicy === 'Local',
  'another proxy': ({ metadata }) => 'service.kubernetes.io/service-proxy-name' in (metadata.labels ?? {}),
};

const OF_SLICE: Readonly<Record<string, Question<EndpointSlice>>> = {
  'slice without endpoints': ({ endpoints }) => (endpoints ?? []).length === 0,
  'headless slice': ({ metadata }) => 'service.kubernetes.io/headless' in (metadata.labels ?? {}),
  'slice of names': ({ addressType }) => addressType === 'FQDN',
  'port without a number': ({ ports }) => ports?.some(({ port }) => port === undefined),
};

const OF_ENDPOINT: Readonly<Record<string, Question<Endpoint>>> = {
  'endpoint ready': ({ conditions }) => conditions?.ready,
  'endpoint of unsaid state': ({ conditions }) => conditions?.ready === undefined,
  'endpoint serving and terminating': ({ conditions }) => conditions?.serving && conditions.terminating,
  'endpoint terminating, not serving': ({ conditions }) => conditions?.serving === false && conditions.terminating,
  'endpoint neither ready nor terminating': ({ conditions }) =>
    conditions?.ready === false && !conditions.serving && !conditions.terminating,
  'endpoint ready and terminating': ({ conditions }) => conditions?.ready && conditions.terminating,
  'endpoint without a node': ({ nodeName }) => nodeName === undefined,
  'endpoint of several addresses': ({ addresses }) => addresses.length > 1,
  'zone hint': ({ hints }) => Boolean(hints?.forZones?.length),
  'node hint': ({ hints }) => Boolean(hints?.forNodes?.length),
};

/** How often each feature occurred in the clusters that it was shown. */
export class FeatureCount {
  readonly counts = new Map<string, number>(
    [OF_SERVICE, OF_SLICE, OF_ENDPOINT].flatMap(Object.keys).map((name) => [name, 0]),
  );

  add({ services, endpointSlices }: ClusterSnapshot): void {
    for (const service of services) this.#ask(OF_SERVICE, service);
    for (const slice of endpointSlices) {
      this.#ask(OF_SLICE, slice);
      for (const endpoint of slice.endpoints ?? []) this.#ask(OF_ENDPOINT, endpoint);
    }
    const sliced = endpointSlices.map(({ metadata }) => metadata.labels?.['kubernetes.io/service-name']);
    for (const { metadata } of services) {
      const count = sliced.filter((name) => name === metadata.name).length;
      if (count === 0) this.#count('Service without slices');
      if (count > 1) this.#count('Service of several slices');
    }
  }

  #ask<T>(questions: Readonly<Record<string, Question<T>>>, thing: T): void {
    for (const [name, question] of Object.entries(questions)) if (question(thing)) this.#count(name);
  }

  #count(name: string): void {
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
  }
}
