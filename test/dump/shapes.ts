// shapes.ts - rules in the shapes that programs other than kube-proxy write, from the folder beside, and what no dump answers in them.
import { readDumps } from '../../src/dump/read/dump.js';
import { sources } from '../support/sources.js';

export interface Shape {
  readonly name: string;
  readonly kind: 'iptables' | 'nft';
  readonly rules: string;
  /** As `ipset save` prints them; '' without. */
  readonly ipsets: string;
  /** Matches and targets that no dump answers, as the head of the file tells them. */
  readonly unknown: readonly string[];
}

const FILES = sources(['test/dump/shapes'], /\.(iptables|nft|ipset)$/);

export const SHAPES: readonly Shape[] = FILES.flatMap(({ path, text }) => {
  const [, name = '', end] = /([^/]+)\.(iptables|nft|ipset)$/.exec(path) ?? [];
  if (end !== 'iptables' && end !== 'nft') return [];
  const ipsets = FILES.find((other) => other.path === path.replace(/\.iptables$/, '.ipset'))?.text ?? '';
  const unknown = [...text.matchAll(/^# unknown: (.*)$/gm)].map(([, words = '']) => words);
  return [{ name: `${name}.${end}`, kind: end, rules: text, ipsets, unknown }];
});

/** The matches and targets of a text that were read as unknown, each once. */
export function unknownIn(text: string): string[] {
  const { ruleset } = readDumps([{ file: 'shape', text }]);
  const statements = ruleset.tables.flatMap(({ chains }) =>
    [...chains.values()].flatMap(({ rules }) => rules.flatMap((rule) => rule.statements)),
  );
  return [
    ...new Set(
      statements.flatMap((one) => (one.kind === 'unknown match' || one.kind === 'unknown target' ? [one.text] : [])),
    ),
  ].sort();
}
