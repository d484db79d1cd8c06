// dump.ts - the dumps of a node, in any mixture and order → one NodeDump. What a text is follows from what it says.

import type { Connection, IpSet, LocalAddress, NodeDump, PolicyRule, Route, VirtualServer } from '../rules/node.js';
import type { Table } from '../rules/ruleset.js';
import { readIptablesSave } from './iptables/save.js';
import { readNftJson } from './nft/json.js';
import { readNftRuleset } from './nft/ruleset.js';
import { readConntrack } from './node/conntrack.js';
import { readIp, readIpText } from './node/ip.js';
import { readIpsets } from './node/ipset.js';
import { readIpvs } from './node/ipvs.js';
import { readSysctls } from './node/sysctl.js';
import { mistake } from './place.js';
import { type FormatName, type Section, sectionsOf } from './sections.js';

export interface DumpText {
  readonly file: string;
  readonly text: string;
}

/** What is gathered while texts are read; null until one of its kind was. */
interface Gathered {
  readonly tables: Table[];
  addresses: LocalAddress[] | null;
  routes: Route[] | null;
  rules: PolicyRule[] | null;
  servers: VirtualServer[] | null;
  connections: Connection[] | null;
  readonly ipsets: Map<string, IpSet>;
  readonly sysctls: Map<string, string>;
}

const joined = <T>(before: T[] | null, found: readonly T[]): T[] | null =>
  found.length === 0 ? before : [...(before ?? []), ...found];

type Reader = (section: Section, file: string, into: Gathered) => void;

const READERS: Readonly<Record<FormatName, Reader>> = {
  'iptables-save': ({ text, line }, file, into) => into.tables.push(...readIptablesSave(text, file, line)),
  'nft list ruleset': ({ text, line }, file, into) => into.tables.push(...readNftRuleset(text, file, line)),
  'nft -j list ruleset': ({ text, line }, file, into) => into.tables.push(...readNftJson(text, file, line)),
  'ipvsadm -Sn': ({ text, line }, file, into) => {
    into.servers = joined(into.servers, readIpvs(text, file, line));
  },
  'ipset save': ({ text, line }, file, into) => {
    for (const set of readIpsets(text, file, line)) into.ipsets.set(set.name, set);
  },
  'ip -j': ({ text, line }, file, into) => {
    const { addresses, routes, rules } = readIp(text, file, line);
    into.addresses = joined(into.addresses, addresses);
    into.routes = joined(into.routes, routes);
    into.rules = joined(into.rules, rules);
  },
  'ip addr': ({ text }, _, into) => {
    into.addresses = joined(into.addresses, readIpText(text));
  },
  'conntrack -L': ({ text, line }, file, into) => {
    into.connections = joined(into.connections, readConntrack(text, file, line));
  },
  sysctl: ({ text, line }, file, into) => {
    for (const [name, value] of readSysctls(text, file, line)) into.sysctls.set(name, value);
  },
};

/** nft lists the tables of iptables-nft, too; those of iptables-save say more. The list of nft tells them apart by their names. */
const OF_IPTABLES = new Set(['raw', 'mangle', 'nat', 'filter', 'security']);

const isTwin = (table: Table, tables: readonly Table[]): boolean =>
  table.backend === 'nft' &&
  OF_IPTABLES.has(table.name) &&
  tables.some(
    (other) => other.backend === 'iptables-nft' && other.name === table.name && other.family === table.family,
  );

/** A dump may have been given twice: as text and as JSON, or by two names. The later one of a table is left out. */
function once(tables: readonly Table[]): Table[] {
  const known = new Set<string>();
  return tables.filter((table) => {
    const key = `${table.backend} ${table.family} ${table.name}`;
    const isKnown = known.has(key);
    known.add(key);
    return !isKnown && !isTwin(table, tables);
  });
}

const byPriority = (a: PolicyRule, b: PolicyRule): number => a.priority - b.priority;

/** Throws a Fault with file, line and column for what is no dump, or cannot be one. */
export function readDumps(texts: readonly DumpText[]): NodeDump {
  const into: Gathered = {
    tables: [],
    addresses: null,
    routes: null,
    rules: null,
    servers: null,
    connections: null,
    ipsets: new Map(),
    sysctls: new Map(),
  };
  for (const { file, text } of texts) {
    const sections = sectionsOf(text);
    const known = Object.keys(READERS).join(', ');
    if (!sections) throw mistake({ file, line: 1, column: 1 }, `this is no dump that is known here: ${known}`);
    for (const section of sections) READERS[section.format](section, file, into);
  }
  return {
    ruleset: { tables: once(into.tables) },
    addresses: into.addresses,
    routes: into.routes,
    policyRules: into.rules && [...into.rules].sort(byPriority),
    ipsets: into.ipsets,
    virtualServers: into.servers,
    connections: into.connections,
    sysctls: into.sysctls,
    notes: [],
  };
}
