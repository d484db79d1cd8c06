// health.ts - /healthz, /livez and /readyz: an answer means the server is up. Checks can be read singly or as a list.
import type { Context, Hono } from 'hono';
import { pageNotFound } from './discovery.js';

/** Parts that are there as long as the process is. */
const CHECKS: Readonly<Record<string, readonly string[]>> = {
  healthz: ['ping', 'log', 'store', 'controllers'],
  livez: ['ping', 'log', 'store', 'controllers'],
  readyz: ['ping', 'log', 'store', 'controllers', 'informer-sync', 'shutdown'],
};

function report(c: Context, name: string, checks: readonly string[]): Response {
  if (c.req.query('verbose') === undefined) return c.text('ok');
  const excluded = new Set(c.req.queries('exclude') ?? []);
  const lines = checks.map((check) => (excluded.has(check) ? `[+]${check} excluded: ok` : `[+]${check} ok`));
  return c.text(`${lines.join('\n')}\n${name} check passed\n`);
}

export function serveHealth(app: Hono): void {
  for (const [name, checks] of Object.entries(CHECKS)) {
    app.get(`/${name}`, (c) => report(c, name, checks));
    app.get(`/${name}/:check`, (c) => (checks.includes(c.req.param('check')) ? c.text('ok') : pageNotFound(c)));
  }
}
