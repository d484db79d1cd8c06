// strategies.test.ts - a strategy of the contract is everywhere where it must be: what was forgotten is named.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { STRATEGY_SPECS, type StrategySpec } from '../../src/abi/strategies.js';
import { type Source, sources } from '../support/sources.js';

test('numbers and words of strategies are used once, and each compiles under its own word', async () => {
  // Loaded here, because it does not load while a compiler is missing; which one, the next test says.
  const { STRATEGIES } = await import('../../src/compile/strategy.js');
  assert.equal(new Set(STRATEGY_SPECS.map(({ number }) => number)).size, STRATEGY_SPECS.length);
  assert.deepEqual(
    STRATEGIES.map(({ name }) => name),
    STRATEGY_SPECS.map(({ word }) => word),
  );
  for (const { name, word } of STRATEGY_SPECS) assert.equal(name, word.toUpperCase());
});

/** `WORD: PLACE` for every place of the house that does not know a strategy yet. */
function forgotten(specs: readonly StrategySpec[], files: readonly Source[]): string[] {
  const texts = new Map(files.map(({ path, text }) => [path, text]));
  return specs.flatMap(({ word, lookup, choice }) => {
    const places: readonly [path: string, says: string][] = [
      [`src/compile/${word}.ts`, `name: '${word}'`],
      ['src/compile/strategy.ts', `'./${word}.js'`],
      [`native/core/match_${lookup}.h`, `*kw_rules_${lookup}(`],
      ['native/core/match.h', `match_${lookup}.h`],
      ['native/core/choose.h', ` kw_choose_${choice}(`],
      ['native/law/match.md', `| \`${word}\` |`],
      ['native/law/choose.md', `\`${word}\``],
      ['README.md', `\`${word}\``],
    ];
    return places
      .filter(([path, says]) => !texts.get(path)?.includes(says))
      .map(([path, says]) => `${word}: ${path} lacks ${says}`);
  });
}

const HOUSE = sources(['src/compile', 'native', 'README.md'], /\.(ts|h|md)$/);

test('every strategy has its files, and its lines in the law and in README', () => {
  assert.deepEqual(forgotten(STRATEGY_SPECS, HOUSE), []);
});

test('a strategy that is only a row is missed everywhere', () => {
  const [first] = STRATEGY_SPECS;
  const row = { ...first, name: 'NEW', word: 'new', lookup: 'newest', choice: 'dice' } as unknown as StrategySpec;
  assert.deepEqual(forgotten([row], HOUSE), [
    "new: src/compile/new.ts lacks name: 'new'",
    "new: src/compile/strategy.ts lacks './new.js'",
    'new: native/core/match_newest.h lacks *kw_rules_newest(',
    'new: native/core/match.h lacks match_newest.h',
    'new: native/core/choose.h lacks  kw_choose_dice(',
    'new: native/law/match.md lacks | `new` |',
    'new: native/law/choose.md lacks `new`',
    'new: README.md lacks `new`',
  ]);
});
