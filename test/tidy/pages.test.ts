// pages.test.ts - what README.md and the other pages say of the house is the house as it is.
import { dirname, join, normalize } from 'node:path';
import type { Source } from '../support/sources.js';
import { rule } from './rule.js';

const isPage = ({ path }: Source): boolean => path.endsWith('.md') && !path.startsWith('test/scenario/');
const HOUSE = ['README.md', 'CONTRIBUTING.md', 'LICENSE', 'src', 'native', 'bench', 'test', 'examples'];

/** The words in backticks in the first column of README's table of folders. */
function foldersOfReadme(text: string): string[] {
  const [, table = ''] = /^\| folder of `src\/` .*\n\|---.*\n((?:\|.*\n)+)/m.exec(text) ?? [];
  return table
    .split('\n')
    .flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`(\w+)`/g)].map(([, name = '']) => name));
}

function wrongFolders(files: readonly Source[]): string[] {
  const told = foldersOfReadme(files.find(({ path }) => path === 'README.md')?.text ?? '');
  const there = new Set(files.map(({ path }) => /^src\/(\w+)\//.exec(path)?.[1]).filter((name) => name !== undefined));
  return [
    ...[...there].filter((name) => !told.includes(name)).map((name) => `README.md lacks src/${name}`),
    ...told.filter((name) => !there.has(name)).map((name) => `README.md tells of src/${name}, which is gone`),
    ...told.filter((name, i) => told.indexOf(name) !== i).map((name) => `README.md tells of src/${name} twice`),
  ];
}

rule("README's table of folders has every folder of src once, and no other", {
  where: [['README.md', 'src'], /\.(md|ts|mjs)$/],
  finds: wrongFolders,
  planted: [
    {
      path: 'README.md',
      text: '| folder of `src/` | what |\n|---|---|\n| `abi` `attic` | `plan` |\n| `abi` | more |\n',
    },
    { path: 'src/abi/a.ts', text: '' },
    { path: 'src/plan/b.ts', text: '' },
  ],
  found: [
    'README.md lacks src/plan',
    'README.md tells of src/attic, which is gone',
    'README.md tells of src/abi twice',
  ],
});

/** Links of pages that lead to nothing in the house. */
function deadLinks(files: readonly Source[]): string[] {
  const there = new Set(files.flatMap(({ path }) => [path, ...ancestors(path)]));
  return files.filter(isPage).flatMap(({ path, text }) =>
    [...text.matchAll(/\]\((?!https?:|#)([^)#\s]+)[^)]*\)/g)]
      .map(([, link = '']) => link)
      .filter((link) => !there.has(normalize(join(dirname(path), link)).replace(/\/$/, '')))
      .map((link) => `${path}: ${link}`),
  );
}

function ancestors(path: string): string[] {
  const above = dirname(path);
  return above === '.' ? [] : [above, ...ancestors(above)];
}

rule('every link of a page leads to something in the house', {
  where: [HOUSE, /\.(md|ts|mjs|h|cc|yaml|json|gyp|png)$|LICENSE$/],
  finds: deadLinks,
  planted: [
    { path: 'README.md', text: '[one](src/a/README.md) [two](src/b) [three](https://example.com) [four](src/c.ts)\n' },
    { path: 'src/a/README.md', text: '[up](../../README.md) [beside](gone.ts#L1)\n' },
    { path: 'src/b/x.ts', text: '' },
  ],
  found: ['README.md: src/c.ts', 'src/a/README.md: gone.ts'],
});

/** A file named by its whole path. Generated ones, and VERB.ts or match_LOOKUP.h of CONTRIBUTING.md, are no files of the house. */
const NAMED = /(?<![\w/.@-])((?:src|native|bench|test|examples)\/[\w/.-]*\w\.(?:ts|mjs|h|cc|md|yaml))\b/g;
const standsForOthers = (name: string): boolean =>
  /\.gen\./.test(name) || /(^|_)[A-Z]{4,}\./.test(name.replace('README.', '').split('/').at(-1) ?? '');

/** Pages whole, and the comments of code. */
const proseOf = (file: Source): string =>
  isPage(file) ? file.text : [...file.text.matchAll(/(?:^| )\/\/ .*$|^ *(?:\/\*\*|\*) .*$/gm)].join('\n');

rule('every file that a page or a comment names is there', {
  where: [HOUSE, /^(?!test\/tidy\/pages).*\.(md|ts|mjs|h|cc|yaml|json)$/],
  finds: (files) => {
    const there = new Set(files.map(({ path }) => path));
    return files.flatMap((file) =>
      [...proseOf(file).matchAll(NAMED)]
        .map(([, name = '']) => name)
        .filter((name) => !there.has(name) && !there.has(join(dirname(file.path), name)) && !standsForOthers(name))
        .map((name) => `${file.path}: ${name}`),
    );
  },
  planted: [
    { path: 'README.md', text: 'see src/a.ts and src/gone.ts, or write `src/cli/verbs/VERB.ts`' },
    { path: 'src/a.ts', text: "// As src/lost.ts does.\nconst place = 'src/made-up.ts';\n" },
  ],
  found: ['README.md: src/gone.ts', 'src/a.ts: src/lost.ts'],
});
