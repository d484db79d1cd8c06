// document.ts - text to documents: the value of each YAML or JSON document, and the place of every field in it.
//
// A document is read by the fast reader of plain
// YAML if it can be; places are worked out by the full parser, and only when somebody asks for one.

import { type Document, isMap, isSeq, LineCounter, parseAllDocuments } from 'yaml';
import type { Issue, Place } from '../model/issue.js';
import { DEPTH_LIMIT, nestsTooDeeply } from './depth.js';
import { fieldSteps, keyText, offsetOf, startOf } from './field-path.js';
import { readPlain } from './plain.js';
import { YAML_OPTIONS } from './scalars.js';

/** One document of a text. */
export interface SourceDocument {
  readonly file: string;
  /** What JSON would hold. */
  readonly value: unknown;
  /**
   * Place of a field path such as `spec.ports[0].port`, or of the nearest part of it that is written: of its value if
   * that is on one line and the `key` is not asked for, else of its key.
   */
  place(field: string, part?: 'key'): Place;
}

export interface Reading {
  readonly documents: SourceDocument[];
  readonly issues: Issue[];
}

/** The reading of a whole text. */
export interface TextReading extends Reading {
  /** Lines on which documents begin, with or without mistakes. */
  readonly starts: number[];
}

/** A piece of a text: one document, or everything when the markers of the text are unusual. */
interface Chunk {
  readonly file: string;
  readonly text: string;
  /** Lines of the file before this piece. */
  readonly linesBefore: number;
}

type Parsed = Document.Parsed;

interface Full {
  readonly documents: Parsed[];
  readonly counter: LineCounter;
}

function parseFull(chunk: Chunk): Full {
  const counter = new LineCounter();
  const options = { ...YAML_OPTIONS, lineCounter: counter } as unknown as Parameters<typeof parseAllDocuments>[1];
  const parsed = parseAllDocuments(chunk.text, options);
  return { documents: Array.isArray(parsed) ? (parsed as Parsed[]) : [], counter };
}

function placeAt(chunk: Chunk, counter: LineCounter, offset: number): Place {
  const { line, col } = counter.linePos(offset);
  return { file: chunk.file, line: chunk.linesBefore + Math.max(1, line), column: Math.max(1, col) };
}

const issueAt = (type: Issue['type'], field: string, detail: string, place: Place): Issue => ({
  type,
  field,
  message: field === '' ? detail : `${field}: ${detail}`,
  detail,
  place,
});

/** Keys that stand twice in one mapping, with both places. */
function duplicateKeys(chunk: Chunk, full: Full, node: unknown, path: string): Issue[] {
  if (isSeq(node)) return node.items.flatMap((item, i) => duplicateKeys(chunk, full, item, `${path}[${i}]`));
  if (!isMap(node)) return [];
  const first = new Map<string, Place>();
  return node.items.flatMap((pair) => {
    const key = keyText(pair.key);
    const field = path === '' ? key : `${path}.${key}`;
    const place = placeAt(chunk, full.counter, startOf(pair.key) ?? 0);
    const before = first.get(key);
    if (!before) first.set(key, place);
    const detail = `duplicate key, first written at line ${before?.line}, column ${before?.column}`;
    const twice = before && key !== '<<' ? [issueAt('DuplicateKey', field, detail, place)] : [];
    return [...twice, ...duplicateKeys(chunk, full, pair.value, field)];
  });
}

function readOne(chunk: Chunk, full: Full, document: Parsed): Reading {
  const wrong = document.errors.map((error) =>
    issueAt('Syntax', '', sentence(error.message), placeAt(chunk, full.counter, visible(chunk.text, error.pos[0]))),
  );
  if (wrong.length > 0) return { documents: [], issues: wrong.slice(0, 1) };
  const issues = duplicateKeys(chunk, full, document.contents, '');
  const value = document.toJS({ maxAliasCount: 100 }) as unknown;
  if (value === null || value === undefined) return { documents: [], issues };
  const place: SourceDocument['place'] = (field, part) =>
    placeAt(chunk, full.counter, offsetOf(document, fieldSteps(field), part));
  return { documents: [{ file: chunk.file, value, place }], issues };
}

/** The nearest place that shows something: further right on the line, or, at the end of the text, back. */
function visible(text: string, offset: number): number {
  const end = text.trimEnd().length;
  if (offset >= end) return Math.max(0, end - 1);
  let at = offset;
  while (text[at] === ' ' || text[at] === '\t') at++;
  return text[at] === '\n' ? offset : at;
}

