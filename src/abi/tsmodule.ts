// tsmodule.ts - the contract as a TypeScript module: src/abi/abi.gen.ts.
import { ENUMERATIONS } from './enumerations.js';
import { STRUCTS } from './layout.js';
import { layoutHash, NOTICE, place } from './place.js';
import { SECTION_SPECS } from './sections.js';

/** Row type and facts of every section. */
const tsSections = (): string[] => [
  '/** Rows of every section. Those of a hash have NONE in empty slots. */',
  'export interface Sections {',
  ...SECTION_SPECS.map(({ name, row }) => `  ${name}: ${row}[];`),
  '}',
  'export type SectionName = keyof Sections;',
  '',
  '/** Facts of a section: sections.ts. */',
  'export interface SectionFacts {',
  '  readonly number: number;',
  '  readonly row: PlacedStruct;',
  '  readonly hash: boolean;',
  '  readonly room: { readonly share: number; readonly more: number };',
  '  readonly patch: { readonly adds: boolean; readonly changes: boolean; readonly shortens: boolean };',
  '}',
  '',
  '/** In the order in which they stand in an image. */',
  'export const SECTIONS: Readonly<Record<SectionName, SectionFacts>> = {',
  ...SECTION_SPECS.flatMap(({ name, number, row, hash, room, patch }) => [
    `  ${name}: {`,
    `    number: ${number},`,
    `    row: LAYOUT.${row},`,
    `    hash: ${hash},`,
    `    room: { share: ${room.share}, more: ${room.more} },`,
    `    patch: { adds: ${patch.adds}, changes: ${patch.changes}, shortens: ${patch.shortens} },`,
    '  },',
  ]),
  '};',
];

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
  out.push('} as const satisfies Record<string, PlacedStruct>;', '', ...tsSections(), '');
  return out.join('\n');
}
