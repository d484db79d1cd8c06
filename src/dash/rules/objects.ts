// objects.ts - which objects a rule was made of: the Services that it names and the pods whose addresses it has.
import type { MapRow } from '../../api/dash/shapes.js';

/** What of a rule leads to an object. */
export interface RuleIndex {
  /** Address → id of a row. */
  readonly addresses: ReadonlyMap<string, string>;
  /** `NAMESPACE/NAME` → id of a Service. */
  readonly services: ReadonlyMap<string, string>;
}

export function indexOf(rows: Iterable<MapRow>): RuleIndex {
  const addresses = new Map<string, string>();
  const services = new Map<string, string>();
  for (const row of rows) {
    const own = row.kind === 'service' ? [...row.addresses, ...row.balanced] : row.addresses;
    for (const address of own) addresses.set(address, row.id);
    if (row.kind === 'service') services.set(`${row.namespace}/${row.name}`, row.id);
  }
  return { addresses, services };
}

const ADDRESS = /(?:\d{1,3}\.){3}\d{1,3}|[0-9a-f]*:[0-9a-f:]+/gi;
const NAME = /[a-z0-9][a-z0-9-]*\/[a-z0-9][a-z0-9-]*/g;
/** A chain of kube-proxy's iptables mode that belongs to one Service port. */
const CHAIN = /KUBE-(?:SVC|SVL|SEP|EXT|FW|XLB)-[A-Z0-9]{16}/g;

function namedIn(line: string, { addresses, services }: RuleIndex): Set<string> {
  const found = new Set<string>();
  for (const [name] of line.matchAll(NAME)) {
    const id = services.get(name);
    if (id !== undefined) found.add(id);
  }
  for (const [address] of line.matchAll(ADDRESS)) {
    const id = addresses.get(address.toLowerCase());
    if (id !== undefined) found.add(id);
  }
  return found;
}

/** Chain → Services of the rules in it and to it. */
function chainOwners(lines: readonly string[], index: RuleIndex): Map<string, Set<string>> {
  const owners = new Map<string, Set<string>>();
  for (const line of lines) {
    const services = [...namedIn(line, index)].filter((id) => id.startsWith('service/'));
    if (services.length === 0) continue;
    for (const [chain] of line.matchAll(CHAIN)) {
      const known = owners.get(chain) ?? new Set();
      for (const id of services) known.add(id);
      owners.set(chain, known);
    }
  }
  return owners;
}

/** For each line the ids of the objects that made it, in the order of their names; a line of every Service has none. */
export function objectsOf(lines: readonly string[], index: RuleIndex): string[][] {
  const owners = chainOwners(lines, index);
  return lines.map((line) => {
    const found = namedIn(line, index);
    for (const [chain] of line.matchAll(CHAIN)) for (const id of owners.get(chain) ?? []) found.add(id);
    return [...found].sort();
  });
}
