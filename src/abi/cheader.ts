// cheader.ts - the contract as a C header: native/abi/abi.gen.h.
import { ENUMERATIONS, type Enumeration } from './enumerations.js';
import type { Struct } from './field.js';
import { ABI_VERSION, COUNTERS, IMAGE_MAGIC, NONE, PATCH_MAGIC, SECTION_ALIGNMENT, STRUCTS } from './layout.js';
import { LINK_CELLS } from './loop.js';
import { layoutHash, NOTICE, place } from './place.js';
import { REASON_SPECS } from './reasons.js';
import { SECTION_SPECS, TABLE_FACTS } from './sections.js';
import { STRATEGY_SPECS, type StrategySpec } from './strategies.js';

const snake = (name: string): string => name.replace(/(?<=[a-z0-9])([A-Z])/g, '_$1').toLowerCase();
const upper = (name: string): string => snake(name).toUpperCase();

/** An enum; of flags also all of them together, of the others the first and the last. */
function cEnumeration({ name, doc, values }: Enumeration): string[] {
  const numbers = values.map(([, value]) => value);
  const all = numbers.reduce((sum, value) => sum | value, 0);
  return [
    `/* ${doc} */`,
    `enum kw_${snake(name)} {`,
    ...values.map(([key, value, meaning]) => `  KW_${upper(name)}_${key} = ${value}, /* ${meaning} */`),
    '};',
    ...(name.endsWith('Flag')
      ? [`#define KW_${upper(name)}_ALL 0x${all.toString(16)}u`]
      : [
          `#define KW_${upper(name)}_FIRST ${Math.min(...numbers)}u`,
          `#define KW_${upper(name)}_LAST ${Math.max(...numbers)}u`,
        ]),
    '',
  ];
}

function cStruct(struct: Struct): string[] {
  const out: string[] = [];
  const fields = place(struct);
  const tag = `kw_${snake(struct.name)}`;
  out.push(`/* ${struct.doc} */`, `struct ${tag} {`);
  for (const f of fields) {
    const declaration =
      f.kind === 'bytes' ? `uint8_t ${snake(f.name)}[${f.length}]` : `uint${f.bytes * 8}_t ${snake(f.name)}`;
    out.push(`  ${declaration}; /* ${f.doc} */`);
  }
  const last = fields.at(-1);
  const used = last ? last.offset + last.bytes : 0;
  if (used < struct.size) out.push(`  uint8_t reserved_tail[${struct.size - used}];`);
  out.push('};', `KW_STATIC_ASSERT(sizeof(struct ${tag}) == ${struct.size}, "${tag}");`);
  for (const f of fields) {
    out.push(`KW_STATIC_ASSERT(offsetof(struct ${tag}, ${snake(f.name)}) == ${f.offset}, "${tag}.${snake(f.name)}");`);
  }
  out.push('');
  return out;
}

const bit = (is: boolean): string => (is ? '1' : '0');

/** A macro that applies another one to every row of a table. */
const cList = (doc: string, name: string, rows: readonly string[]): string[] => [
  `/* ${doc} */`,
  `#define ${name}(X) \\`,
  ...rows.map((row, i) => `  X(${row})${i < rows.length - 1 ? ' \\' : ''}`),
  '',
];

/** The sections, and the struct that has them as pointers and counts. */
function cTables(): string[] {
  const rows = SECTION_SPECS.map(({ name, row, rows, count, hash, patch }) =>
    [
      name,
      `kw_${snake(row)}`,
      snake(rows),
      snake(count),
      bit(hash),
      bit(patch.adds),
      bit(patch.changes),
      bit(patch.shortens),
    ].join(', '),
  );
  return [
    `#define KW_SECTION_COUNT ${SECTION_SPECS.length}u`,
    '',
    ...cList(
      'X(section, struct of a row, its rows in kw_tables, their count there (of a hash the mask), is a hash, a patch may add\n' +
        ' * rows, change them, take them from the end) for every section, in the order of an image.',
      'KW_SECTIONS',
      rows,
    ),
    '/* A table image as pointers and counts. Made by the loader, which has checked every index in it. */',
    'struct kw_tables {',
    ...SECTION_SPECS.map(({ row, rows, name }) => `  const struct kw_${snake(row)} *${snake(rows)}; /* ${name} */`),
    ...SECTION_SPECS.map(
      ({ count, name, hash }) => `  uint32_t ${snake(count)}; /* ${name}: rows${hash ? ' - 1' : ''} */`,
    ),
    ...TABLE_FACTS.map(([name, bits, doc]) => `  uint${bits}_t ${snake(name)}; /* ${doc} */`),
    '};',
    '',
  ];
}

