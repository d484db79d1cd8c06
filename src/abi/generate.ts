// generate.ts - layout.ts → native/abi/abi.gen.h and src/abi/abi.gen.ts. Run by `npm run abi`.
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ENUMERATIONS } from './enumerations.js';
import {
  ABI_VERSION,
  COUNTERS,
  type Field,
  IMAGE_MAGIC,
  NONE,
  PATCH_MAGIC,
  SECTION_ALIGNMENT,
  STRUCTS,
  type Struct,
} from './layout.js';

interface PlacedField extends Field {
  readonly offset: number;
  readonly bytes: number;
}

const SIZES = { u8: 1, u16: 2, u32: 4, u64: 8 } as const;

/** Gives every field its offset; throws when one is misaligned or the struct overflows (an error in layout.ts). */
export function place(struct: Struct): PlacedField[] {
  let offset = 0;
  const placed = struct.fields.map((field) => {
    const bytes = field.kind === 'bytes' ? (field.length ?? 0) : SIZES[field.kind];
    if (field.kind !== 'bytes' && offset % bytes !== 0) {
      throw new Error(`${struct.name}.${field.name} is misaligned at ${offset}`);
    }
    const result = { ...field, offset, bytes };
    offset += bytes;
    return result;
  });
  if (offset > struct.size) throw new Error(`${struct.name} needs ${offset} bytes, has ${struct.size}`);
  return placed;
}

/** 64-bit hash of everything that both sides must agree on: names, offsets, sizes, enum numbers. */
export function layoutHash(): bigint {
  const facts = {
    version: ABI_VERSION,
    structs: STRUCTS.map((s) => [s.name, s.size, place(s).map((f) => [f.name, f.kind, f.offset, f.bytes])]),
    enums: ENUMERATIONS.map((e) => [e.name, e.values.map(([name, value]) => [name, value])]),
    counters: COUNTERS,
  };
  return createHash('sha256').update(JSON.stringify(facts)).digest().readBigUInt64LE(0);
}

const snake = (name: string): string => name.replace(/(?<=[a-z0-9])([A-Z])/g, '_$1').toLowerCase();
const upper = (name: string): string => snake(name).toUpperCase();

const NOTICE = 'Generated from src/abi/layout.ts by `npm run abi`. Do not edit.';

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
    '',
  ];
  for (const { name, doc, values } of ENUMERATIONS) {
    out.push(`/* ${doc} */`, `enum kw_${snake(name)} {`);
    for (const [key, value, meaning] of values) out.push(`  KW_${upper(name)}_${key} = ${value}, /* ${meaning} */`);
    out.push('};', '');
  }
  for (const struct of STRUCTS) {
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
      out.push(
        `KW_STATIC_ASSERT(offsetof(struct ${tag}, ${snake(f.name)}) == ${f.offset}, "${tag}.${snake(f.name)}");`,
      );
    }
    out.push('');
  }
  out.push('#endif', '');
  return out.join('\n');
}

/** The TypeScript twin: enums, row interfaces and field tables. */
export function tsModule(): string {
  const out: string[] = [
    `// abi.gen.ts - ${NOTICE}`,
    '',
    `export const LAYOUT_HASH = 0x${layoutHash().toString(16).padStart(16, '0')}n;`,
    '',
    'export interface PlacedField {',
    '  readonly name: string;',
    "  readonly kind: 'u8' | 'u16' | 'u32' | 'u64' | 'bytes';",
    '  readonly offset: number;',
    '  readonly bytes: number;',
    '}',
    '',
    'export interface PlacedStruct {',
    '  readonly size: number;',
    '  readonly fields: readonly PlacedField[];',
    '}',
    '',
  ];
  for (const { name, doc, values } of ENUMERATIONS) {
    out.push(`/** ${doc} */`, `export const ${name} = {`);
    for (const [key, value, meaning] of values) out.push(`  /** ${meaning} */`, `  ${key}: ${value},`);
    out.push('} as const;', `export type ${name} = (typeof ${name})[keyof typeof ${name}];`);
    out.push(`export const ${name}Names: Readonly<Record<number, keyof typeof ${name}>> = {`);
    for (const [key, value] of values) out.push(`  ${value}: '${key}',`);
    out.push('};', '');
  }
  for (const struct of STRUCTS) {
    out.push(`/** ${struct.doc} */`, `export interface ${struct.name} {`);
    for (const f of struct.fields) {
      const type = f.kind === 'bytes' ? 'Uint8Array' : f.kind === 'u64' ? 'bigint' : 'number';
      out.push(`  /** ${f.doc} */`, `  ${f.name}: ${type};`);
    }
    out.push('}', '');
  }
  out.push('export const LAYOUT = {');
  for (const struct of STRUCTS) {
    out.push(`  ${struct.name}: {`, `    size: ${struct.size},`, '    fields: [');
    for (const f of place(struct)) {
      out.push(`      { name: '${f.name}', kind: '${f.kind}', offset: ${f.offset}, bytes: ${f.bytes} },`);
    }
    out.push('    ],', '  },');
  }
  out.push('} as const satisfies Record<string, PlacedStruct>;', '');
  return out.join('\n');
}

function main(): void {
  const here = dirname(fileURLToPath(import.meta.url));
  const root = here.includes('/dist/') ? join(here, '../../..') : join(here, '../..');
  writeFileSync(join(root, 'native/abi/abi.gen.h'), cHeader());
  writeFileSync(join(root, 'src/abi/abi.gen.ts'), tsModule());
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main();
