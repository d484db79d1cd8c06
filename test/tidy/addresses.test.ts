// addresses.test.ts - addresses are read in one place, and no dependency is carried along unused.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { root, type Source, sources } from '../support/sources.js';

/** Files that look for the colon of an IPv6 address by hand. */
const readAddressesByHand = (files: readonly Source[]): string[] =>
  files
    .filter(({ path, text }) => path !== 'src/model/address.ts' && /\.includes\((['"`]):\1\)/.test(text))
    .map(({ path }) => path);

/** Packages that no file names in quotes. */
const unused = (packages: readonly string[], files: readonly Source[]): string[] =>
  packages.filter(
    (name) => !files.some(({ text }) => [`'${name}'`, `'${name}/`, `"${name}"`].some((word) => text.includes(word))),
  );

test('whether an address is IPv6 is asked of model/address.ts', () => {
  const planted = [
    { path: 'src/a.ts', text: "const v6 = ip.includes(':');" },
    { path: 'src/model/address.ts', text: "text.includes(':')" },
  ];
  assert.deepEqual(readAddressesByHand(planted), ['src/a.ts']);
  const own = 'test/tidy/addresses.test.ts';
  const files = sources(['src', 'bench', 'test'], /\.ts$/).filter(({ path }) => path !== own);
  assert.deepEqual(readAddressesByHand(files), []);
});

test('every package that the program depends on is imported by it', () => {
  const planted = [{ path: 'src/a.ts', text: "import { Hono } from 'hono';" }];
  assert.deepEqual(unused(['hono', 'ipaddr.js'], planted), ['ipaddr.js']);
  const { dependencies = {} } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    dependencies?: Record<string, string>;
  };
  const build = [{ path: 'binding.gyp', text: readFileSync(join(root, 'binding.gyp'), 'utf8') }];
  assert.deepEqual(unused(Object.keys(dependencies), [...sources(['src'], /\.(ts|mjs)$/), ...build]), []);
});
