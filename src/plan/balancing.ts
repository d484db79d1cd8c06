// balancing.ts - what annotations of a Service say to the network in front of the nodes: how the load balancer takes its address, who routes its external IPs.
import type { ObjectMeta } from '../model/objects.js';

/** `Proxy`: the load balancer ends connections at its address itself (status.loadBalancer.ingress[].ipMode). */
export const IP_MODE_ANNOTATION = 'kubewire.dev/ip-mode';
/** `all`, or names of nodes with commas between: the routers outside send the Service's externalIPs there. */
export const EXTERNAL_ROUTE_ANNOTATION = 'kubewire.dev/external-route';

type Annotated = Pick<ObjectMeta, 'annotations'>;

/** Null when it asks for none, or for one that does not exist. */
export function ipModeIn({ annotations }: Annotated): 'VIP' | 'Proxy' | null {
  const text = annotations?.[IP_MODE_ANNOTATION];
  return text === 'VIP' || text === 'Proxy' ? text : null;
}

/** The names of the nodes; null when there is no route, or none that can be read. */
export function externalRouteIn({ annotations }: Annotated): 'all' | readonly string[] | null {
  const text = annotations?.[EXTERNAL_ROUTE_ANNOTATION];
  if (text === undefined || text === 'all') return text ?? null;
  return /^[a-z0-9][a-z0-9.-]*(,[a-z0-9][a-z0-9.-]*)*$/.test(text) ? text.split(',') : null;
}
