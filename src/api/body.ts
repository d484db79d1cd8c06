// body.ts - reads the body of a request up to a size limit, and decodes it by its media type.
import type { Context } from 'hono';
import { LineCounter, parseDocument } from 'yaml';
import { badRequest, StatusError } from '../cluster/status.js';
import { DEPTH_LIMIT, nestsTooDeeply } from '../manifest/depth.js';
import { decodeProtobuf, ProtobufError } from '../schema/protobuf/decode.js';
import { scan } from './json/scan.js';
import { syntaxFault } from './json/syntax.js';

/** Maximum size of a body, in bytes: the API server's limit. */
const BODY_LIMIT = 3 * 1024 * 1024;

export const PROTOBUF = 'application/vnd.kubernetes.protobuf';

/** The media type of the body, without parameters. */
export const mediaType = (c: Context): string =>
  (c.req.header('content-type') ?? 'application/json').split(';')[0]?.trim().toLowerCase() ?? '';

const tooLarge = (limit: number): StatusError =>
  new StatusError({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: `Request entity too large: limit is ${limit}`,
    reason: 'RequestEntityTooLarge',
    code: 413,
  });

/** Never reads more than the limit, whatever is sent. Throws RequestEntityTooLarge. */
export async function readBytes(c: Context, limit = BODY_LIMIT): Promise<Buffer> {
  const declared = Number(c.req.header('content-length') ?? 0);
  if (declared > limit) throw tooLarge(limit);
  const parts: Uint8Array[] = [];
  let bytes = 0;
  // Use Node's own stream if there is one: a Request around it would be created just for this.
  const { incoming } = (c.env ?? {}) as { readonly incoming?: AsyncIterable<Uint8Array> };
  const body = incoming ?? (c.req.raw.body as unknown as AsyncIterable<Uint8Array> | null);
  if (body === null) return Buffer.alloc(0);
  for await (const part of body) {
    bytes += part.length;
    if (bytes > limit) throw tooLarge(limit);
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** Why a body cannot be read, in the decoder's words only; the caller adds the rest. */
export class Unreadable extends Error {
  /** The body; empty if it was not available. */
  readonly bytes: Buffer;

  constructor(message: string, bytes: Buffer = Buffer.alloc(0)) {
    super(message);
    this.bytes = bytes;
  }
}

/** A value, and any faults in its text that do not prevent reading it, in the decoder's words. */
export interface Text {
  readonly value: unknown;
  readonly strict: readonly string[];
}

/** Parses JSON. Rejects text nested deeper than any API object, because writing it out would exhaust the stack. */
export function readJson(text: string): Text {
  const { depth, duplicates } = scan(text);
  if (depth > DEPTH_LIMIT) throw new Unreadable(`nested deeper than ${DEPTH_LIMIT}`);
  try {
    return { value: JSON.parse(text), strict: duplicates.map((path) => `duplicate field "${path}"`) };
  } catch (error) {
    throw new Unreadable(syntaxFault(text) ?? String(error));
  }
}

/** The key at a place of a YAML text, as it is quoted in messages. */
function keyAt(text: string, offset: number): string {
  const [, double, single, plain = ''] =
    /^(?:"((?:[^"\\]|\\.)*)"|'((?:[^']|'')*)'|([^:\n]+))/.exec(text.slice(offset, offset + 1024)) ?? [];
  return JSON.stringify(double ?? single ?? plain.trim());
}

/** Parses YAML. If a map has a key twice, the last one counts, and each is reported with its line. */
export function readYaml(text: string): Text {
  return readFast(text) ?? readSlow(text);
}

/** Clients mostly send JSON as YAML; reading it as JSON keeps large objects fast. Undefined if it is not plain JSON. */
function readFast(text: string): Text | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    const read = readJson(text);
    return read.strict.length === 0 ? read : undefined;
  } catch (error) {
    if (error instanceof Unreadable) return undefined;
    throw error;
  }
}

/** Codes of faults that do not keep a text from being read: of several documents the first counts. */
const PASSED_OVER: ReadonlySet<string> = new Set(['DUPLICATE_KEY', 'MULTIPLE_DOCS']);

function readSlow(text: string): Text {
  if (nestsTooDeeply(text)) throw new Unreadable(`nested deeper than ${DEPTH_LIMIT}`);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, merge: true });
  const at = (offset: number): number => lines.linePos(offset).line;
  const doubled = document.errors.filter(({ code }) => code === 'DUPLICATE_KEY');
  const fault = document.errors.find(({ code }) => !PASSED_OVER.has(code));
  if (fault) throw new Unreadable(`error converting YAML to JSON: yaml: line ${at(fault.pos[0])}: ${yamlWords(fault)}`);
  const strict = doubled.map(({ pos }) => `line ${at(pos[0])}: key ${keyAt(text, pos[0])} already set in map`);
  return { value: document.toJS({ maxAliasCount: 100 }), strict };
}

/** The first line of what the parser says; it shows the text below. */
const yamlWords = ({ message }: { readonly message: string }): string =>
  (message.split('\n')[0] ?? '').replace(/ at line \d+, column \d+:?$/, '');

/** The strict errors of a YAML text as one. */
export const yamlErrors = (strict: readonly string[]): string =>
  `yaml: unmarshal errors:\n${strict.map((error) => `  ${error}`).join('\n')}`;

/** Decodes the body by its media type: JSON, YAML or protobuf; undefined if empty. Throws Unreadable. */
export async function readText(c: Context): Promise<Text & { readonly bytes: Buffer }> {
  const bytes = await readBytes(c);
  try {
    return { ...textOf(bytes, mediaType(c)), bytes };
  } catch (error) {
    throw error instanceof Unreadable ? new Unreadable(error.message, bytes) : error;
  }
}

function textOf(bytes: Buffer, type: string): Text {
  if (type === PROTOBUF) return { value: fromProtobuf(bytes), strict: [] };
  const text = bytes.toString('utf8');
  return type.endsWith('yaml') ? readYaml(text) : readJson(text);
}

function fromProtobuf(bytes: Buffer): unknown {
  try {
    return decodeProtobuf(bytes);
  } catch (error) {
    if (error instanceof ProtobufError) throw new Unreadable(error.message);
    throw error;
  }
}

/** The value of the body. Throws BadRequest. */
export async function readBody(c: Context): Promise<unknown> {
  try {
    return (await readText(c)).value;
  } catch (error) {
    if (error instanceof Unreadable && error.bytes.length === 0) return undefined;
    if (error instanceof Unreadable) throw badRequest(`error decoding the body: ${error.message}`);
    throw error;
  }
}
