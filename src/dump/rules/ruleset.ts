// ruleset.ts - the rules of a node, whoever wrote them: tables, chains, rules and what a rule does, each with its line.
import type { Elements } from './elements.js';
import type { Value, Verdict } from './values.js';

/** Where something was written. Lines and columns count from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export type TableFamily = 'ip' | 'ip6' | 'inet' | 'arp' | 'bridge' | 'netdev';
/** The program that listed a table. Both iptables backends can be in the kernel at once. */
export type Backend = 'iptables-nft' | 'iptables-legacy' | 'nft';
export type Hook = 'prerouting' | 'input' | 'forward' | 'output' | 'postrouting' | 'ingress' | 'egress';

export interface Ruleset {
  readonly tables: Table[];
}

export interface Table {
  readonly family: TableFamily;
  readonly name: string;
  readonly backend: Backend;
  readonly chains: Map<string, Chain>;
  readonly sets: Map<string, NamedSet>;
  readonly place: Place;
}

export interface NamedSet {
  readonly name: string;
  /** True if packets add to it, so that the dump is only its state at that time. */
  readonly dynamic: boolean;
  readonly elements: Elements;
  readonly place: Place;
}

export interface Base {
  readonly type: 'filter' | 'nat' | 'route';
  readonly hook: Hook;
  readonly priority: number;
}

export interface Chain {
  readonly name: string;
  /** Null for a chain that others jump to. */
  base: Base | null;
  policy: 'accept' | 'drop';
  readonly rules: Rule[];
  readonly place: Place;
}

export interface Rule {
  readonly place: Place;
  /** As it was written, without `-A CHAIN`. */
  readonly text: string;
  readonly comment: string;
  readonly statements: readonly Statement[];
  readonly handle?: number;
}

/** A name that rules compare, in nft's words: `ip saddr`, `th dport`, `meta mark`, `ct state`, `fib daddr type` … */
export type Expression =
  | { readonly kind: 'field'; readonly name: string }
  | { readonly kind: 'value'; readonly value: Value }
  | {
      readonly kind: 'bits';
      readonly op: '&' | '|' | '^' | '<<' | '>>';
      readonly left: Expression;
      readonly right: Expression;
    }
  | { readonly kind: 'concat'; readonly parts: readonly Expression[] }
  /** Evenly one of `size` numbers from `offset` on: by chance, in turn or by a hash. */
  | { readonly kind: 'draw'; readonly size: number; readonly offset: number; readonly text: string }
  | { readonly kind: 'map'; readonly key: Expression; readonly of: Among }
  | { readonly kind: 'unknown'; readonly text: string };

/** A set or map: written in the rule, or by its name in the table (or among the IP sets). */
export type Among = { readonly elements: Elements } | { readonly name: string; readonly ipset?: true };

export type Statement =
  | {
      readonly kind: 'match';
      readonly left: Expression;
      /** `any`: a bit in common; `none`: no bit in common. */
      readonly op: 'in' | 'not in' | 'any' | 'none';
      readonly right: Among;
    }
  /** A match with a known chance: `statistic`, or in turn. */
  | { readonly kind: 'chance'; readonly probability: number; readonly text: string }
  /** A match that a dump cannot answer. `fresh`: what holds for a client that nobody remembers. */
  | { readonly kind: 'unknown match'; readonly text: string; readonly fresh?: boolean }
  | { readonly kind: 'verdict'; readonly verdict: Verdict }
  | { readonly kind: 'vmap'; readonly key: Expression; readonly of: Among }
  | { readonly kind: 'set'; readonly field: 'meta mark' | 'ct mark'; readonly value: Expression }
  | { readonly kind: 'nat'; readonly change: 'source' | 'destination'; readonly to: NatTarget }
  | { readonly kind: 'reject'; readonly text: string }
  | { readonly kind: 'untrack' }
  /** Counters, logs and whatever else changes neither the packet nor its way. */
  | { readonly kind: 'aside'; readonly text: string }
  | { readonly kind: 'unknown target'; readonly text: string };

export type NatTarget =
  /** The node's own address: masquerading of the source, redirection of the destination. */
  | { readonly kind: 'own'; readonly port: Expression | null }
  | { readonly kind: 'to'; readonly address: Expression | null; readonly port: Expression | null }
  /** Both at once, out of a map. */
  | { readonly kind: 'pair'; readonly value: Expression };
