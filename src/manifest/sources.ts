// sources.ts - the texts behind the paths of a command line: files, directories and standard input.

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Issue } from '../model/issue.js';

export interface SourceText {
  /** Path as given, or `<stdin>`. */
  readonly file: string;
  readonly text: string;
}

export interface Sources {
  readonly texts: SourceText[];
  readonly issues: Issue[];
}

const EXTENSION = /\.(?:yaml|yml|json)$/;

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

function textOf(file: string, read: () => string): Sources {
  try {
    return { texts: [{ file, text: read() }], issues: [] };
  } catch (error) {
    return { texts: [], issues: [fileIssue(file, reason(error))] };
  }
}

function filesOf(path: string): string[] | Issue {
  try {
    if (!statSync(path).isDirectory()) return [path];
    const names = readdirSync(path)
      .filter((name) => EXTENSION.test(name))
      .sort();
    if (names.length > 0) return names.map((name) => join(path, name));
    const inside = readdirSync(path, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    const hint =
      inside.length > 0 ? `; its folders are not looked into: ${inside.map(({ name }) => name).join(', ')}` : '';
    return fileIssue(path, `the directory has no manifests (*.yaml, *.yml, *.json)${hint}`);
  } catch (error) {
    return fileIssue(path, reason(error));
  }
}

/** Reads every path: a file, the manifests of a directory (by name, not of its subdirectories), or `-`. */
export function readSources(paths: readonly string[]): Sources {
  const parts = paths.map((path): Sources => {
    if (path === '-') return textOf('<stdin>', () => readFileSync(0, 'utf8'));
    const files = filesOf(path);
    if (!Array.isArray(files)) return { texts: [], issues: [files] };
    const read = files.map((file) => textOf(file, () => readFileSync(file, 'utf8')));
    return { texts: read.flatMap((r) => r.texts), issues: read.flatMap((r) => r.issues) };
  });
  return { texts: parts.flatMap((p) => p.texts), issues: parts.flatMap((p) => p.issues) };
}
