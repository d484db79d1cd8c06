// patch.ts - patches: the rows that change in an image that a node has (native/law/patch.md), encoded and applied.
import { LAYOUT, LAYOUT_HASH, type PlacedStruct, SECTIONS, type SectionName } from '../abi/abi.gen.js';
import { ABI_VERSION, PATCH_MAGIC } from '../abi/layout.js';
import { Fault } from '../model/fault.js';
import { readRow } from './decode.js';
import { writeRow } from './encode.js';
import { SECTION_NAMES, type TableSet } from './table.js';

/** Rows to be written, by section. */
export class Writes {
  readonly #rows = new Map<SectionName, number[]>();

  /** Notes rows; repeats are fine. For a section that only became shorter, nothing is noted. */
  note(section: SectionName, ...rows: readonly number[]): void {
    const noted = this.#of(section);
    for (const row of rows) noted.push(row);
  }

  /** Notes `first` to `end` - 1, if there are any. */
  noteRun(section: SectionName, first: number, end: number): void {
    if (first >= end) return;
    const noted = this.#of(section);
    for (let row = first; row < end; row++) noted.push(row);
  }

  #of(section: SectionName): number[] {
    const known = this.#rows.get(section);
    if (known) return known;
    const noted: number[] = [];
    this.#rows.set(section, noted);
    return noted;
  }

  /** Runs of consecutive rows within the length of a section. Each section has at least one, if only an empty one. */
  runs(lengthOf: (section: SectionName) => number): Run[] {
    const runs: Run[] = [];
    for (const [section, noted] of this.#rows) {
      const rows = lengthOf(section);
      noted.sort((a, b) => a - b);
      let [first, end] = [noted[0] ?? 0, noted[0] ?? 0];
      for (const row of noted) {
        if (row >= rows) break;
        if (row > end) {
          runs.push({ section, first, count: end - first, rows });
          first = row;
        }
        if (row >= end) end = row + 1;
      }
      runs.push({ section, first: end === first ? 0 : first, count: end - first, rows });
    }
    return runs;
  }
}

interface Run {
  readonly section: SectionName;
  readonly first: number;
  readonly count: number;
  /** Length of the section after the patch. */
  readonly rows: number;
}

/** A patch from the image of generation `base` to that of `tables`. `writes` must have every row that differs. */
export function encodePatch(tables: TableSet, base: bigint, writes: Writes): Uint8Array {
  const runs = writes.runs((section) => tables[section].length);
  let offset = LAYOUT.PatchHeader.size + runs.length * LAYOUT.PatchEntry.size;
  const entries = runs.map(({ section, first, count, rows }) => {
    const { number: kind, row } = SECTIONS[section];
    const entry = { kind, first, count, offset, rows };
    offset += count * row.size;
    return entry;
  });
  const patch = new Uint8Array(offset);
  const view = new DataView(patch.buffer);
  writeRow(view, 0, LAYOUT.PatchHeader, {
    magic: PATCH_MAGIC,
    abiVersion: ABI_VERSION,
    strategy: tables.strategy,
    layoutHash: LAYOUT_HASH,
    generation: tables.generation,
    base,
    totalBytes: offset,
    entries: runs.length,
    hashSeed: tables.hashSeed,
    nodeId: tables.nodeId,
  });
  for (const [i, { section, first, count }] of runs.entries()) {
    const entry = entries[i] ?? {};
    writeRow(view, LAYOUT.PatchHeader.size + i * LAYOUT.PatchEntry.size, LAYOUT.PatchEntry, entry);
    const { row: layout } = SECTIONS[section];
    for (let r = 0; r < count; r++) {
      writeRow(view, (entries[i]?.offset ?? 0) + r * layout.size, layout, tables[section][first + r] as object);
    }
  }
  return patch;
}

interface Patched {
  /** A new image. */
  readonly image: Uint8Array;
  /** Rows of SERVICE that the patch wrote. */
  readonly services: ReadonlySet<number>;
}

/** Where a section lies in an image. */
interface Place {
  /** Offset of its entry in the directory. */
  readonly at: number;
  readonly offset: number;
  readonly stride: number;
  readonly rows: number;
  /** Maximum number of rows. */
  readonly room: number;
}

const refuse = (why: string): never => {
  throw new Fault('IMAGE_REFUSED', `table patch refused: ${why}`);
};

const nameOf = (kind: number): SectionName | undefined => SECTION_NAMES.find((name) => SECTIONS[name].number === kind);

const offsetOf = (struct: PlacedStruct, name: string): number =>
  struct.fields.find((field) => field.name === name)?.offset ?? refuse(`no field ${name}`);

const COUNT_OFFSET = offsetOf(LAYOUT.SectionEntry, 'count');
const GENERATION_OFFSET = offsetOf(LAYOUT.ImageHeader, 'generation');

