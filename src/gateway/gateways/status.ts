// status.ts - the statuses of GatewayClasses, Gateways and routes: what was found, where an object does not say it already.
import { same } from '../../cluster/freeze.js';
import { isIPv6 } from '../../model/address.js';
import type { KubeObject, LoadBalancerIngress } from '../../model/objects.js';
import {
  type Condition,
  GATEWAY_CONTROLLER,
  GATEWAY_GROUP,
  type GatewayClass,
  type ParentReference,
} from '../objects.js';
import type { StatusWrite } from '../plan.js';
import { conditionsAfter, type Finding, fails, holds } from './conditions.js';
import type { GatewayState, GatewaysState, RouteState } from './gateways.js';

/** Features by the names of Gateway API's conformance, sorted. */
const FEATURES = [
  'Gateway',
  'GatewayHTTPListenerIsolation',
  'GatewayPort8080',
  'GatewayStaticAddresses',
  'HTTPRoute',
  'HTTPRouteBackendProtocolWebSocket',
  'HTTPRouteBackendRequestHeaderModification',
  'HTTPRouteBackendTimeout',
  'HTTPRouteHostRewrite',
  'HTTPRouteMethodMatching',
  'HTTPRouteParentRefPort',
  'HTTPRoutePathRedirect',
  'HTTPRoutePathRewrite',
  'HTTPRoutePortRedirect',
  'HTTPRouteQueryParamMatching',
  'HTTPRouteRequestMirror',
  'HTTPRouteRequestMultipleMirrors',
  'HTTPRouteRequestPercentageMirror',
  'HTTPRouteRequestTimeout',
  'HTTPRouteResponseHeaderModification',
  'HTTPRouteSchemeRedirect',
  'ReferenceGrant',
  'TCPRoute',
  'UDPRoute',
];

interface Written {
  readonly conditions?: readonly Condition[];
  readonly listeners?: readonly { readonly name: string; readonly conditions?: readonly Condition[] }[];
  readonly parents?: readonly ParentStatus[];
}

interface ParentStatus {
  readonly parentRef: ParentReference;
  readonly controllerName: string;
  readonly conditions: readonly Condition[];
}

const writtenIn = ({ status }: KubeObject): Written => (status ?? {}) as Written;

/** Nothing, if the object says it already. Fields that others write stay. */
const write = (object: KubeObject, plural: string, status: object): StatusWrite[] =>
  same(object.status ?? {}, { ...(object.status as object | undefined), ...status })
    ? []
    : [{ object, plural, status }];

function classStatus(object: GatewayClass, now: string): StatusWrite[] {
  const { generation } = object.metadata;
  const accepted = object.spec.parametersRef
    ? fails('Accepted', 'InvalidParameters', 'kubewire has no parameters')
    : holds('Accepted', 'Accepted', 'kubewire serves Gateways of this class');
  return write(object, 'gatewayclasses', {
    conditions: conditionsAfter(writtenIn(object).conditions ?? [], [accepted], generation, now),
    supportedFeatures: FEATURES.map((name) => ({ name })),
  });
}

const addressOf = ({ ip, hostname }: LoadBalancerIngress): object =>
  ip === undefined ? { type: 'Hostname', value: hostname } : { type: 'IPAddress', value: ip };

function gatewayFindings({ gateway, listeners }: GatewayState, addresses: readonly LoadBalancerIngress[]): Finding[] {
  const strange = (gateway.spec.addresses ?? []).find(({ type = 'IPAddress' }) => type !== 'IPAddress');
  const served = listeners.some(({ programmed }) => programmed);
  const wrong = listeners.filter(({ accepted, programmed }) => !accepted || !programmed);
  const accepted = (): Finding => {
    if (strange) return fails('Accepted', 'UnsupportedAddress', `addresses are of type IPAddress, not ${strange.type}`);
    if (wrong.length === 0) return holds('Accepted', 'Accepted', 'the Gateway is accepted');
    const message = `not served: ${wrong.map(({ listener }) => listener.name).join(', ')}`;
    return served ? holds('Accepted', 'ListenersNotValid', message) : fails('Accepted', 'ListenersNotValid', message);
  };
  const programmed = (): Finding => {
    if (!served) return fails('Programmed', 'Invalid', 'no listener is served');
    if (addresses.length > 0) return holds('Programmed', 'Programmed', 'the proxy serves it');
    const asked = (gateway.spec.addresses ?? []).some(({ value }) => value);
    return asked
      ? fails('Programmed', 'AddressNotUsable', 'the load balancer does not have the address that is asked for')
      : fails('Programmed', 'AddressNotAssigned', 'the load balancer has given no address yet');
  };
  return [accepted(), programmed()];
}

function gatewayStatus(state: GatewayState, addresses: readonly LoadBalancerIngress[], now: string): StatusWrite[] {
  const { gateway, listeners, attachments } = state;
  const { generation } = gateway.metadata;
  const before = writtenIn(gateway);
  const v4first = addresses.toSorted((a, b) => Number(isIPv6(a.ip ?? '')) - Number(isIPv6(b.ip ?? '')));
  return write(gateway, 'gateways', {
    addresses: v4first.map(addressOf),
    conditions: conditionsAfter(before.conditions ?? [], gatewayFindings(state, addresses), generation, now),
    listeners: listeners.map(({ listener, kinds, findings }) => ({
      name: listener.name,
      supportedKinds: kinds.map((kind) => ({ group: GATEWAY_GROUP, kind })),
      attachedRoutes: attachments.get(listener.name)?.length ?? 0,
      conditions: conditionsAfter(
        before.listeners?.find(({ name }) => name === listener.name)?.conditions ?? [],
        findings,
        generation,
        now,
      ),
    })),
  });
}

const PLURALS = { HTTPRoute: 'httproutes', TCPRoute: 'tcproutes', UDPRoute: 'udproutes' } as const;

/** Entries of other controllers stay as they are. */
function routeStatus({ route, parents }: RouteState, now: string): StatusWrite[] {
  const before = writtenIn(route).parents ?? [];
  const others = before.filter(({ controllerName }) => controllerName !== GATEWAY_CONTROLLER);
  const own = parents.map(({ parent, accepted, resolved }): ParentStatus => {
    const old = before.find((one) => one.controllerName === GATEWAY_CONTROLLER && same(one.parentRef, parent));
    const { generation } = route.metadata;
    return {
      parentRef: parent,
      controllerName: GATEWAY_CONTROLLER,
      conditions: conditionsAfter(old?.conditions ?? [], [accepted, resolved], generation, now),
    };
  });
  if (own.length === 0 && others.length === before.length) return [];
  return write(route, PLURALS[route.kind], { parents: [...others, ...own] });
}

/**
 * @param addressesOf of a Gateway's Service
 * @param now RFC 3339
 */
export function gatewayStatuses(
  classes: readonly GatewayClass[],
  { gateways, routes }: GatewaysState,
  addressesOf: (state: GatewayState) => readonly LoadBalancerIngress[],
  now: string,
): StatusWrite[] {
  return [
    ...classes.filter(({ spec }) => spec.controllerName === GATEWAY_CONTROLLER).flatMap((one) => classStatus(one, now)),
    ...gateways.flatMap((state) => gatewayStatus(state, addressesOf(state), now)),
    ...routes.flatMap((state) => routeStatus(state, now)),
  ];
}
