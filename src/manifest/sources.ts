// sources.ts - the texts behind the paths of a command line: files, directories and standard input.

import { closeSync, fstatSync, openSync, readdirSync, readSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import { isatty } from 'node:tty';
import type { Issue } from '../model/issue.js';
import { decodeText } from './encoding.js';

export interface SourceText {
  /** Path as given, or `<stdin>`. */
  readonly file: string;
  readonly text: string;
}

interface Sources {
  readonly texts: SourceText[];
  readonly issues: Issue[];
}

const EXTENSION = /\.(?:yaml|yml|json)$/;

/** Bytes of one source at most: more than any cluster has in manifests, and far from what a machine has in memory. */
const SOURCE_LIMIT = 64 * 1024 * 1024;
/** Bytes that are read at once. */
const PART = 1024 * 1024;

/** Why a source is no text, as a sentence. */
class Unreadable extends Error {}

/** Line 0 says that the whole file is meant. */
function fileIssue(file: string, detail: string): Issue {
  return { type: 'FieldValueNotFound', field: '', message: detail, detail, place: { file, line: 0, column: 0 } };
}

function reason(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ENOENT') return 'the path does not exist';
  if (code === 'EACCES') return 'no permission to read it';
  return error instanceof Error ? error.message : String(error);
}

const tooLarge = (): Unreadable =>
  new Unreadable(`it has more than ${SOURCE_LIMIT / 1024 / 1024} MiB, which is the limit for manifests: split it`);

/** A device never ends, or is no text; a terminal, a pipe that was named and /dev/null are as good as a file. */
function checkKind(descriptor: number, stats: Stats): void {
  if (stats.isFile() && stats.size > SOURCE_LIMIT) throw tooLarge();
  const isNothing = stats.isCharacterDevice() && stats.rdev === statSync('/dev/null').rdev;
  if (stats.isBlockDevice() || (stats.isCharacterDevice() && !isatty(descriptor) && !isNothing)) {
    throw new Unreadable('it is a device, not a manifest');
  }
}

/** Reads to the end, or throws as soon as there is too much. */
function readAll(descriptor: number): Buffer {
  checkKind(descriptor, fstatSync(descriptor));
  const parts: Buffer[] = [];
  let size = 0;
  for (;;) {
    const part = Buffer.allocUnsafe(PART);
    const count = readSome(descriptor, part);
    if (count === 0) return Buffer.concat(parts, size);
    size += count;
    if (size > SOURCE_LIMIT) throw tooLarge();
    parts.push(part.subarray(0, count));
  }
}

/** Waits for whoever writes to a pipe that does not block. */
function readSome(descriptor: number, part: Buffer): number {
  for (;;) {
    try {
      return readSync(descriptor, part, 0, part.length, null);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EOF') return 0;
      if (code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}

function readFile(path: string): Buffer {
  const descriptor = openSync(path, 'r');
  try {
    return readAll(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function textOf(file: string, read: () => Buffer): Sources {
  try {
    const decoded = decodeText(file, read());
    return typeof decoded === 'string'
      ? { texts: [{ file, text: decoded }], issues: [] }
      : { texts: [], issues: [decoded] };
  } catch (error) {
    return { texts: [], issues: [fileIssue(file, reason(error))] };
  }
}

/** A file of a directory. What is no file is not opened: a pipe would be waited for without an end. */
function readMember(path: string): Buffer {
  if (!statSync(path).isFile()) throw new Unreadable('it is not a file, though its name ends as that of a manifest');
  return readFile(path);
}

function directory(path: string): Sources {
  const entries = readdirSync(path, { withFileTypes: true });
  const names = entries
    .filter((entry) => EXTENSION.test(entry.name) && !entry.isDirectory())
    .map(({ name }) => name)
    .sort();
  if (names.length === 0) {
    const inside = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
    const hint = inside.length > 0 ? `; its folders are not looked into: ${inside.join(', ')}` : '';
    return { texts: [], issues: [fileIssue(path, `the directory has no manifests (*.yaml, *.yml, *.json)${hint}`)] };
  }
  return together(names.map((name) => join(path, name)).map((file) => textOf(file, () => readMember(file))));
}

function sourcesOf(path: string): Sources {
  if (path === '-') return textOf('<stdin>', () => readAll(0));
  try {
    if (statSync(path).isDirectory()) return directory(path);
  } catch (error) {
    return { texts: [], issues: [fileIssue(path, reason(error))] };
  }
  return textOf(path, () => readFile(path));
}

const together = (parts: readonly Sources[]): Sources => ({
  texts: parts.flatMap(({ texts }) => texts),
  issues: parts.flatMap(({ issues }) => issues),
});

/** Reads every path: a file, the manifests of a directory (by name, not of its subdirectories), or `-`. */
export const readSources = (paths: readonly string[]): Sources => together(paths.map(sourcesOf));
