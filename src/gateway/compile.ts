// compile.ts - objects of a cluster → what the proxy is to serve, and what is to be written back: statuses and Services.
import type { LoadBalancerIngress, Service } from '../model/objects.js';
import { Backends } from './backends.js';
import { type GatewayState, gatewaysState, portsOf } from './gateways/gateways.js';
import { gatewayServices, type ServiceChanges, serviceChanges } from './gateways/services.js';
import { gatewayStatuses } from './gateways/status.js';
import { ingressCertificates, ingressRules, ourIngresses } from './ingress/rules.js';
import { ingressStatuses } from './ingress/status.js';
import { nameOf, namespaceOf, type RoutingObjects } from './objects.js';
import type { HttpPort, Port, StatusWrite } from './plan.js';
import { ANY_HOST, compareHosts } from './routing/host.js';
import { RouteTable } from './routing/table.js';

export interface ProxyFacts {
  /** `ingress/ingress`: the Service through which the proxy is reached. */
  readonly service: string;
  /** Ports of the proxy's pods for Ingress. */
  readonly http: number;
  readonly https: number;
}

export interface Compiled {
  readonly ports: readonly Port[];
  readonly statuses: readonly StatusWrite[];
  readonly services: Omit<ServiceChanges, 'wanted'>;
  /** Sentences about what cannot be done as it was asked for. */
  readonly problems: readonly string[];
}

const addressesOf = (service: Service | undefined): readonly LoadBalancerIngress[] =>
  service?.status?.loadBalancer?.ingress ?? [];

/** The two ports of Ingress: the same rules, in the clear and over TLS. */
function ingressPorts(objects: RoutingObjects, facts: ProxyFacts): { ports: HttpPort[]; problems: string[] } {
  const ours = ourIngresses(objects.ingresses, objects.ingressClasses);
  const { certificates, problems } = ingressCertificates(ours, objects.secrets);
  const table = new RouteTable(ingressRules(ours, new Backends(objects.services, objects.endpointSlices)));
  const listeners = [{ name: 'Ingress', host: ANY_HOST, table }];
  const sorted = certificates.toSorted((a, b) => compareHosts(a.host, b.host));
  return {
    ports: [
      { protocol: 'HTTP', listen: facts.http, port: 80, listeners, certificates: [] },
      { protocol: 'HTTPS', listen: facts.https, port: 443, listeners, certificates: sorted },
    ],
    problems: problems.map(({ ingress, message }) => `Ingress ${nameOf(ingress)}: ${message}`),
  };
}

const NO_CHANGES = { create: [], update: [], remove: [] };

/** @param now RFC 3339, for conditions that change */
export function compileRouting(objects: RoutingObjects, facts: ProxyFacts, now: string): Compiled {
  const own = objects.services.find((service) => nameOf(service) === facts.service);
  const ingress = ingressPorts(objects, facts);
  const state = gatewaysState(objects);
  const existing = own ? gatewayServices(objects.services, namespaceOf(own)) : new Map<string, Service>();
  const accepted = state.gateways.map(({ gateway, listeners }) => ({
    gateway,
    listeners: listeners.flatMap((one) => (one.accepted ? [one.listener] : [])),
  }));
  const changes = own ? serviceChanges(accepted, existing, own) : null;
  const podPort = ({ gateway }: GatewayState) => {
    const ports = changes?.wanted.get(nameOf(gateway))?.spec.ports ?? [];
    const known = new Map(ports.map(({ protocol, port, targetPort }) => [`${protocol} ${port}`, Number(targetPort)]));
    // Who only asks has no proxy: there a listener is at its own port.
    return (key: string): number | undefined => (own ? known.get(key) : Number(key.split(' ')[1]));
  };
  return {
    ports: [...ingress.ports, ...state.gateways.flatMap((one) => portsOf(one, state.rules, podPort(one)))],
    statuses: [
      ...ingressStatuses(ourIngresses(objects.ingresses, objects.ingressClasses), objects.ingresses, addressesOf(own)),
      ...gatewayStatuses(
        objects.gatewayClasses,
        state,
        ({ gateway }) => addressesOf(existing.get(nameOf(gateway))),
        now,
      ),
    ],
    services: changes ?? NO_CHANGES,
    problems: ingress.problems,
  };
}
