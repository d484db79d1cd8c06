// encode.ts - TableSet → image bytes. Offsets come only from the generated layout.
import { LAYOUT, LAYOUT_HASH, type PlacedStruct, SECTIONS } from '../abi/abi.gen.js';
import { ABI_VERSION, IMAGE_MAGIC, SECTION_ALIGNMENT } from '../abi/layout.js';
import { roomFor, SECTION_NAMES, type TableSet } from './table.js';

const align = (offset: number): number => Math.ceil(offset / SECTION_ALIGNMENT) * SECTION_ALIGNMENT;

/** Writes one row at a byte offset. A missing field is a programming error and shows as a TypeError. */
export function writeRow(view: DataView, offset: number, layout: PlacedStruct, row: object): void {
  const values = row as Record<string, number | bigint | Uint8Array>;
  for (const field of layout.fields) {
    const value = values[field.name];
    const at = offset + field.offset;
    if (field.kind === 'bytes') {
      // Byte by byte: creating a view for each of the many 16-byte addresses would cost more than the copy.
      const bytes = value as Uint8Array;
      for (let i = 0; i < field.bytes; i++) view.setUint8(at + i, bytes[i] ?? 0);
    } else if (field.kind === 'u64') view.setBigUint64(at, value as bigint, true);
    else if (field.kind === 'u32') view.setUint32(at, value as number, true);
    else if (field.kind === 'u16') view.setUint16(at, value as number, true);
    else view.setUint8(at, value as number);
  }
}

/** Encodes a TableSet into a SharedArrayBuffer view. Equal tables give equal bytes. */
export function encodeImage(tables: TableSet): Uint8Array {
  let offset = align(LAYOUT.ImageHeader.size + SECTION_NAMES.length * LAYOUT.SectionEntry.size);
  const directory = SECTION_NAMES.map((name) => {
    const { number: kind, row } = SECTIONS[name];
    const entry = { kind, offset, count: tables[name].length, stride: row.size };
    offset = align(offset + roomFor(name, entry.count) * entry.stride);
    return entry;
  });
  const image = new Uint8Array(new SharedArrayBuffer(offset));
  const view = new DataView(image.buffer);
  writeRow(view, 0, LAYOUT.ImageHeader, {
    magic: IMAGE_MAGIC,
    abiVersion: ABI_VERSION,
    strategy: tables.strategy,
    layoutHash: LAYOUT_HASH,
    generation: tables.generation,
    totalBytes: offset,
    sections: SECTION_NAMES.length,
    hashSeed: tables.hashSeed,
    nodeId: tables.nodeId,
    buckets: tables.buckets,
    spread: tables.spread,
  });
  for (const [i, name] of SECTION_NAMES.entries()) {
    const entry = directory[i];
    if (!entry) continue;
    writeRow(view, LAYOUT.ImageHeader.size + i * LAYOUT.SectionEntry.size, LAYOUT.SectionEntry, entry);
    const { row: layout } = SECTIONS[name];
    const rows = tables[name];
    for (let r = 0; r < rows.length; r++) writeRow(view, entry.offset + r * layout.size, layout, rows[r] as object);
  }
  return image;
}
