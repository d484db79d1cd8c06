// delta.ts - what kube-proxy would send to the kernel when Services change: the difference of two rendered documents.
//
// As in its partial sync, only chains that differ are written; what stays is not touched.

interface NftDocument {
  /** `ip kube-proxy` */
  readonly table: string;
  readonly chains: ReadonlyMap<string, readonly string[]>;
  /** Set or map → element → the element with its value. */
  readonly containers: ReadonlyMap<string, ReadonlyMap<string, string>>;
}

const VERDICT = / : (?=goto |drop)/;

/** Reads one table in the form in which `nftRuleset` writes it. */
function readNft(document: string): NftDocument {
  const table = /^table (ip6? \S+) \{/m.exec(document)?.[1] ?? '';
  const chains = new Map<string, string[]>();
  const containers = new Map<string, Map<string, string>>();
  for (const [, kind, name = '', body = ''] of document.matchAll(/^\t(set|map|chain) (\S+) \{\n([\s\S]*?)^\t\}/gm)) {
    const lines = body.split('\n').map((line) => line.trim());
    if (kind === 'chain') {
      chains.set(
        name,
        lines.filter((line) => line !== ''),
      );
    } else {
      const elements = /elements = \{ ([\s\S]*) \}/.exec(body)?.[1] ?? '';
      const list = elements.split(/,\s+/).filter((element) => element !== '');
      containers.set(name, new Map(list.map((element) => [element.split(VERDICT)[0] ?? '', element])));
    }
  }
  return { table, chains, containers };
}

/** One transaction for `nft -f -`. Both documents are of one family. */
export function nftDelta(before: string, after: string): string {
  const [old, now] = [readNft(before), readNft(after)];
  const { table } = now;
  const changed = [...now.chains].filter(([name, rules]) => old.chains.get(name)?.join('\n') !== rules.join('\n'));
  const lines = changed.flatMap(([name]) => [`add chain ${table} ${name}`, `flush chain ${table} ${name}`]);
  for (const [name, rules] of changed) for (const rule of rules) lines.push(`add rule ${table} ${name} ${rule}`);
  for (const [name, elements] of now.containers) {
    const held = old.containers.get(name) ?? new Map<string, string>();
    const gone = [...held.keys()].filter((key) => elements.get(key) !== held.get(key));
    const come = [...elements].filter(([key, element]) => held.get(key) !== element).map(([, element]) => element);
    if (gone.length > 0) lines.push(`delete element ${table} ${name} { ${gone.join(', ')} }`);
    if (come.length > 0) lines.push(`add element ${table} ${name} { ${come.join(', ')} }`);
  }
  const lost = [...old.chains.keys()].filter((name) => !now.chains.has(name));
  return [...lines, ...lost.map((name) => `delete chain ${table} ${name}`), ''].join('\n');
}

/** Rules of table nat by chain, in the form in which `iptablesSave` writes them. */
function readNat(document: string): Map<string, string[]> {
  const nat = /^\*nat\n([\s\S]*?)^COMMIT/m.exec(document)?.[1] ?? '';
  const chains = new Map<string, string[]>();
  for (const line of nat.split('\n')) {
    const declared = /^:(KUBE-\S+) -/.exec(line)?.[1];
    if (declared) chains.set(declared, []);
    const chain = /^-A (KUBE-\S+) /.exec(line)?.[1];
    if (chain) chains.get(chain)?.push(line);
  }
  return chains;
}

/** kube-proxy always writes these, because it does not know whether they changed. */
const ALWAYS = new Set(['KUBE-SERVICES', 'KUBE-NODEPORTS', 'KUBE-POSTROUTING', 'KUBE-MARK-MASQ']);

/** Input of `iptables-restore --noflush`. */
export function iptablesDelta(before: string, after: string): string {
  const [old, now] = [readNat(before), readNat(after)];
  const changed = [...now].filter(
    ([name, rules]) => ALWAYS.has(name) || old.get(name)?.join('\n') !== rules.join('\n'),
  );
  const lost = [...old.keys()].filter((name) => !now.has(name));
  return [
    '*nat',
    ...[...changed.map(([name]) => name), ...lost].map((name) => `:${name} - [0:0]`),
    ...changed.flatMap(([, rules]) => rules),
    ...lost.map((name) => `-X ${name}`),
    'COMMIT',
    '',
  ].join('\n');
}
