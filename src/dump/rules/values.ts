// values.ts - what rules compare and what they decide.

/** IPv4 and IPv6 addresses, ports, marks and everything else that is a number; text for names of interfaces. */
export type Value = bigint | string;

export type Verdict =
  | { readonly kind: 'accept' | 'drop' | 'return' | 'continue' }
  | { readonly kind: 'jump' | 'goto'; readonly chain: string }
  /** A program decides. */
  | { readonly kind: 'queue'; readonly text: string };
