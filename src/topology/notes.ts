// notes.ts - what about a Service is not modelled, not addressable or still pending: one sentence each for the user.
import type { Pod, Service } from '../model/objects.js';
import { unmodelledFindings } from './unmodelled.js';

const nameOf = ({ metadata }: Service | Pod): string => `${metadata.namespace ?? 'default'}/${metadata.name}`;

/** Why nothing can be sent to a Service; null when it has an address. */
function whyNoAddress(service: Service): string | null {
  const { type, externalName, clusterIP } = service.spec;
  const name = nameOf(service);
  if (type === 'ExternalName') {
    return `${name} is an ExternalName, a DNS alias of ${externalName}: it has no address, and no packet is sent to it`;
  }
  if (clusterIP !== 'None') return null;
  return `${name} is headless: its name stands for the addresses of its endpoints, which clients reach without any rule`;
}

interface Condition {
  readonly type?: string;
  readonly status?: string;
  readonly message?: string;
}

/** What the load balancer says about a Service that it gives no address: a condition in its status. */
export function pendingReason(service: Service): string {
  const conditions = (service.status?.conditions ?? []) as readonly Condition[];
  return conditions.find(({ type, status }) => type === 'LoadBalancerReady' && status === 'False')?.message ?? '';
}

/** A LoadBalancer that has no address yet, and why. */
function pendingNote(service: Service): string[] {
  const { type, loadBalancerClass } = service.spec;
  const ingress = service.status?.loadBalancer?.ingress ?? [];
  if (type !== 'LoadBalancer' || loadBalancerClass || ingress.length > 0) return [];
  const reason = pendingReason(service);
  return [`no load balancer address yet (pending)${reason === '' ? '' : `: ${reason}`}`];
}

/** What the lab does not do for a Service: nobody gave it an address, or a field is not modelled. */
export function serviceLacks(service: Service): string[] {
  return [...pendingNote(service), ...unmodelledFindings(service).map(([field, sentence]) => `${field}: ${sentence}`)];
}

/** Ports that nobody asks, because no program of a lab speaks their protocol. */
function unaskedNotes({ spec }: Service): string[] {
  const ports = (spec.ports ?? []).filter(({ protocol }) => protocol === 'SCTP').map(({ port }) => port);
  const what = `${ports.length > 1 ? 'ports' : 'port'} ${ports.join(', ')}/SCTP`;
  return ports.length === 0
    ? []
    : [`${what} not asked: rules and connections know SCTP, the lab's applications do not`];
}

/** What a user should know about a Service besides what its frontends answer. */
export function serviceNotes(service: Service): string[] {
  const why = whyNoAddress(service);
  const lacks = [...serviceLacks(service), ...unaskedNotes(service)].map((lack) => `${nameOf(service)}: ${lack}`);
  return [...(why === null ? [] : [why]), ...lacks];
}

/** The same for pods: each sentence once, with the pods it concerns. */
export function podNotes(pods: readonly Pod[]): string[] {
  const about = new Map<string, string[]>();
  for (const pod of pods) {
    for (const [, sentence] of unmodelledFindings(pod)) {
      about.set(sentence, [...(about.get(sentence) ?? []), nameOf(pod)]);
    }
  }
  return [...about].map(([sentence, names]) => {
    const [first] = names;
    return `${names.length === 1 ? `pod ${first}` : `${names.length} pods, ${first} among them`}: ${sentence}`;
  });
}
