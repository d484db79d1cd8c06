// encoding.ts - the bytes of a file to its text: UTF-8, and UTF-16 where a byte order mark says so; else what they are instead.
import type { Issue } from '../model/issue.js';

const startsWith = (bytes: Buffer, ...mark: number[]): boolean => mark.every((byte, i) => bytes[i] === byte);

/** What the first bytes say. A text without a mark is UTF-8 (YAML 1.2, 5.2), unless zeros stand between its letters. */
function encodingOf(bytes: Buffer): 'utf-8' | 'utf-16le' | 'utf-16be' | 'UTF-32' | 'UTF-16 without a byte order mark' {
  if (startsWith(bytes, 0xff, 0xfe, 0, 0) || startsWith(bytes, 0, 0, 0xfe, 0xff)) return 'UTF-32';
  if (startsWith(bytes, 0xff, 0xfe)) return 'utf-16le';
  if (startsWith(bytes, 0xfe, 0xff)) return 'utf-16be';
  const [a, b, c, d] = bytes;
  const [even, odd] = [a === 0 && c === 0, b === 0 && d === 0];
  return bytes.length >= 4 && even !== odd ? 'UTF-16 without a byte order mark' : 'utf-8';
}

/** Characters before the first byte that is no part of one. */
function goodCharacters(line: Buffer): number {
  let [good, bad] = [0, line.length];
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (decoded(line.subarray(0, middle), true) === null) bad = middle;
    else good = middle;
  }
  return decoded(line.subarray(0, good), true)?.length ?? 0;
}

/** @param stream a character that is cut off at the end is no mistake */
function decoded(bytes: Uint8Array, stream: boolean, encoding = 'utf-8'): string | null {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes, { stream });
  } catch {
    return null;
  }
}

/** Where UTF-8 ends to be that. */
function firstMistake(file: string, bytes: Buffer): Issue {
  let line = 1;
  for (let start = 0; start <= bytes.length; line++) {
    const found = bytes.indexOf(0x0a, start);
    const end = found < 0 ? bytes.length : found;
    const own = bytes.subarray(start, end);
    if (decoded(own, false) === null) {
      return issue('these bytes are no UTF-8: save the file as UTF-8', { file, line, column: goodCharacters(own) + 1 });
    }
    start = end + 1;
  }
  return issue('its bytes are no UTF-8', { file, line: 0, column: 0 });
}

const issue = (detail: string, place: NonNullable<Issue['place']>): Issue => ({
  type: 'Syntax',
  field: '',
  message: detail,
  detail,
  place,
});

/** The text, or why the bytes are none. */
export function decodeText(file: string, bytes: Buffer): string | Issue {
  const encoding = encodingOf(bytes);
  const whole = { file, line: 0, column: 0 };
  if (encoding === 'UTF-32' || encoding === 'UTF-16 without a byte order mark') {
    return issue(`it is ${encoding}: save it as UTF-8`, whole);
  }
  const text = decoded(bytes, false, encoding);
  if (text !== null) return text;
  return encoding === 'utf-8' ? firstMistake(file, bytes) : issue('its bytes are no UTF-16: save it as UTF-8', whole);
}
