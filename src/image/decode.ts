// decode.ts - image bytes → TableSet, the inverse of encode.ts. Throws Fault IMAGE_REFUSED for a malformed image.
import {
  LAYOUT,
  LAYOUT_HASH,
  type PlacedStruct,
  SECTIONS,
  type SectionName,
  type Sections,
  type Strategy,
} from '../abi/abi.gen.js';
import { ABI_VERSION, IMAGE_MAGIC, SECTION_ALIGNMENT } from '../abi/layout.js';
import { Fault } from '../model/fault.js';
import { SECTION_NAMES, type TableNames, type TableSet } from './table.js';

type Row = Record<string, number | bigint | Uint8Array>;

/** Reads one row at a byte offset. `bytes` fields are copies. */
export function readRow(view: DataView, offset: number, layout: PlacedStruct): Row {
  const row: Row = {};
  for (const field of layout.fields) {
    const at = offset + field.offset;
    if (field.kind === 'bytes') {
      row[field.name] = new Uint8Array(view.buffer, view.byteOffset + at, field.bytes).slice();
    } else if (field.kind === 'u64') row[field.name] = view.getBigUint64(at, true);
    else if (field.kind === 'u32') row[field.name] = view.getUint32(at, true);
    else if (field.kind === 'u16') row[field.name] = view.getUint16(at, true);
    else row[field.name] = view.getUint8(at);
  }
  return row;
}

const refuse = (why: string): never => {
  throw new Fault('IMAGE_REFUSED', `table image refused: ${why}`);
};

/** Decodes an image. An image contains no names; pass them when they are wanted. */
export function decodeImage(image: Uint8Array, names: TableNames = { services: [], ports: [] }): TableSet {
  const view = new DataView(image.buffer, image.byteOffset, image.byteLength);
  if (image.byteLength < LAYOUT.ImageHeader.size) refuse('shorter than its header');
  const header = readRow(view, 0, LAYOUT.ImageHeader);
  if (header.magic !== IMAGE_MAGIC) refuse('bad magic');
  if (header.abiVersion !== ABI_VERSION) refuse(`ABI version ${header.abiVersion}, want ${ABI_VERSION}`);
  if (header.layoutHash !== LAYOUT_HASH) refuse('layout hash differs');
  if ((header.totalBytes as number) > image.byteLength) refuse('truncated');
  const byKind = new Map(SECTION_NAMES.map((name) => [SECTIONS[name].number, name]));
  const sections: Partial<Record<SectionName, Row[]>> = {};
  for (let i = 0; i < (header.sections as number); i++) {
    const at = LAYOUT.ImageHeader.size + i * LAYOUT.SectionEntry.size;
    if (at + LAYOUT.SectionEntry.size > image.byteLength) refuse('section directory out of bounds');
    const entry = readRow(view, at, LAYOUT.SectionEntry) as {
      kind: number;
      offset: number;
      count: number;
      stride: number;
    };
    const name = byKind.get(entry.kind);
    if (!name || sections[name]) return refuse(`section ${entry.kind} unknown or twice`);
    const layout = SECTIONS[name].row;
    if (entry.stride !== layout.size) refuse(`section ${name}: stride ${entry.stride}, want ${layout.size}`);
    if (entry.offset % SECTION_ALIGNMENT !== 0 || entry.offset + entry.count * entry.stride > image.byteLength) {
      refuse(`section ${name} out of bounds`);
    }
    sections[name] = Array.from({ length: entry.count }, (_, r) =>
      readRow(view, entry.offset + r * layout.size, layout),
    );
  }
  for (const name of SECTION_NAMES) if (!sections[name]) refuse(`section ${name} missing`);
  return {
    ...(sections as unknown as Sections),
    strategy: header.strategy as Strategy,
    generation: header.generation as bigint,
    hashSeed: header.hashSeed as number,
    nodeId: header.nodeId as number,
    buckets: header.buckets as number,
    spread: header.spread as number,
    names,
  };
}
