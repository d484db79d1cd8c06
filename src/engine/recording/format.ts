// format.ts - a recording as bytes: records of a kind, a length, a checksum and a payload, one after another.
//
// It begins with MAGIC. Every record starts at a multiple of 8: kind (u32), bytes of the payload (u32), CRC-32 of the payload
// (u32), zero (u32); then the payload and up to seven zeros. Numbers are little-endian.
import { closeSync, openSync, readSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { LAYOUT_HASH } from '../../abi/abi.gen.js';
import { Fault } from '../../model/fault.js';

/** Its name in the directory of a recording. */
export const RECORDING_FILE = 'recording.bin';

export const RECORD = {
  /** JSON: RecordingHeader. */
  header: 1,
  /** A node as it is when its records begin, and again after a gap: NodeStart. */
  node: 2,
  /** JSON: the plan of tables that come next, or that a NodeStart has. */
  plan: 3,
  /** New tables of a node: TablesChange. */
  tables: 4,
  /** What a shard told: a TraceRow with its bytes. */
  event: 5,
  /** JSON: Gap. */
  gap: 6,
  /** JSON: RecordingEnd. */
  end: 7,
} as const;

interface RecordingHeader {
  readonly format: 1;
  /** Of the tables; states and images of another cannot be read. */
  readonly layoutHash: string;
  readonly version: string;
  readonly started: string;
  /** Nanoseconds since 1970 at time 0 of the clock in the recording. */
  readonly epochNs: string;
  /** Node id → name; 0 is the fabric. */
  readonly nodes: Readonly<Record<number, string>>;
}

/** Records of a shard that are missing, because they came faster than they could be kept. */
export interface Gap {
  readonly missing: number;
}

export interface RecordingEnd {
  readonly frames: number;
  readonly gaps: number;
  readonly missing: number;
  readonly why: 'asked' | 'budget';
}

export interface NodeStart {
  readonly node: number;
  readonly seed: number;
  readonly flowCapacity: number;
  /** The node was told as ADDED, so it has no state. */
  readonly atNs: bigint;
  /** Empty: it has no tables yet. */
  readonly state: Uint8Array;
}

interface TablesChange {
  readonly node: number;
  readonly kind: 'image' | 'patch';
  readonly atNs: bigint;
  readonly bytes: Uint8Array;
}

export interface Entry {
  readonly kind: number;
  readonly payload: Uint8Array;
}

const MAGIC = Buffer.from('kubewire recording 1\n\0\0\0', 'latin1');
const HEAD_BYTES = 16;
/** No image and no state is longer. */
const LONGEST = 1 << 30;
const CHUNK = 4 * 1024 * 1024;
const LAYOUT = LAYOUT_HASH.toString(16);

const padded = (bytes: number): number => (bytes + 7) & ~7;

export function recordBytes(kind: number, payload: Uint8Array): Buffer {
  const bytes = Buffer.alloc(HEAD_BYTES + padded(payload.length));
  bytes.writeUInt32LE(kind, 0);
  bytes.writeUInt32LE(payload.length, 4);
  bytes.writeUInt32LE(crc32(payload), 8);
  bytes.set(payload, HEAD_BYTES);
  return bytes;
}

export const jsonRecord = (kind: number, value: object): Buffer =>
  recordBytes(kind, Buffer.from(JSON.stringify(value, (_, one) => (one instanceof Set ? [...one] : one))));

/** What a recording begins with. */
export const opening = (header: Omit<RecordingHeader, 'format' | 'layoutHash'>): Buffer =>
  Buffer.concat([MAGIC, jsonRecord(RECORD.header, { format: 1, layoutHash: LAYOUT, ...header })]);

export function nodeRecord({ node, seed, flowCapacity, atNs, state }: NodeStart): Buffer {
  const payload = Buffer.alloc(24 + state.length);
  payload.writeUInt32LE(node, 0);
  payload.writeUInt32LE(seed, 4);
  payload.writeUInt32LE(flowCapacity, 8);
  payload.writeBigUInt64LE(atNs, 16);
  payload.set(state, 24);
  return recordBytes(RECORD.node, payload);
}

export function tablesRecord({ node, kind, atNs, bytes }: TablesChange): Buffer {
  const payload = Buffer.alloc(16 + bytes.length);
  payload.writeUInt32LE(node, 0);
  payload.writeUInt32LE(kind === 'patch' ? 1 : 0, 4);
  payload.writeBigUInt64LE(atNs, 8);
  payload.set(bytes, 16);
  return recordBytes(RECORD.tables, payload);
}

const damaged = (path: string, at: number, why: string): Fault =>
  new Fault('USAGE', `${path}: the recording is damaged at byte ${at}: ${why}`, 'Record again.');

function view(payload: Uint8Array, least: number): DataView {
  if (payload.length < least) throw new RangeError('a record is too short');
  return new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
}

/** Throws RangeError if it is too short. */
export function readNode(payload: Uint8Array): NodeStart {
  const at = view(payload, 24);
  return {
    ...{ node: at.getUint32(0, true), seed: at.getUint32(4, true), flowCapacity: at.getUint32(8, true) },
    ...{ atNs: at.getBigUint64(16, true), state: payload.subarray(24) },
  };
}

/** Throws RangeError if it is too short. */
export function readTables(payload: Uint8Array): TablesChange {
  const at = view(payload, 16);
  const kind = at.getUint32(4, true) === 1 ? 'patch' : 'image';
  return { node: at.getUint32(0, true), kind, atNs: at.getBigUint64(8, true), bytes: payload.subarray(16) };
}

/** Throws SyntaxError if it is not JSON. */
export const readJson = <T>(payload: Uint8Array): T => JSON.parse(Buffer.from(payload).toString('utf8')) as T;

/** A file from its beginning, piece by piece, so that one of any size takes little memory. */
class Pieces {
  readonly #fd: number;
  #kept: Buffer = Buffer.alloc(0);
  /** Of the first byte that was not taken. */
  position = 0;

  constructor(fd: number) {
    this.#fd = fd;
  }

  /** The next bytes, without taking them; fewer at the end of the file. */
  peek(bytes: number): Buffer {
    while (this.#kept.length < bytes) {
      const more = Buffer.allocUnsafe(Math.max(CHUNK, Math.min(bytes - this.#kept.length, 16 * CHUNK)));
      const read = readSync(this.#fd, more, 0, more.length, null);
      if (read === 0) break;
      this.#kept = Buffer.concat([this.#kept, more.subarray(0, read)]);
    }
    return this.#kept.subarray(0, bytes);
  }

  take(bytes: number): Buffer {
    const taken = this.peek(bytes);
    this.#kept = this.#kept.subarray(taken.length);
    this.position += taken.length;
    return taken;
  }
}

function* recordsOf(pieces: Pieces, path: string): Generator<Entry> {
  for (;;) {
    const at = pieces.position;
    const head = pieces.take(HEAD_BYTES);
    // Cut off in the middle of a record: whoever wrote it was killed. What came before is whole.
    if (head.length < HEAD_BYTES) return;
    const [kind, bytes] = [head.readUInt32LE(0), head.readUInt32LE(4)];
    if (bytes > LONGEST) throw damaged(path, at, 'a record of impossible length');
    const body = pieces.take(padded(bytes));
    if (body.length < padded(bytes)) return;
    const payload = body.subarray(0, bytes);
    if (crc32(payload) !== head.readUInt32LE(8)) throw damaged(path, at, 'its checksum is wrong');
    yield { kind, payload };
  }
}

/**
 * Reads a recording. The records after the header come one by one; they end early where the file was cut off.
 * Throws Fault USAGE for a file that is no recording, is damaged, or was made by a build with other tables.
 */
export function openRecording(path: string): { header: RecordingHeader; records: Generator<Entry>; close(): void } {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch (error) {
    throw new Fault('USAGE', `${path} cannot be read: ${(error as Error).message}`, 'Make one: kubewire record DIR');
  }
  try {
    const pieces = new Pieces(fd);
    if (!pieces.take(MAGIC.length).equals(MAGIC)) throw new Fault('USAGE', `${path} is not a recording of kubewire`);
    const records = recordsOf(pieces, path);
    const first = records.next().value as Entry | undefined;
    if (first?.kind !== RECORD.header) throw damaged(path, MAGIC.length, 'its header is missing');
    const header = readJson<RecordingHeader>(first.payload);
    if (header.layoutHash !== LAYOUT) {
      const remedy = `Run it with kubewire ${header.version}.`;
      throw new Fault(
        'USAGE',
        `${path} was recorded by kubewire ${header.version}, whose tables are laid out otherwise`,
        remedy,
      );
    }
    return { header, records, close: () => closeSync(fd) };
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}
