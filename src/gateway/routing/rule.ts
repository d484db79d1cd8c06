// rule.ts - one rule of a route table: which requests it takes, where it was written, and what is done with them.
import type { HostPattern } from './host.js';

export type PathType = 'Exact' | 'Prefix' | 'RegularExpression' | 'Default';

/** `Default` takes every path, after all other rules: a default backend. */
export interface PathMatch {
  readonly type: PathType;
  readonly value: string;
}

/** Of a header or a query parameter. */
export interface ValueMatch {
  /** Header names in lower case. */
  readonly name: string;
  readonly type: 'Exact' | 'RegularExpression';
  readonly value: string;
}

/** Where a rule was written. */
interface RuleSource {
  readonly kind: 'Ingress' | 'HTTPRoute';
  readonly namespace: string;
  readonly name: string;
  /** `spec.rules[1].matches[0]` */
  readonly field: string;
  /** Of the object, milliseconds since 1970. */
  readonly created: number;
  /** Place among the rules of the object. */
  readonly index: number;
}

export interface HeaderChange {
  readonly set: readonly (readonly [name: string, value: string])[];
  readonly add: readonly (readonly [name: string, value: string])[];
  readonly remove: readonly string[];
}

export interface PathChange {
  readonly type: 'ReplaceFullPath' | 'ReplacePrefixMatch';
  readonly value: string;
}

export interface Redirect {
  readonly scheme?: string | undefined;
  readonly hostname?: string | undefined;
  readonly port?: number | undefined;
  readonly path?: PathChange | undefined;
  readonly status: number;
}

interface Rewrite {
  readonly hostname?: string | undefined;
  readonly path?: PathChange | undefined;
}

interface Mirror {
  readonly backend: Backend;
  /** 0 to 1 */
  readonly share: number;
}

/** What is done to requests and responses on their way. */
export interface Filters {
  readonly request?: HeaderChange;
  readonly response?: HeaderChange;
  readonly redirect?: Redirect;
  readonly rewrite?: Rewrite;
  readonly mirrors: readonly Mirror[];
}

export const NO_FILTERS: Filters = { mirrors: [] };

export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** A port of a Service, with the endpoints that serve it now. */
export interface Backend {
  /** `shop/web:80` */
  readonly name: string;
  readonly weight: number;
  readonly endpoints: readonly Endpoint[];
  readonly filters: Filters;
  /** Why it serves nobody, with the status that a client gets; null: it does, if it has endpoints. */
  readonly failure: { readonly status: number; readonly reason: string } | null;
}

export interface Action {
  readonly filters: Filters;
  readonly backends: readonly Backend[];
  /** Milliseconds; undefined: for ever. */
  readonly requestTimeout?: number | undefined;
  readonly backendTimeout?: number | undefined;
  /** The rule asks for what is not there: every request gets status 500. */
  readonly invalid?: string;
}

export interface Rule {
  readonly host: HostPattern;
  readonly path: PathMatch;
  readonly method: string | null;
  readonly headers: readonly ValueMatch[];
  readonly query: readonly ValueMatch[];
  readonly source: RuleSource;
  readonly action: Action;
}

export interface RequestFacts {
  /** Lower case, without a port. */
  readonly host: string;
  /** Without the query, as it was sent. */
  readonly path: string;
  /** Without its question mark. */
  readonly query: string;
  readonly method: string;
  /** Names in lower case; a header that was sent several times is joined with commas. */
  readonly headers: Readonly<Record<string, string | undefined>>;
}