/** The ICMP errors of the rejects. */
function cAnswers(): string[] {
  const rows = REASON_SPECS.flatMap(({ name, answer }) =>
    answer ? [[name, ...answer.v4, ...answer.v6, answer.silent].join(', ')] : [],
  );
  return cList(
    'X(reason, ICMP type, code, ICMPv6 type, code, reason when no error may be sent) for every reject that is answered.',
    'KW_ANSWERS',
    rows,
  );
}

/** The strategies that have a property, as a mask. */
function cStrategiesWith(property: string, has: (spec: StrategySpec) => boolean): string {
  const bits = STRATEGY_SPECS.filter(has).map(({ name }) => `1u << KW_STRATEGY_${name}`);
  return `#define KW_STRATEGIES_${property} (${bits.join(' | ') || '0u'})`;
}

/** How each strategy finds, chooses and remembers, and which have what others have not. */
const cStrategies = (): string[] => [
  ...cList(
    'X(strategy, its word, kw_rules_<lookup> finds the frontend, kw_choose_<choice> an endpoint).',
    'KW_STRATEGIES',
    STRATEGY_SPECS.map(({ name, word, lookup, choice }) => [name, word, lookup, choice].join(', ')),
  ),
  '/* Strategies by what they have: bit n stands for strategy n. */',
  cStrategiesWith('CHAIN', ({ frontends }) => frontends === 'chain'),
  cStrategiesWith('PERFECT_HASH', ({ frontends }) => frontends === 'perfect'),
  cStrategiesWith('SERVERS', ({ servers }) => servers),
  cStrategiesWith('CLIENTS_BY_ENDPOINT', ({ affinity }) => affinity === 'endpoint'),
  '',
];

/** The C header: valid C11, C++20 and BPF C. */
export function cHeader(): string {
  const out: string[] = [
    `// abi.gen.h - ${NOTICE}`,
    '#ifndef KUBEWIRE_ABI_GEN_H',
    '#define KUBEWIRE_ABI_GEN_H',
    '',
    '#ifndef KW_ABI_TYPES',
    '#include <stddef.h>',
    '#include <stdint.h>',
    '#endif',
    '',
    '#ifdef __cplusplus',
    '#define KW_STATIC_ASSERT(condition, text) static_assert(condition, text)',
    '#else',
    '#define KW_STATIC_ASSERT(condition, text) _Static_assert(condition, text)',
    '#endif',
    '',
    `#define KW_ABI_VERSION ${ABI_VERSION}u`,
    `#define KW_LAYOUT_HASH 0x${layoutHash().toString(16).padStart(16, '0')}ull`,
    `#define KW_IMAGE_MAGIC 0x${IMAGE_MAGIC.toString(16)}u`,
    `#define KW_PATCH_MAGIC 0x${PATCH_MAGIC.toString(16)}u`,
    `#define KW_NONE 0x${NONE.toString(16)}u`,
    `#define KW_SECTION_ALIGNMENT ${SECTION_ALIGNMENT}u`,
    ...Object.entries(COUNTERS).map(([name, value]) => `#define KW_COUNTER_${upper(name)} ${value}u`),
    ...Object.entries(LINK_CELLS).map(([name, value]) => `#define KW_LINK_CELL_${upper(name)} ${value}u`),
    '',
  ];
  for (const enumeration of ENUMERATIONS) out.push(...cEnumeration(enumeration));
  for (const struct of STRUCTS) out.push(...cStruct(struct));
  out.push(...cTables(), ...cAnswers(), ...cStrategies());
  out.push('#endif', '');
  return out.join('\n');
}
