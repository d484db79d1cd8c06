// scalars.ts - how plain scalars of YAML are typed: as kubectl's parser does it, not quite as the library does.
//
// YAML 1.1 (yes and on are booleans) without its times of day and dates, and with the numbers of Go: what strconv reads with
// a prefix (0x50, 0120, 0o120, 0b1010000) or without one, with underscores anywhere, is a number; what looks like a float
// is one, too (030080 is none of octal, but a float). Source: resolve() of go.yaml.in/yaml/v2.

import type { ScalarTag } from 'yaml';

const WHOLE = /^([-+]?)(?:(0[xX][0-9a-fA-F]+)|(0[bB][01]+)|0[oO]?([0-7]+)|(0|[1-9][0-9]*))$/;
const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
const [LEAST, MOST] = [-(2n ** 63n), 2n ** 64n];

/** The number that Go reads in a plain scalar, or the text itself. */
function goNumber(text: string): number | string {
  // What begins with a point goes to Go's parser of floats as it is.
  const plain = text.startsWith('.') ? text : text.replaceAll('_', '');
  const whole = WHOLE.exec(plain);
  if (whole) {
    const [, sign, hexadecimal, binary, octal, decimal] = whole;
    const size = BigInt(
      hexadecimal ?? binary?.toLowerCase() ?? (octal === undefined ? (decimal ?? '0') : `0o${octal}`),
    );
    const value = sign === '-' ? -size : size;
    if (value >= LEAST && value < MOST) return Number(value);
  }
  return FLOAT.test(plain) ? Number(plain) : text;
}

const NUMBER: ScalarTag = {
  identify: (value) => typeof value === 'number',
  default: true,
  tag: 'tag:yaml.org,2002:float',
  test: /^(?:[-+][0-9.]|[0-9]|\.[0-9])[0-9a-fA-FxXoO_.eE+-]*$/,
  resolve: goNumber,
  stringify: ({ value }) => String(value),
};

interface KnownTag {
  readonly tag: string;
  readonly format?: string;
  readonly test?: RegExp;
}

const NUMBERS = new Set(['tag:yaml.org,2002:int', 'tag:yaml.org,2002:float']);

/** The library's own numbers; `.inf` and `.nan` are right as they are. */
const isNumber = ({ tag, test }: KnownTag): boolean => NUMBERS.has(tag) && !test?.test('.inf') && !test?.test('.nan');

/** Options for the library's parser. Duplicate keys are looked for by the caller, who knows both places. */
export const YAML_OPTIONS = {
  version: '1.1',
  uniqueKeys: false,
  customTags: (tags: readonly unknown[]) => [
    ...(tags as readonly KnownTag[]).filter(
      (known) => known.format !== 'TIME' && known.tag !== 'tag:yaml.org,2002:timestamp' && !isNumber(known),
    ),
    NUMBER,
  ],
} as const;
