// encoding.ts - how answers are written: JSON on one line, JSON for people to read, or YAML.
//
// Rules of k8s.io/apiserver/pkg/endpoints/handlers/negotiation, Kubernetes 1.36.
import type { Context, Hono, Next } from 'hono';
import { toYaml } from '../manifest/written/yaml.js';

export type Encoding = 'json' | 'pretty' | 'yaml';

const JSON_TYPE = 'application/json';
const YAML_TYPE = 'application/yaml';

/** What Go's strconv.ParseBool takes for true. */
const TRUE = new Set(['1', 't', 'T', 'true', 'TRUE', 'True']);
/** Programs with which people read answers. */
const READERS = /^(curl|Wget|Mozilla\/5\.0)/;

/** The first media type that the client accepts and the server can write. */
export function isYaml(accept: string | undefined): boolean {
  if (!accept?.includes(YAML_TYPE)) return false;
  const types = accept.split(',').map((entry) => (entry.split(';')[0] ?? '').trim());
  return types.find((type) => type === YAML_TYPE || type === JSON_TYPE || type.includes('*')) === YAML_TYPE;
}

/** `?pretty=…` decides; without it programs that people read are given lines. */
export function encodingOf(c: Context): Encoding {
  if (isYaml(c.req.header('accept'))) return 'yaml';
  const asked = c.req.query('pretty');
  const pretty = asked ? TRUE.has(asked) : READERS.test(c.req.header('user-agent') ?? '');
  return pretty ? 'pretty' : 'json';
}

export const contentType = (encoding: Encoding): string => (encoding === 'yaml' ? YAML_TYPE : JSON_TYPE);

const encode = (encoding: Encoding, value: unknown): string =>
  encoding === 'yaml' ? toYaml(value) : JSON.stringify(value, null, encoding === 'pretty' ? 2 : undefined);

/** Stands for the items of a list while the rest of it is written. */
const ITEMS = 'items-stand-here';

/** What stands before and after the items of a list. Given and returned: its text, open where they go. */
export function encodeFrame(encoding: Encoding, [before, after]: readonly [string, string]): readonly [string, string] {
  if (encoding === 'json') return [before, after];
  const text = encode(encoding, JSON.parse(`${before}"${ITEMS}"${after}`));
  const place = encoding === 'yaml' ? `- ${ITEMS}\n` : `"${ITEMS}"`;
  const at = text.indexOf(place);
  return [text.slice(0, at), text.slice(at + place.length)];
}

/** Items of a list, given as JSON with commas between them, in the form that goes into its frame. */
export function encodeItems(encoding: Encoding, items: string, first: boolean): string {
  if (encoding === 'json') return first ? items : `,${items}`;
  const values = JSON.parse(`[${items}]`) as unknown[];
  if (encoding === 'yaml') return toYaml(values);
  const texts = values.map((value) => encode('pretty', value).replaceAll('\n', '\n    '));
  return `${first ? '' : ',\n    '}${texts.join(',\n    ')}`;
}

/** Says that an answer is written in its encoding already: streams are. */
export const written = (c: Context): void => c.set('written', true);

/** Writes plain JSON answers as the client wants them. */
export function serveEncodings(app: Hono): void {
  app.use(async (c: Context, next: Next) => {
    await next();
    const encoding = encodingOf(c);
    if (encoding === 'json' || c.get('written')) return;
    if (c.res.headers.get('content-type') !== JSON_TYPE) return;
    const text = await c.res.text();
    if (text === '') return;
    const headers = new Headers(c.res.headers);
    headers.set('content-type', contentType(encoding));
    headers.delete('content-length');
    const { status } = c.res;
    c.res = undefined;
    c.res = new Response(encode(encoding, JSON.parse(text)), { status, headers });
  });
}
