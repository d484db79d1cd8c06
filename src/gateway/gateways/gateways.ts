// gateways.ts - Gateways of our classes with their routes: the ports that a proxy serves, and the statuses of all of them.
import { Backends } from '../backends.js';
import { GATEWAY_CONTROLLER, type Gateway, nameOf, type Route, type RoutingObjects } from '../objects.js';
import type { HttpListener, Port } from '../plan.js';
import { compareHosts, gatewayHost } from '../routing/host.js';
import type { Backend, Rule } from '../routing/rule.js';
import { RouteTable } from '../routing/table.js';
import { type Attachment, gatewayNameOf, type ParentState, parentState } from './attachment.js';
import { type Finding, fails, holds } from './conditions.js';
import { atHosts, type RouteRules, rulesOfRoute } from './httproute.js';
import { type ListenerState, listenerStates } from './listeners.js';
import { References } from './references.js';

/** A Gateway with what has become of its listeners. */
export interface GatewayState {
  readonly gateway: Gateway;
  readonly listeners: readonly ListenerState[];
  /** By the name of the listener. */
  readonly attachments: ReadonlyMap<string, readonly Attachment[]>;
}

export interface RouteState {
  readonly route: Route;
  /** Of our Gateways only. */
  readonly parents: readonly (ParentState & { readonly resolved: Finding })[];
}

export interface GatewaysState {
  readonly gateways: readonly GatewayState[];
  readonly routes: readonly RouteState[];
  /** Rules of routes, by the route. */
  readonly rules: ReadonlyMap<Route, RouteRules>;
}

/** Those whose class names our controller. */
function ourGateways({ gateways, gatewayClasses }: RoutingObjects): Gateway[] {
  const ours = new Set(
    gatewayClasses
      .filter(({ spec }) => spec.controllerName === GATEWAY_CONTROLLER && spec.parametersRef === undefined)
      .map(({ metadata }) => metadata.name),
  );
  return gateways.filter(({ spec }) => ours.has(spec.gatewayClassName));
}

export function gatewaysState(objects: RoutingObjects): GatewaysState {
  const references = new References(new Backends(objects.services, objects.endpointSlices), objects.grants);
  const namespaces = new Map(objects.namespaces.map((namespace) => [namespace.metadata.name, namespace]));
  const gateways = ourGateways(objects).map((gateway) => ({
    gateway,
    listeners: listenerStates(gateway, objects.secrets, objects.grants),
    attachments: new Map<string, Attachment[]>(),
  }));
  const byName = new Map(gateways.map((state) => [nameOf(state.gateway), state]));
  const rules = new Map<Route, RouteRules>();
  const routes: RouteState[] = [];
  for (const route of objects.routes) {
    const read = rulesOfRoute(route, references);
    rules.set(route, read);
    const resolved = read.unresolved ?? holds('ResolvedRefs', 'ResolvedRefs', 'all references are resolved');
    const parents = (route.spec?.parentRefs ?? []).flatMap((parent) => {
      const state = byName.get(gatewayNameOf(route, parent) ?? '');
      if (!state) return [];
      const found = parentState(route, parent, state.gateway, state.listeners, namespaces);
      for (const attachment of found.attachments) {
        const { name } = attachment.state.listener;
        const list = state.attachments.get(name);
        if (list?.some((other) => other.route === route)) continue;
        if (list) list.push(attachment);
        else state.attachments.set(name, [attachment]);
      }
      const refused = found.accepted.status === 'True' && read.unsupported;
      const accepted = refused ? fails('Accepted', 'UnsupportedValue', refused) : found.accepted;
      return [{ ...found, accepted, resolved }];
    });
    routes.push({ route, parents });
  }
  return { gateways, routes, rules };
}

const backendsOf = (rules: RouteRules | undefined): readonly Backend[] =>
  (rules?.rules ?? []).flatMap(({ action }) => action.backends);

/** Streams have no rules to choose by: the oldest route has them. */
function oldest(attachments: readonly Attachment[]): Route | undefined {
  const age = ({ route }: Attachment): string => `${route.metadata.creationTimestamp ?? '~'} ${nameOf(route)}`;
  return attachments.toSorted((a, b) => (age(a) < age(b) ? -1 : 1))[0]?.route;
}

function httpListener(state: GatewayState, { listener }: ListenerState, rules: GatewaysState['rules']): HttpListener {
  const found = (state.attachments.get(listener.name) ?? []).flatMap(({ route, hosts }): Rule[] => {
    const read = rules.get(route);
    return read ? atHosts(read, hosts) : [];
  });
  const name = `Gateway ${nameOf(state.gateway)}, listener ${listener.name}`;
  return { name, host: gatewayHost(listener.hostname), table: new RouteTable(found) };
}

/**
 * The ports that a proxy serves for a Gateway.
 * @param podPort `TCP 80` → the port on the pods; undefined: there is none yet
 */
export function portsOf(
  state: GatewayState,
  rules: GatewaysState['rules'],
  podPort: (key: string) => number | undefined,
): Port[] {
  const groups = new Map<string, ListenerState[]>();
  for (const listener of state.listeners.filter(({ programmed }) => programmed)) {
    const key = `${listener.listener.protocol === 'UDP' ? 'UDP' : 'TCP'} ${listener.listener.port}`;
    groups.set(key, [...(groups.get(key) ?? []), listener]);
  }
  return [...groups].flatMap(([key, members]): Port[] => {
    const listen = podPort(key);
    const [first] = members;
    if (listen === undefined || !first) return [];
    const { protocol, port, name } = first.listener;
    if (protocol === 'TCP' || protocol === 'UDP') {
      const route = oldest(state.attachments.get(name) ?? []);
      return [{ listen, port, protocol, backends: backendsOf(route && rules.get(route)) }];
    }
    const listeners = members.map((member) => httpListener(state, member, rules));
    const certificates = members.flatMap((member) => member.certificates);
    return [
      {
        ...{ listen, port },
        protocol: protocol === 'HTTPS' ? 'HTTPS' : 'HTTP',
        listeners: listeners.toSorted((a, b) => compareHosts(a.host, b.host)),
        certificates: certificates.toSorted((a, b) => compareHosts(a.host, b.host)),
      },
    ];
  });
}
