// routes.ts - the route that a packet takes by a node's tables and policy rules, as far as the dumps tell.
import { inside } from '../rules/elements.js';
import type { NodeDump, PolicyRule, Route } from '../rules/node.js';
import type { Packet } from './packet.js';

const lengthOf = ({ to }: Route): bigint => (to.last as bigint) - (to.first as bigint);

/** The route of one table that is narrowest and, of these, has the smallest metric. */
function routeIn(routes: readonly Route[], table: string, isIPv6: boolean, address: bigint): Route | null {
  let best: Route | null = null;
  for (const route of routes) {
    if (route.table !== table || route.isIPv6 !== isIPv6 || !inside(route.to, address)) continue;
    const narrower = best === null ? -1n : lengthOf(route) - lengthOf(best);
    if (narrower < 0n || (narrower === 0n && route.metric < (best as Route).metric)) best = route;
  }
  return best;
}

/** Rules without any other: local, main and default. */
const USUAL = ['local', 'main', 'default'];

function applies(rule: PolicyRule, packet: Packet): boolean | null {
  const fits = [
    rule.source === null || inside(rule.source, packet.source),
    rule.destination === null || inside(rule.destination, packet.destination),
    rule.mark === null || (packet.mark & rule.mark.mask) === rule.mark.value,
  ].every((one) => one);
  if (rule.inDevice !== null && packet.inInterface === null && fits) return null;
  const all = fits && (rule.inDevice === null || rule.inDevice === (packet.own ? 'lo' : packet.inInterface));
  if (rule.more && all) return null;
  return all !== rule.negated;
}

/** The route that the packet takes; null = none, undefined = nobody can say. */
export function routeOf({ routes, policyRules }: NodeDump, packet: Packet): Route | null | undefined {
  if (routes === null) return undefined;
  const isIPv6 = packet.family === 'IPv6';
  const tables: string[] = [];
  // Without a single rule of the family, nobody has listed them: a node always has some.
  const rules = policyRules?.filter((rule) => rule.isIPv6 === isIPv6) ?? [];
  if (rules.length === 0) tables.push(...USUAL);
  for (const rule of rules) {
    const answer = applies(rule, packet);
    if (answer === null) return undefined;
    if (answer) tables.push(rule.table);
  }
  for (const table of tables) {
    const route = routeIn(routes, table, isIPv6, packet.destination);
    if (route && route.type !== 'throw') return route;
  }
  return null;
}
