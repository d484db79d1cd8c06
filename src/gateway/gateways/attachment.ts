// attachment.ts - which routes attach to which listeners of which Gateways, and the reason when one does not.
import { matchesSelector } from '../../cluster/selector.js';
import type { KubeObject } from '../../model/objects.js';
import {
  GATEWAY_GROUP,
  type Gateway,
  type Listener,
  nameOf,
  namespaceOf,
  type ParentReference,
  type Route,
} from '../objects.js';
import { gatewayHost, type HostPattern, intersectHosts } from '../routing/host.js';
import { type Finding, fails, holds } from './conditions.js';
import type { ListenerState } from './listeners.js';

/** A route at a listener, with the hosts that both have. */
export interface Attachment {
  readonly route: Route;
  readonly state: ListenerState;
  readonly hosts: readonly HostPattern[];
}

export interface ParentState {
  readonly parent: ParentReference;
  readonly gateway: Gateway;
  readonly accepted: Finding;
  readonly attachments: readonly Attachment[];
}

/** What the Gateway of a parent reference is called; null: it is no Gateway. */
export function gatewayNameOf(
  route: Route,
  { group = GATEWAY_GROUP, kind = 'Gateway', namespace, name }: ParentReference,
) {
  return group === GATEWAY_GROUP && kind === 'Gateway' ? `${namespace ?? namespaceOf(route)}/${name}` : null;
}

function admits(
  listener: Listener,
  gateway: Gateway,
  route: Route,
  namespaces: ReadonlyMap<string, KubeObject>,
): boolean {
  const { from = 'Same', selector = {} } = listener.allowedRoutes?.namespaces ?? {};
  if (from === 'All') return true;
  if (from === 'Same') return namespaceOf(route) === namespaceOf(gateway);
  if (from !== 'Selector') return false;
  return matchesSelector(selector, namespaces.get(namespaceOf(route))?.metadata.labels ?? {});
}

/** The hosts of a route at a listener; empty: they have none in common. Streams have no hosts, so nothing stands between. */
function hostsAt(route: Route, { hostname }: Listener): HostPattern[] {
  const own = gatewayHost(route.kind === 'HTTPRoute' ? hostname : undefined);
  const wanted = route.kind === 'HTTPRoute' ? (route.spec?.hostnames ?? []) : [];
  return (wanted.length > 0 ? wanted : ['']).flatMap((text) => intersectHosts(own, gatewayHost(text)) ?? []);
}

export function parentState(
  route: Route,
  parent: ParentReference,
  gateway: Gateway,
  states: readonly ListenerState[],
  namespaces: ReadonlyMap<string, KubeObject>,
): ParentState {
  const no = (reason: string, message: string): ParentState => ({
    ...{ parent, gateway, attachments: [] },
    accepted: fails('Accepted', reason, message),
  });
  const { sectionName, port } = parent;
  const named = states.filter(
    ({ listener }) => (sectionName ?? listener.name) === listener.name && (port ?? listener.port) === listener.port,
  );
  if (named.length === 0) return no('NoMatchingParent', `Gateway ${nameOf(gateway)} has no such listener`);
  const allowed = named.filter(
    ({ listener, kinds, accepted }) =>
      accepted && kinds.includes(route.kind) && admits(listener, gateway, route, namespaces),
  );
  if (allowed.length === 0)
    return no('NotAllowedByListeners', `no listener takes a ${route.kind} of namespace ${namespaceOf(route)}`);
  const attachments = allowed
    .map((state) => ({ route, state, hosts: hostsAt(route, state.listener) }))
    .filter(({ hosts }) => hosts.length > 0);
  if (attachments.length === 0)
    return no('NoMatchingListenerHostname', 'the hosts of the route are none of the listeners');
  return { parent, gateway, attachments, accepted: holds('Accepted', 'Accepted', 'the route is attached') };
}
