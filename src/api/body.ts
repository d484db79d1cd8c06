// body.ts - the body of a request: read within a limit of bytes, and decoded as its media type says.
import type { Context } from 'hono';
import { parse as parseYaml } from 'yaml';
import { badRequest, StatusError } from '../cluster/status.js';
import { DEPTH_LIMIT } from '../manifest/depth.js';
import { decodeProtobuf, ProtobufError } from '../schema/protobuf/decode.js';

/** Longest body, in bytes: as the API server's limit. */
export const BODY_LIMIT = 3 * 1024 * 1024;

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

/** Reads no more than the limit, whatever is sent. Throws RequestEntityTooLarge. */
export async function readBytes(c: Context, limit = BODY_LIMIT): Promise<Buffer> {
  const declared = Number(c.req.header('content-length') ?? 0);
  if (declared > limit) throw tooLarge(limit);
  const parts: Uint8Array[] = [];
  let bytes = 0;
  const { body } = c.req.raw;
  if (body === null) return Buffer.alloc(0);
  for await (const part of body as unknown as AsyncIterable<Uint8Array>) {
    bytes += part.length;
    if (bytes > limit) throw tooLarge(limit);
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** How deep a JSON text nests; brackets inside of texts do not count. */
export function jsonDepth(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{}]/gs)) {
    if (token === '[' || token === '{') deepest = Math.max(deepest, ++depth);
    else if (token === ']' || token === '}') depth--;
  }
  return deepest;
}

/** What is nested more deeply than any object of the API is refused: written out again, it would exhaust the stack. */
function parseJson(text: string): unknown {
  if (jsonDepth(text) > DEPTH_LIMIT) throw badRequest(`error decoding the body: nested deeper than ${DEPTH_LIMIT}`);
  return JSON.parse(text);
}

/** The body as a value: JSON, YAML or protobuf by its media type; undefined if there is none. */
export async function readBody(c: Context): Promise<unknown> {
  const bytes = await readBytes(c);
  const type = mediaType(c);
  try {
    if (type === PROTOBUF) return bytes.length === 0 ? undefined : decodeProtobuf(bytes);
    const text = bytes.toString('utf8');
    if (type.endsWith('yaml')) return parseYaml(text);
    return text === '' ? undefined : parseJson(text);
  } catch (error) {
    if (error instanceof StatusError) throw error;
    const detail = error instanceof Error ? error.message : String(error);
    throw badRequest(error instanceof ProtobufError ? detail : `error decoding the body: ${detail}`);
  }
}
