// notes.ts - what of a Service is not modelled, not there to be asked, or still to come: a sentence each, for whoever meets it.
import type { Pod, Service } from '../model/objects.js';

const nameOf = ({ metadata }: Service | Pod): string => `${metadata.namespace ?? 'default'}/${metadata.name}`;

/** Why nothing can be sent to a Service; null when it has an address. */
export function whyNoAddress(service: Service): string | null {
  const { type, externalName, clusterIP } = service.spec;
  const name = nameOf(service);
  if (type === 'ExternalName') {
    return `${name} is an ExternalName, a DNS alias of ${externalName}: it has no address, and no packet is sent to it`;
  }
  if (clusterIP !== 'None') return null;
  return `${name} is headless: its name stands for the addresses of its endpoints, which clients reach without any rule`;
}

/** What is to be known of the addresses of a LoadBalancer: none yet, or some that are not the nodes' business. */
function balancerNotes(service: Service): string[] {
  if (service.spec.type !== 'LoadBalancer') return [];
  const name = nameOf(service);
  const ingress = service.status?.loadBalancer?.ingress ?? [];
  if (ingress.length === 0) {
    const { loadBalancerClass } = service.spec;
    if (loadBalancerClass) {
      return [`${name} waits for the load balancer of class ${loadBalancerClass}, which this lab does not have`];
    }
    const reason = pendingReason(service);
    return [`${name} has no load balancer address yet (pending)${reason === '' ? '' : `: ${reason}`}`];
  }
  const proxied = ingress.flatMap(({ ip, ipMode }) => (ip && ipMode === 'Proxy' ? [ip] : []));
  return proxied.map(
    (ip) => `${name}: ${ip} is the load balancer's own (ipMode Proxy); what it sends on to the nodes is not modelled`,
  );
}

interface Condition {
  readonly type?: string;
  readonly status?: string;
  readonly message?: string;
}

/** What the load balancer says of a Service that it gives no address: a condition of its status. */
export function pendingReason(service: Service): string {
  const conditions = (service.status?.conditions ?? []) as readonly Condition[];
  return conditions.find(({ type, status }) => type === 'LoadBalancerReady' && status === 'False')?.message ?? '';
}

/** What a user should know of a Service beside what its frontends answer. */
export function serviceNotes(service: Service): string[] {
  const why = whyNoAddress(service);
  return [...(why === null ? [] : [why]), ...balancerNotes(service)];
}

/** Host ports, which nothing here opens. */
export function hostPortNotes(pods: readonly Pod[]): string[] {
  return pods.flatMap((pod) => {
    const ports = pod.spec.containers.flatMap(({ ports = [] }) => ports.flatMap(({ hostPort }) => hostPort ?? []));
    if (ports.length === 0 || pod.spec.hostNetwork) return [];
    return [`pod ${nameOf(pod)}: hostPort ${ports.join(', ')} is not modelled; nothing answers there on its node`];
  });
}
