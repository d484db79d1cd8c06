// once.test.ts - what is said in one place is said nowhere else, and what is generated from it is fresh.
import { cHeader } from '../../src/abi/cheader.js';
import { REASON_SPECS } from '../../src/abi/reasons.js';
import { STRATEGY_SPECS } from '../../src/abi/strategies.js';
import { tsModule } from '../../src/abi/tsmodule.js';
import type { Source } from '../support/sources.js';
import { rule } from './rule.js';

/** `FILE:LINE` of every line that a pattern matches. */
const linesWith = (files: readonly Source[], isWrong: (line: string) => boolean): string[] =>
  files.flatMap(({ path, text }) => text.split('\n').flatMap((line, i) => (isWrong(line) ? [`${path}:${i + 1}`] : [])));

rule('whether an address is IPv6 is asked of model/address.ts', {
  where: [['src', 'bench', 'test'], /^(?!test\/tidy\/once).*\.ts$/],
  finds: (files) =>
    linesWith(
      files.filter(({ path }) => path !== 'src/model/address.ts'),
      (line) => /\.includes\((['"`]):\1\)/.test(line),
    ),
  planted: [
    { path: 'src/a.ts', text: "const v6 = ip.includes(':');" },
    { path: 'src/model/address.ts', text: "text.includes(':')" },
  ],
  found: ['src/a.ts:1'],
});

const REASONS = REASON_SPECS.map(({ name }) => name).join('|');
/** A table of sentences for reasons, and a choice by section or reason that is not generated. */
const TEXT = new RegExp(`^\\s*(\\[Reason\\.\\w+\\]|\\['?(${REASONS})'?\\]|(${REASONS})): *['"\`]\\S+ `);
const CASE = /\bcase KW_(SECTION|REASON)_\w/;

rule('what the contract says of sections and reasons is said nowhere else', {
  where: [['src', 'native', 'bench'], /^(?!src\/abi\/).*\.(ts|h|cc)$/],
  finds: (files) => linesWith(files, (line) => TEXT.test(line) || (CASE.test(line) && !line.includes('##'))),
  planted: [
    { path: 'src/cli/a.ts', text: "const TEXTS = {\n  [Reason.NO_ENDPOINTS]: 'no endpoint is left',\n};\n" },
    { path: 'src/cli/b.ts', text: "const TEXTS = {\n  NO_ENDPOINTS: 'no endpoint is left',\n};\n" },
    { path: 'native/engine/c.cc', text: 'switch (section) {\n  case KW_SECTION_SERVICE:\n    return 4;\n}\n' },
    { path: 'native/engine/d.cc', text: 'if (reason == KW_REASON_NO_ENDPOINTS) return true;\n' },
  ],
  found: ['src/cli/a.ts:2', 'src/cli/b.ts:2', 'native/engine/c.cc:2'],
});

/** A strategy told from the others by its name: of a property that its row in src/abi/strategies.ts should have. */
const BY_NAME = new RegExp(
  `[!=]== ?(Strategy|StrategyNumber)\\.[A-Z]+\\b|[!=]= KW_STRATEGY_[A-Z]+\\b|\\b(strategy|name|word)\\)? [!=]== '(${STRATEGY_SPECS.map(({ word }) => word).join('|')})'`,
);

rule('nobody asks for a strategy by its name: what sets it apart is in its row', {
  where: [['src', 'native', 'bench'], /\.(ts|h|cc)$/],
  finds: (files) => linesWith(files, (line) => BY_NAME.test(line)),
  planted: [
    { path: 'src/engine/a.ts', text: 'const scheduled = tables.strategy === Strategy.IPVS;\n' },
    { path: 'src/render/b.ts', text: "return strategy === 'ipvs' ? one : other;\n" },
    { path: 'native/core/c.h', text: 'return tables->strategy == KW_STRATEGY_PERFECT ? place : 0;\n' },
    { path: 'src/compile/d.ts', text: 'return { ...made, strategy: StrategyNumber.EBPF };\n' },
  ],
  found: ['src/engine/a.ts:1', 'src/render/b.ts:1', 'native/core/c.h:1'],
});

/** Generated files and what writes them. */
const GENERATED: ReadonlyMap<string, () => string> = new Map([
  ['native/abi/abi.gen.h', cHeader],
  ['src/abi/abi.gen.ts', tsModule],
]);

rule('the generated contract is fresh on both sides of the border', {
  where: [[...GENERATED.keys()], /./],
  finds: (files) =>
    files.filter(({ path, text }) => text !== GENERATED.get(path)?.()).map(({ path }) => `${path}: npm run abi`),
  planted: [
    { path: 'native/abi/abi.gen.h', text: cHeader().replace('0', '1') },
    { path: 'src/abi/abi.gen.ts', text: tsModule() },
  ],
  found: ['native/abi/abi.gen.h: npm run abi'],
});
