// codec.ts - the bytes of a kept state: a line that names the format, then records, each with its length and checksums.
//
// A record is `length checksum(payload) checksum(of these 8 bytes) payload`, numbers of 32 bits, little-endian. Its payload is a
// Commit as JSON: what became true together. A snapshot is the same records in a file of its own.
import { crc32 } from 'node:zlib';
import type { KindKey } from '../../model/kindkey.js';
import type { KubeObject } from '../../model/objects.js';
import { objectText } from '../text.js';

export const FORMAT = 'kubewire state 1\n';
const HEADER_BYTES = 12;
const FAMILY = 'kubewire state ';

/** An object that is gone, by what it was found by. */
interface Gone {
  readonly key: KindKey;
  readonly namespace: string;
  readonly name: string;
}

export type Change = { readonly put: KubeObject } | { readonly gone: Gone };

export interface Commit {
  /** resourceVersion after it. */
  readonly version: number;
  readonly changes: readonly Change[];
}

/** Why a state cannot be read. `offset` is in bytes. */
export class StateError extends Error {
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

const changeText = (change: Change): string =>
  'put' in change ? `{"put":${objectText(change.put)}}` : `{"gone":${JSON.stringify(change.gone)}}`;

export function encodeCommit({ version, changes }: Commit): Buffer {
  const payload = `{"version":${version},"changes":[${changes.map(changeText).join(',')}]}`;
  const length = Buffer.byteLength(payload);
  const record = Buffer.allocUnsafe(HEADER_BYTES + length);
  record.write(payload, HEADER_BYTES, 'utf8');
  record.writeUInt32LE(length, 0);
  record.writeUInt32LE(crc32(record.subarray(HEADER_BYTES)), 4);
  record.writeUInt32LE(crc32(record.subarray(0, 8)), 8);
  return record;
}

/** A write that was cut off leaves less than it should, or zeros that the file system put there. */
const isZero = (bytes: Buffer): boolean => bytes.every((byte) => byte === 0);

function payloadAt(bytes: Buffer, offset: number): Buffer | null {
  const rest = bytes.subarray(offset);
  if (rest.length < HEADER_BYTES) return null;
  if (rest.readUInt32LE(8) !== crc32(rest.subarray(0, 8))) {
    if (isZero(rest.subarray(HEADER_BYTES))) return null;
    throw new StateError(`the record at byte ${offset} is damaged`, offset);
  }
  const end = HEADER_BYTES + rest.readUInt32LE(0);
  if (end > rest.length) return null;
  const payload = rest.subarray(HEADER_BYTES, end);
  if (rest.readUInt32LE(4) === crc32(payload)) return payload;
  // No payload ends with a zero.
  if (isZero(rest.subarray(end - 1))) return null;
  throw new StateError(`the record at byte ${offset} is damaged`, offset);
}

/**
 * Tells each commit, in order. Returns the length of what is whole: a record that was being written when the process ended is not.
 * Throws StateError for another format and for a damaged record that is not the last.
 */
export function decodeCommits(bytes: Buffer, tell: (commit: Commit) => void): number {
  const format = bytes.subarray(0, FORMAT.length).toString('latin1');
  if (FORMAT.startsWith(format) && format.length < FORMAT.length) return 0;
  if (format !== FORMAT) {
    const [line = ''] = bytes.subarray(0, 80).toString('latin1').split('\n');
    throw new StateError(line.startsWith(FAMILY) ? `its format is "${line}"` : 'it is no state of kubewire', 0);
  }
  let offset = FORMAT.length;
  for (;;) {
    const payload = payloadAt(bytes, offset);
    if (!payload) return offset;
    tell(JSON.parse(payload.toString('utf8')) as Commit);
    offset += HEADER_BYTES + payload.length;
  }
}
