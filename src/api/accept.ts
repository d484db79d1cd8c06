// accept.ts - checks the Accept header before anything else is looked at.
//
// The router of the API server (go-restful, Route.matchesAccept) compares media types without their parameters.
import type { Context } from 'hono';
import { notRepresentable } from '../cluster/status.js';
import { PROTOBUF } from './body.js';
import type { Target } from './request.js';

/** Media types in which the API server reads objects and writes answers. */
export const TYPES = ['application/json', 'application/yaml', PROTOBUF];
/** And those of watches. */
export const STREAMS = ['application/json;stream=watch', 'application/vnd.kubernetes.protobuf;stream=watch'];

/** Throws NotAcceptable if the client accepts none of the available types. */
export function checkAccept(c: Context, { name }: Target): void {
  const header = c.req.header('accept');
  if (!header) return;
  const types = header.split(',').map((entry) => (entry.split(';')[0] ?? '').trim());
  if (types.some((type) => type === '*/*' || TYPES.includes(type))) return;
  throw notRepresentable(c.req.method === 'GET' && name === undefined ? [...TYPES, ...STREAMS] : TYPES);
}
