// law.test.ts - the law of the packet path in native/law: every clause is named by both engines, and nothing else is.
import type { Source } from '../support/sources.js';
import { rule } from './rule.js';

const INTRODUCTION = 'native/README.md';
const MOST_COLUMNS = 100;

const isPage = ({ path }: Source): boolean => /^native\/law\/.*\.md$/.test(path);
const isNative = ({ path }: Source): boolean => /^native\/(core|engine|io)\/.*\.(h|cc)$/.test(path);
/** Interpretation of frames is the twin's; how tables are laid out for it is said where they are made. */
const isTwin = ({ path }: Source): boolean => /^src\/(engine|wire|image|compile)\/.*\.ts$/.test(path);

const CLAUSE = /\[([A-Z]+-\d+)\]/g;
const DEFINITION = /^\*\*\[([A-Z]+)-(\d+)\]\*\*/gm;

const cited = (files: readonly Source[]): string[] =>
  files.flatMap(({ text }) => [...text.matchAll(CLAUSE)].map(([, id = '']) => id));
const defined = (files: readonly Source[]): string[] =>
  files.filter(isPage).flatMap(({ text }) => [...text.matchAll(DEFINITION)].map(([, page, n]) => `${page}-${n}`));

/** Two small pages of law, and engines that obey them. */
const LAW: readonly Source[] = [
  { path: 'native/law/match.md', text: '**[MATCH-1]** One.\n\n**[MATCH-2]** Two.\n' },
  { path: 'native/law/nat.md', text: '**[NAT-1]** One.\n' },
  { path: 'native/core/all.h', text: '// [MATCH-1] [MATCH-2] [NAT-1]\n' },
  { path: 'src/engine/reference/all.ts', text: '// [MATCH-1] [MATCH-2] [NAT-1]\n' },
  { path: INTRODUCTION, text: '[match](law/match.md), [nat](law/nat.md)\n' },
];
const instead = (path: string, text: string): readonly Source[] => [
  ...LAW.filter((file) => file.path !== path),
  { path, text },
];

function misnumbered(files: readonly Source[]): string[] {
  const pages = files.filter(isPage).map((page) => ({ path: page.path, ids: defined([page]) }));
  const wrong = pages
    .filter(({ ids }) => ids.length === 0 || ids.some((id, i) => id !== `${ids[0]?.split('-')[0]}-${i + 1}`))
    .map(({ path, ids }) => `${path}: ${ids.join(' ')}`);
  const all = pages.flatMap(({ ids }) => ids);
  return [...wrong, ...all.filter((id, i) => all.indexOf(id) !== i).map((id) => `two pages have ${id}`)];
}

rule('clauses are numbered from 1, in order, under a name of their own page', {
  where: [['native/law'], /\.md$/],
  finds: misnumbered,
  planted: [
    { path: 'native/law/gap.md', text: '**[GAP-1]** One.\n**[GAP-3]** Three.\n' },
    { path: 'native/law/mixed.md', text: '**[MIXED-1]** One.\n**[OTHER-2]** Two.\n' },
    { path: 'native/law/twice.md', text: '**[GAP-1]** One.\n' },
  ],
  found: ['native/law/gap.md: GAP-1 GAP-3', 'native/law/mixed.md: MIXED-1 OTHER-2', 'two pages have GAP-1'],
});

function uncited(files: readonly Source[]): string[] {
  const [native, twin] = [new Set(cited(files.filter(isNative))), new Set(cited(files.filter(isTwin)))];
  return defined(files).flatMap((id) => [
    ...(native.has(id) ? [] : [`${id}: not in native/`]),
    ...(twin.has(id) ? [] : [`${id}: not in src/engine, src/wire, src/image or src/compile`]),
  ]);
}

rule('every clause is named by the dataplane, at the line that does it', {
  where: [['native', 'src'], /\.(md|h|cc|ts)$/],
  finds: uncited,
  planted: instead('native/core/all.h', '// [MATCH-1] [NAT-1]\n'),
  found: ['MATCH-2: not in native/'],
});

rule('every clause is named by the twin of the dataplane, at the line that does it', {
  where: [['native', 'src'], /\.(md|h|cc|ts)$/],
  finds: uncited,
  planted: instead('src/engine/reference/all.ts', '// [MATCH-1] [MATCH-2]\n'),
  found: ['NAT-1: not in src/engine, src/wire, src/image or src/compile'],
});

function unknown(files: readonly Source[]): string[] {
  const ids = new Set(defined(files));
  const pages = new Set([...ids].map((id) => id.split('-')[0]));
  return files.flatMap((file) =>
    cited([file])
      .filter((id) => pages.has(id.split('-')[0]) && !ids.has(id))
      .map((id) => `${file.path}: [${id}]`),
  );
}

rule('nobody names a clause that does not exist', {
  where: [['native', 'src', 'test', 'bench'], /^(?!test\/tidy\/law).*\.(md|h|cc|ts)$/],
  finds: unknown,
  planted: [...LAW, { path: 'test/nat.test.ts', text: "test('rewrites [NAT-1], not [NAT-2]'); // see [RFC-1]\n" }],
  found: ['test/nat.test.ts: [NAT-2]'],
});

rule(`the law is read in lines of at most ${MOST_COLUMNS} columns`, {
  where: [['native'], /\.md$/],
  finds: (files) =>
    files.flatMap(({ path, text }) =>
      text
        .split('\n')
        .flatMap((line, i) => (line.length > MOST_COLUMNS && !line.startsWith('|') ? [`${path}:${i + 1}`] : [])),
    ),
  planted: [{ path: 'native/law/wide.md', text: `short\n${'x'.repeat(101)}\n| ${'x'.repeat(101)} |\n` }],
  found: ['native/law/wide.md:2'],
});

rule('the introduction to the law lists every page', {
  where: [['native'], /\.md$/],
  finds: (files) => {
    const introduction = files.find(({ path }) => path === INTRODUCTION)?.text ?? '';
    const isListed = ({ path }: Source): boolean => introduction.includes(`(law/${path.split('/').at(-1)})`);
    return files.filter((file) => isPage(file) && !isListed(file)).map(({ path }) => path);
  },
  planted: instead(INTRODUCTION, '[match](law/match.md)\n'),
  found: ['native/law/nat.md'],
});