/** Where the sections of a well-formed image lie. */
function placesOf(view: DataView): Map<SectionName, Place> {
  const { sections, totalBytes } = readRow(view, 0, LAYOUT.ImageHeader) as { sections: number; totalBytes: number };
  const entries = Array.from({ length: sections }, (_, i) => {
    const at = LAYOUT.ImageHeader.size + i * LAYOUT.SectionEntry.size;
    const { kind, offset, count, stride } = readRow(view, at, LAYOUT.SectionEntry) as Record<string, number>;
    return { at, kind: kind ?? 0, offset: offset ?? 0, count: count ?? 0, stride: stride ?? 1 };
  });
  return new Map(
    entries.map(({ at, kind, offset, count, stride }) => {
      const end = Math.min(totalBytes, ...entries.map((other) => other.offset).filter((other) => other > offset));
      const room = Math.floor((end - offset) / stride);
      return [nameOf(kind) ?? refuse(`section ${kind} unknown`), { at, offset, stride, rows: count, room }];
    }),
  );
}

/** Checks that these rows may be written and that the section may have this length. */
function judge({ section, first, count, rows }: Run, place: Place, buckets: number): void {
  const { rows: before, room } = place;
  if (rows > room) refuse(`no room for ${rows} rows of ${section}`);
  if (first + count > rows) refuse(`rows of ${section} out of bounds`);
  const may = SECTIONS[section].patch;
  if (rows > before && !may.adds) refuse(`${section} gets longer`); // [PATCH-3]
  if (rows < before && !may.shortens) refuse(`${section} gets shorter`);
  const changesTo = Math.min(first + count, before);
  const fixed = count > 0 && first < changesTo && (!may.changes || (section === 'PILOT' && changesTo > buckets));
  if (fixed) refuse(`rows of ${section} that are there stay as they are`);
}

interface Entry extends Run {
  readonly bytes: Uint8Array;
}

function readEntries(patch: Uint8Array, count: number): Entry[] {
  const view = new DataView(patch.buffer, patch.byteOffset, patch.byteLength);
  return Array.from({ length: count }, (_, i) => {
    const at = LAYOUT.PatchHeader.size + i * LAYOUT.PatchEntry.size;
    if (at + LAYOUT.PatchEntry.size > patch.length) refuse('directory out of bounds');
    const {
      kind = 0,
      first = 0,
      count = 0,
      offset = 0,
      rows = 0,
    } = readRow(view, at, LAYOUT.PatchEntry) as Record<string, number>;
    const section = nameOf(kind) ?? refuse(`section ${kind} unknown`);
    const end = offset + count * SECTIONS[section].row.size;
    if (offset % 4 !== 0 || end > patch.length) refuse(`rows of ${section} are not in the patch`);
    return { section, first, count, rows, bytes: patch.subarray(offset, end) };
  });
}

/** The header of a patch; throws unless the patch is for this image. */
function readHeader(patch: Uint8Array, image: DataView): { entries: number; generation: bigint } {
  if (patch.length < LAYOUT.PatchHeader.size) refuse('shorter than its header');
  const header = readRow(new DataView(patch.buffer, patch.byteOffset), 0, LAYOUT.PatchHeader);
  const own = readRow(image, 0, LAYOUT.ImageHeader);
  if (header.magic !== PATCH_MAGIC) refuse('bad magic');
  if (header.abiVersion !== ABI_VERSION || header.layoutHash !== LAYOUT_HASH) refuse('another layout');
  if ((header.totalBytes as number) > patch.length) refuse('truncated');
  const same = (['strategy', 'hashSeed', 'nodeId'] as const).every((field) => header[field] === own[field]);
  if (!same || header.base !== own.generation) refuse('it is of another image'); // [PATCH-1]
  return { entries: header.entries as number, generation: header.generation as bigint };
}

/**
 * The image with the rows of a patch applied, as a node has it after the patch. Slow and simple: makes a new image.
 * @param image well-formed
 * @throws Fault IMAGE_REFUSED
 * [PATCH-5]
 */
export function applyPatch(image: Uint8Array, patch: Uint8Array): Patched {
  const next = image.slice();
  const view = new DataView(next.buffer);
  const { entries, generation } = readHeader(patch, view);
  const { buckets } = readRow(view, 0, LAYOUT.ImageHeader) as { buckets: number };
  const places = placesOf(view);
  const written = new Map<SectionName, Set<number>>();
  const lengths = new Map<SectionName, number>();
  for (const { bytes, ...run } of readEntries(patch, entries)) {
    const { section, first, count, rows } = run;
    const place = places.get(section) ?? refuse(`no section ${section}`);
    if (rows !== (lengths.get(section) ?? rows)) refuse(`two lengths for ${section}`); // [PATCH-2]
    judge(run, place, buckets);
    next.set(bytes, place.offset + first * place.stride);
    view.setUint32(place.at + COUNT_OFFSET, rows, true);
    lengths.set(section, rows);
    const known = written.get(section) ?? new Set();
    for (let row = first; row < first + count; row++) known.add(row);
    written.set(section, known);
  }
  for (const [section, rows] of lengths) {
    for (let row = places.get(section)?.rows ?? 0; row < rows; row++) {
      if (!written.get(section)?.has(row)) refuse(`row ${row} of ${section} is not written`); // [PATCH-4]
    }
  }
  view.setBigUint64(GENERATION_OFFSET, generation, true);
  return { image: next, services: written.get('SERVICE') ?? new Set() };
}
