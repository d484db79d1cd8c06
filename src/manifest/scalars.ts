// scalars.ts - how plain scalars of YAML are typed: as kubectl's parser does it, not quite as the library does.
//
// YAML 1.1 (yes and on are booleans, 0777 is octal) without its times of day and dates, and with floats that need a
// digit: the library alone would take `.` and `e0` for numbers.

import type { ScalarTag } from 'yaml';

const FLOAT: ScalarTag = {
  identify: (value) => typeof value === 'number',
  default: true,
  tag: 'tag:yaml.org,2002:float',
  test: /^[-+]?(?:\.[0-9][0-9_]*|[0-9][0-9_]*(?:\.[0-9_]*)?)(?:[eE][-+]?[0-9]+)?$/,
  resolve: (text) => Number.parseFloat(text.replaceAll('_', '')),
  stringify: ({ value }) => String(value),
};

interface KnownTag {
  readonly tag: string;
  readonly format?: string;
  readonly test?: RegExp;
}

/** The library's own float that is written with digits; `.inf` and `.nan` are right as they are. */
const isNumericFloat = ({ tag, test }: KnownTag): boolean =>
  tag === FLOAT.tag && !test?.test('.inf') && !test?.test('.nan');

/** Options for the library's parser. Duplicate keys are looked for by the caller, who knows both places. */
export const YAML_OPTIONS = {
  version: '1.1',
  uniqueKeys: false,
  customTags: (tags: readonly unknown[]) => [
    ...(tags as readonly KnownTag[]).filter(
      (known) => known.format !== 'TIME' && known.tag !== 'tag:yaml.org,2002:timestamp' && !isNumericFloat(known),
    ),
    FLOAT,
  ],
} as const;