/** The parser's message without its own place and picture. */
function sentence(message: string): string {
  return (message.split('\n')[0] ?? '').replace(/ at line \d+, column \d+:?$/, '');
}

/** The reading by the full parser; what breaks the parser itself is an issue at the beginning of the piece. */
function readFull(chunk: Chunk): Reading {
  const start = { file: chunk.file, line: chunk.linesBefore + 1, column: 1 };
  const broken = (detail: string): Reading => ({ documents: [], issues: [issueAt('Syntax', '', detail, start)] });
  if (nestsTooDeeply(chunk.text)) return broken(`nested deeper than ${DEPTH_LIMIT} levels`);
  try {
    const full = parseFull(chunk);
    const readings = full.documents.map((document) => readOne(chunk, full, document));
    return { documents: readings.flatMap((r) => r.documents), issues: readings.flatMap((r) => r.issues) };
  } catch (error) {
    // Aliases that multiply without bound, or stand for nothing, are refused by the parser with an exception.
    const message = sentence(error instanceof Error ? error.message : String(error));
    const alias = /^Unresolved alias .*: (\S+)$/.exec(message)?.[1];
    if (alias === undefined) return broken(message);
    const lines = new LineCounter();
    lines.addNewLine(0);
    for (const { index } of chunk.text.matchAll(/\n/g)) lines.addNewLine(index + 1);
    const place = placeAt(chunk, lines, Math.max(0, chunk.text.indexOf(`*${alias}`)));
    return { documents: [], issues: [issueAt('Syntax', '', message, place)] };
  }
}

/** A document whose value is known already: the full parser runs when a place is asked for. */
function known(chunk: Chunk, value: unknown): Reading {
  let full: Full | undefined;
  const place: SourceDocument['place'] = (field, part) => {
    full ??= parseFull(chunk);
    const document = full.documents[0];
    return document
      ? placeAt(chunk, full.counter, offsetOf(document, fieldSteps(field), part))
      : { file: chunk.file, line: chunk.linesBefore + 1, column: 1 };
  };
  return { documents: [{ file: chunk.file, value, place }], issues: [] };
}

function countKeys(value: unknown): number {
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + countKeys(item), 0);
  if (value === null || typeof value !== 'object') return 0;
  return Object.values(value).reduce<number>((sum, item) => sum + 1 + countKeys(item), 0);
}

/** JSON by the platform's parser, unless a key is written twice: that parser would keep the last one silently. */
function readJson(text: string): { value: unknown } | undefined {
  if (nestsTooDeeply(text)) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    let written = 0;
    for (const match of text.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?/g)) if (match[1] !== undefined) written++;
    return written === countKeys(value) ? { value } : undefined;
  } catch {
    return undefined; // Not JSON: the full parser says what is wrong, and where.
  }
}

const isBlank = (text: string): boolean => text.split('\n').every((line) => /^(?:---)?\s*(?:#.*)?$/.test(line));

function split(file: string, text: string): Chunk[] {
  if (/^(?:%|\.\.\.)/m.test(text)) return [{ file, text, linesBefore: 0 }];
  const chunks: Chunk[] = [];
  let linesBefore = 0;
  for (const piece of text.split(/^(?=---(?:\s|$))/m)) {
    chunks.push({ file, text: piece, linesBefore });
    linesBefore += piece.split('\n').length - 1;
  }
  return chunks;
}

/** What a fast reader makes of one document, JSON or plain YAML; undefined when it takes the full parser. */
function readFast(text: string): { value: unknown } | undefined {
  const content = text.replace(/^---[ \t]*\n/, '');
  return (/^\s*[{[]/.test(content) && readJson(content)) || readPlain(text);
}

/** All documents of a text, and everything that is wrong with it as text. Empty documents are left out. */
export function readDocuments(file: string, content: string): TextReading {
  const text = content.replace(/^\uFEFF/, '');
  if (/^\s*[{[]/.test(text)) {
    const json = readJson(text);
    if (json) return { ...known({ file, text, linesBefore: 0 }, json.value), starts: [1] };
  }
  const chunks = split(file, text).filter((chunk) => !isBlank(chunk.text));
  const readings = chunks.map((chunk) => {
    const plain = readFast(chunk.text);
    return plain ? known(chunk, plain.value) : readFull(chunk);
  });
  return {
    documents: readings.flatMap((r) => r.documents),
    issues: readings.flatMap((r) => r.issues),
    starts: chunks.map(({ linesBefore }) => linesBefore + 1),
  };
}
