// status.ts - where an Ingress can be reached: the addresses of the proxy's Service.
import { same } from '../../cluster/freeze.js';
import type { LoadBalancerIngress } from '../../model/objects.js';
import type { Ingress } from '../objects.js';
import type { StatusWrite } from '../plan.js';

/** Without what only a Service's status says (ipMode). */
const placesOf = (addresses: readonly LoadBalancerIngress[]): object[] =>
  addresses.map(({ ip, hostname }) => (ip === undefined ? { hostname } : { ip }));

/** Ours get the addresses; those that are ours no longer lose them, and nobody else's are touched. */
export function ingressStatuses(
  ours: readonly Ingress[],
  all: readonly Ingress[],
  addresses: readonly LoadBalancerIngress[],
): StatusWrite[] {
  const places = placesOf(addresses);
  const written = (ingress: Ingress): unknown =>
    (ingress.status as { loadBalancer?: { ingress?: unknown } } | undefined)?.loadBalancer?.ingress ?? [];
  const write = (object: Ingress, ingress: object[]): StatusWrite => ({
    ...{ object, plural: 'ingresses', status: { loadBalancer: { ingress } } },
  });
  return all.flatMap((ingress) => {
    if (ours.includes(ingress)) return same(written(ingress), places) ? [] : [write(ingress, places)];
    return places.length > 0 && same(written(ingress), places) ? [write(ingress, [])] : [];
  });
}
