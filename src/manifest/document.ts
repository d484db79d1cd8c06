// document.ts - text to documents: the value of each YAML or JSON document, and the place of every field in it.
//
// A document is read by the fast reader of plain
// YAML if it can be; places are worked out by the full parser, and only when somebody asks for one.

import { type Document, isMap, isSeq, LineCounter, parseAllDocuments } from 'yaml';
import type { Issue, Place } from '../model/issue.js';
import { hasForeignBreaks, restoreBreaks, withLineFeeds } from './breaks.js';
import { type Chunk, documentChunks, jsonChunks } from './chunks.js';
import { DEPTH_LIMIT, nestsTooDeeply } from './depth.js';
import { fieldSteps, keyText, offsetOf, startOf } from './field-path.js';
import { type Explanation, explain, sentence, templateIn } from './mistakes.js';
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

interface Reading {
  readonly documents: SourceDocument[];
  readonly issues: Issue[];
}

/** The reading of a whole text. */
interface TextReading extends Reading {
  /** Lines on which documents begin, with or without mistakes. */
  readonly starts: number[];
}

type Parsed = Document.Parsed;

interface Full {
  readonly documents: Parsed[];
  readonly counter: LineCounter;
}

/** Counts lines as editors do: by line feeds. */
function lineCounter(text: string): LineCounter {
  const counter = new LineCounter();
  counter.addNewLine(0);
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) counter.addNewLine(at + 1);
  return counter;
}

function parseFull(chunk: Chunk): Full {
  const parsed = parseAllDocuments(
    withLineFeeds(chunk.text),
    YAML_OPTIONS as unknown as Parameters<typeof parseAllDocuments>[1],
  );
  const documents = Array.isArray(parsed) ? (parsed as Parsed[]) : [];
  for (const document of documents) restoreBreaks(document, chunk.text);
  return { documents, counter: lineCounter(chunk.text) };
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

/** A key that is a mapping or a list: JSON has no such thing, and most are a template's braces. */
function collectionKey(node: unknown): number | undefined {
  if (isSeq(node)) return first(node.items, collectionKey);
  if (!isMap(node)) return undefined;
  return first(node.items, ({ key, value }) => (isMap(key) || isSeq(key) ? startOf(key) : collectionKey(value)));
}

function first<T>(items: readonly T[], find: (item: T) => number | undefined): number | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** What makes a document unreadable. */
function syntaxOf(text: string, document: Parsed): Explanation | undefined {
  const [error] = document.errors;
  if (error) return explain(text, error);
  const offset = collectionKey(document.contents);
  if (offset === undefined) return undefined;
  return templateIn(text) ?? { detail: 'a mapping or a list cannot be a key', offset };
}

function readOne(chunk: Chunk, full: Full, document: Parsed): Reading {
  const wrong = syntaxOf(withLineFeeds(chunk.text), document);
  if (wrong) {
    const place = placeAt(chunk, full.counter, visible(chunk.text, wrong.offset));
    return { documents: [], issues: [issueAt('Syntax', '', wrong.detail, place)] };
  }
  const issues = duplicateKeys(chunk, full, document.contents, '');
  const value = document.toJS({ maxAliasCount: 100 }) as unknown;
  if (value === null || value === undefined) return { documents: [], issues };
  const place: SourceDocument['place'] = (field, part) =>
    placeAt(chunk, full.counter, offsetOf(document, fieldSteps(field), part));
  return { documents: [{ file: chunk.file, value, place }], issues };
}

/** A document after the first of a piece: those who read pieces one by one, as kubectl does, would never see it. */
function unread(chunk: Chunk, full: Full, document: Parsed): Reading {
  const detail = 'a document begins here after a line end that is no line feed: kubectl does not see it';
  return { documents: [], issues: [issueAt('Syntax', '', detail, placeAt(chunk, full.counter, document.range[0]))] };
}

/** The nearest place that shows something: further right on the line, or, at the end of the text, back. */
function visible(text: string, offset: number): number {
  const end = text.trimEnd().length;
  if (offset >= end) return Math.max(0, end - 1);
  let at = offset;
  while (text[at] === ' ' || text[at] === '\t') at++;
  return text[at] === '\n' ? offset : at;
}

/** The reading by the full parser; what breaks the parser itself is an issue at the beginning of the piece. */
function readFull(chunk: Chunk): Reading {
  const start = { file: chunk.file, line: chunk.linesBefore + 1, column: 1 };
  const broken = (detail: string): Reading => ({ documents: [], issues: [issueAt('Syntax', '', detail, start)] });
  if (nestsTooDeeply(chunk.text)) return broken(`nested deeper than ${DEPTH_LIMIT} levels`);
  try {
    const full = parseFull(chunk);
    const readings = full.documents.map((document) => readOne(chunk, full, document));
    const unseen = full.documents.slice(1).find(({ range }) => hasForeignBreaks(chunk.text.charAt(range[0] - 1)));
    if (unseen) readings.push(unread(chunk, full, unseen));
    return { documents: readings.flatMap((r) => r.documents), issues: readings.flatMap((r) => r.issues) };
  } catch (error) {
    // Aliases that multiply without bound, or stand for nothing, are refused by the parser with an exception.
    const message = sentence(error instanceof Error ? error.message : String(error));
    const alias = /^Unresolved alias .*: (\S+)$/.exec(message)?.[1];
    if (alias === undefined) return broken(message);
    const place = placeAt(chunk, lineCounter(chunk.text), Math.max(0, chunk.text.indexOf(`*${alias}`)));
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

/** What a fast reader makes of one document, JSON or plain YAML; undefined when it takes the full parser. */
function readFast(text: string): { value: unknown } | undefined {
  const content = text.replace(/^---[ \t]*\n/, '');
  return (/^[ \t\n]*[{[]/.test(content) && readJson(content)) || readPlain(text);
}

/** Characters that YAML has no use for (YAML 1.2, 5.1), wherever they stand. JSON takes some of them in texts. */
const UNPRINTABLE = /(?![\t\n\u0085])\p{Cc}|[\ufeff\ufffe\uffff]/u;

function unprintable(chunk: Chunk): Issue | null {
  const at = chunk.text.search(UNPRINTABLE);
  if (at < 0) return null;
  const before = chunk.text.slice(0, at).split('\n');
  const place = { file: chunk.file, line: chunk.linesBefore + before.length, column: (before.at(-1)?.length ?? 0) + 1 };
  const code = chunk.text.charCodeAt(at).toString(16).toUpperCase().padStart(4, '0');
  return issueAt('Syntax', '', `the control character U+${code} has no place in a manifest`, place);
}

function readChunk(chunk: Chunk): Reading {
  const fast = readFast(chunk.text);
  if (fast) return known(chunk, fast.value);
  const strange = unprintable(chunk);
  return strange ? { documents: [], issues: [strange] } : readFull(chunk);
}

/** All documents of a text with `\n` at its line ends, and everything that is wrong with it as text. Empty documents are left out. */
export function readDocuments(file: string, content: string): TextReading {
  const text = content.replace(/^\uFEFF/, '');
  const isJson = /^[ \t\n]*[{[]/.test(text);
  const json = isJson ? readJson(text) : undefined;
  if (json) return { ...known({ file, text, linesBefore: 0 }, json.value), starts: [1] };
  const chunks = (isJson && jsonChunks(file, text)) || documentChunks(file, text);
  const readings = chunks.map(readChunk);
  return {
    documents: readings.flatMap((r) => r.documents),
    issues: readings.flatMap((r) => r.issues),
    starts: chunks.map(({ linesBefore }) => linesBefore + 1),
  };
}
