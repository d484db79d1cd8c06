// token.ts - the `continue` token: where a list resumes, and the version of its first page.
//
// The form and the words are those of k8s.io/apiserver/pkg/storage/continue.go, Kubernetes 1.36.
import { posix } from 'node:path';
import { badRequest } from '../../cluster/status.js';

export interface Token {
  /** resourceVersion of the list; negative = as things are when the page is read. */
  readonly version: number;
  /** The place from which the page begins: `name\0` in one namespace, `namespace/name\0` over all. */
  readonly start: string;
}

const FORM = 'meta.k8s.io/v1';

export const encodeToken = ({ version, start }: Token): string =>
  Buffer.from(JSON.stringify({ v: FORM, rv: version, start })).toString('base64url');

const refuse = (why: string): never => {
  throw badRequest(`invalid continue token: continue key is not valid: ${why}`);
};

function parse(text: string): { v?: unknown; rv?: unknown; start?: unknown } {
  const strange = /[^A-Za-z0-9_-]/.exec(text);
  if (strange) return refuse(`illegal base64 data at input byte ${strange.index}`);
  if (text.length % 4 === 1) return refuse(`illegal base64 data at input byte ${text.length - 1}`);
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return refuse('invalid character in it');
  }
}

/** Throws BadRequest for what is none. */
export function decodeToken(text: string): Token {
  const { v, rv, start } = parse(text);
  if (v !== FORM) return refuse('server does not recognize this encoded version');
  if (typeof rv !== 'number' || !Number.isSafeInteger(rv) || rv === 0)
    return refuse(`incorrect encoded start resourceVersion (version ${FORM})`);
  if (typeof start !== 'string' || start === '') return refuse(`encoded start key empty (version ${FORM})`);
  const key = start.startsWith('/') ? start : `/${start}`;
  if (posix.normalize(key) !== key) return refuse(start);
  return { version: rv, start: key.slice(1) };
}
