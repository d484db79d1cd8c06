// page.ts - the page itself: its only HTML, the files of the bundle, and the policy that keeps everything else out.
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliDecompressSync } from 'node:zlib';
import type { Context } from 'hono';

/** dist/dash, which src/setup/build.mjs makes; from dist/src as from src. */
const BUNDLE = fileURLToPath(
  new URL(import.meta.url.includes('/dist/') ? '../../../dash' : '../../../dist/dash', import.meta.url),
);

const TYPES: Readonly<Record<string, string>> = {
  'page.js': 'text/javascript; charset=utf-8',
  'page.css': 'text/css; charset=utf-8',
  'licences.txt': 'text/plain; charset=utf-8',
};

const NOT_BUILT = 'The page has not been built. Build it with: npm run build:page\n';

/**
 * Nothing from elsewhere and nothing inline. The nonce is for the style elements that the terminal and the editor make
 * themselves.
 */
const policy = (nonce: string): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "connect-src 'self'",
    "img-src 'self' data:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');

const html = (nonce: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>kubewire</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/assets/page.css" nonce="${nonce}">
<script type="module" src="/assets/page.js" nonce="${nonce}"></script>
</head>
<body><noscript>The page needs JavaScript.</noscript></body>
</html>
`;

/** Headers that hold for everything the listener sends. */
export function guard(c: Context): void {
  c.header('x-content-type-options', 'nosniff');
  c.header('referrer-policy', 'no-referrer');
  c.header('cross-origin-resource-policy', 'same-origin');
  c.header('cache-control', 'no-store');
}

/** Any view: the page reads from its address which one. */
export function servePage(c: Context): Response {
  if (!existsSync(join(BUNDLE, 'page.js.br'))) return c.text(NOT_BUILT, 503);
  const nonce = randomBytes(16).toString('base64url');
  c.header('content-security-policy', policy(nonce));
  return c.html(html(nonce));
}

/** A file of the bundle. It is kept compressed; to send it so would save nothing on loopback. */
export function serveAsset(c: Context, name: string): Response {
  const type = TYPES[name];
  if (type === undefined) return c.text('there is no such file\n', 404);
  const content = brotliDecompressSync(readFileSync(join(BUNDLE, `${name}.br`)));
  return c.body(new Uint8Array(content), 200, { 'content-type': type });
}
