// ip.ts - `ip -j addr`, `ip -j route show table all` and `ip -j rule` → addresses, routes and policy rules.
import { isIPv6 } from '../../../model/address.js';
import type { Interval } from '../../rules/elements.js';
import type { LocalAddress, PolicyRule, Route } from '../../rules/node.js';
import { addressInterval, numberOf } from '../../rules/numbers.js';
import type { Place } from '../../rules/ruleset.js';
import { mistake } from '../place.js';

type Item = Readonly<Record<string, unknown>>;

/** Each of them empty where the text is none of that kind. */
interface IpDump {
  readonly addresses: LocalAddress[];
  readonly routes: Route[];
  readonly rules: PolicyRule[];
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const list = (value: unknown): readonly Item[] =>
  Array.isArray(value) ? value.filter((one) => typeof one === 'object' && one !== null) : [];

const WHOLE: Readonly<Record<string, Interval>> = {
  IPv4: { first: 0n, last: (1n << 32n) - 1n },
  IPv6: { first: 0n, last: (1n << 128n) - 1n },
};

function addressesOf({ ifname, addr_info }: Item): LocalAddress[] {
  return list(addr_info).map(({ local }) => ({ address: text(local), device: text(ifname) }));
}

/** The family of a default route is that of its gateway or of its own sign. */
function familyOf({ dst, gateway, via, prefsrc, pref }: Item): 'IPv4' | 'IPv6' {
  const said = [dst, gateway, prefsrc, (via as Item | undefined)?.host].map(text).join(' ');
  return isIPv6(said) || pref !== undefined ? 'IPv6' : 'IPv4';
}

function routeOf(item: Item): Route | null {
  const { dst, dev, gateway, table, type, metric, nexthops } = item;
  const family = familyOf(item);
  const to = text(dst) === 'default' ? WHOLE[family] : addressInterval(text(dst));
  if (!to) return null;
  const [first] = list(nexthops);
  // Several next hops: which one is taken depends on a hash; the device is told if all have the same.
  const devices = new Set(list(nexthops).map((hop) => text(hop.dev)));
  const device = text(dev) || (devices.size === 1 ? text(first?.dev) : '');
  return {
    to,
    isIPv6: family === 'IPv6',
    table: text(table) || 'main',
    type: text(type) || 'unicast',
    device: device === '' ? null : device,
    gateway: text(gateway) || null,
    metric: typeof metric === 'number' ? metric : 0,
  };
}

const KNOWN = new Set([
  'priority',
  'src',
  'srclen',
  'dst',
  'dstlen',
  'fwmark',
  'fwmask',
  'iif',
  'table',
  'protocol',
  'not',
  'action',
]);

function prefix(address: unknown, length: unknown): Interval | null {
  const word = text(address);
  if (word === '' || word === 'all') return null;
  return addressInterval(typeof length === 'number' ? `${word}/${length}` : word);
}

function ruleOf(item: Item, place: Place): PolicyRule {
  const mark = numberOf(text(item.fwmark));
  const mask = numberOf(text(item.fwmask)) ?? 0xffff_ffffn;
  if (typeof item.priority !== 'number') throw mistake(place, 'a policy rule without a priority');
  return {
    priority: item.priority,
    isIPv6: isIPv6(`${text(item.src)} ${text(item.dst)}`),
    source: prefix(item.src, item.srclen),
    destination: prefix(item.dst, item.dstlen),
    mark: mark === null ? null : { value: mark, mask },
    inDevice: text(item.iif) || null,
    table: text(item.table) || 'main',
    more: Object.keys(item).some((key) => !KNOWN.has(key)),
    negated: item.not !== undefined,
  };
}

/** Reads one JSON list of `ip -j`; what it is follows from its items. */
export function readIp(content: string, file: string, line = 1): IpDump {
  const place = { file, line, column: 1 };
  let items: readonly Item[];
  try {
    items = list(JSON.parse(content));
  } catch (error) {
    throw mistake(place, `this is no JSON: ${(error as Error).message}`);
  }
  return {
    addresses: items.filter((item) => 'addr_info' in item).flatMap(addressesOf),
    routes: items.filter((item) => 'dst' in item && !('priority' in item)).flatMap((item) => routeOf(item) ?? []),
    rules: items.filter((item) => 'priority' in item && 'table' in item).map((item) => ruleOf(item, place)),
  };
}

/** `    inet 192.168.0.11/24 brd … scope global eth0`: what `ip addr` prints for people. */
export function readIpText(content: string): LocalAddress[] {
  const found: LocalAddress[] = [];
  let device = '';
  for (const line of content.split('\n')) {
    device = /^\d+: ([^:@]+)/.exec(line)?.[1] ?? device;
    const address = /^\s+inet6? ([0-9a-f.:]+)/i.exec(line)?.[1];
    if (address !== undefined) found.push({ address, device });
  }
  return found;
}
