// strategies.test.ts - a strategy of the contract is everywhere where it must be: what was forgotten is named.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { SERIES } from '../../bench/output/chart.js';
import { STRATEGY_SPECS } from '../../src/abi/strategies.js';
import { STRATEGIES } from '../../src/compile/strategy.js';

const here = dirname(fileURLToPath(import.meta.url));
const root = here.includes('/dist/') ? join(here, '../../..') : join(here, '../..');

const read = (file: string): string => (existsSync(join(root, file)) ? readFileSync(join(root, file), 'utf8') : '');

test('numbers and words of strategies are used once, and each compiles under its own word', () => {
  assert.equal(new Set(STRATEGY_SPECS.map(({ number }) => number)).size, STRATEGY_SPECS.length);
  assert.deepEqual(
    STRATEGIES.map(({ name }) => name),
    STRATEGY_SPECS.map(({ word }) => word),
  );
  for (const { name, word } of STRATEGY_SPECS) assert.equal(name, word.toUpperCase());
});

test('every strategy has its files, its lines in the law and in reports, and an image to be tested with', () => {
  const missing = STRATEGY_SPECS.flatMap(({ word, lookup, choice }) => {
    const [match, choose] = [`native/core/match_${lookup}.h`, 'native/core/choose.h'];
    const image = word === 'nftables' ? 'world.kwim' : `${word}.kwim`;
    const places: readonly [place: string, isThere: boolean][] = [
      [`src/compile/${word}.ts`, existsSync(join(root, `src/compile/${word}.ts`))],
      [`${match}: kw_rules_${lookup}`, read(match).includes(`*kw_rules_${lookup}(`)],
      [`native/core/match.h: include of match_${lookup}.h`, read('native/core/match.h').includes(`match_${lookup}.h`)],
      [`${choose}: kw_choose_${choice}`, read(choose).includes(` kw_choose_${choice}(`)],
      ['native/law/match.md: how it finds a frontend', read('native/law/match.md').includes(`| \`${word}\` |`)],
      ['native/law/choose.md: how it chooses', read('native/law/choose.md').includes(`\`${word}\``) || word === 'ipvs'],
      ['README.md', read('README.md').includes(`\`${word}\``)],
      ['bench/output/chart.ts: SERIES', (SERIES as readonly string[]).includes(word)],
      [`test/native/world.ts: ${image}`, word === 'nftables' || read('test/native/world.ts').includes(image)],
      [`test/native/patch_test.cc: ${image}`, read('test/native/patch_test.cc').includes(`"${image}"`)],
      [`test/fuzz/fuzz_patch.cc: ${image}`, read('test/fuzz/fuzz_patch.cc').includes(`"${image}"`)],
    ];
    return places.filter(([, isThere]) => !isThere).map(([place]) => `${word}: ${place}`);
  });
  assert.deepEqual(missing, []);
});
