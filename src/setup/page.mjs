// page.mjs - dist/dash: the page for browsers in one script and one stylesheet, and the licences of what is in them.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { build } from 'esbuild';
import { root } from './say.mjs';

const SOURCE = join(root, 'src/dash');
const TARGET = join(root, 'dist/dash');
/** Browsers of the last two years. */
const BROWSERS = ['chrome120', 'firefox121', 'safari17'];

/** Colours are said in TypeScript, for all pages; the rest of the stylesheet is CSS. */
async function stylesheet() {
  const { palette } = await import(join(root, 'dist/src/dash/palette.js'));
  const imports = ['uplot/dist/uPlot.min.css', '@xterm/xterm/css/xterm.css', './page.css'];
  return [...imports.map((path) => `@import '${path}';`), palette(':root', 'data-shade')].join('\n');
}

/** The folder of the package that a bundled file is from, as it is in node_modules. */
const packageOf = (path) => /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1];

/** The licence of every package of which something is in the bundle. */
function licences(inputs) {
  const names = [...new Set(inputs.flatMap((path) => packageOf(path) ?? []))].sort();
  const texts = names.map((name) => {
    const folder = join(root, 'node_modules', name);
    const file = readdirSync(folder).find((one) => /^licen[cs]e/i.test(one));
    if (file === undefined) throw new Error(`${name} has no licence in its folder`);
    return `${name}\n\n${readFileSync(join(folder, file), 'utf8').trim()}\n`;
  });
  return texts.join(`\n${'-'.repeat(72)}\n\n`);
}

/** Files are kept compressed, so that the package stays small. */
function write(name, content) {
  mkdirSync(TARGET, { recursive: true });
  writeFileSync(join(TARGET, `${name}.br`), brotliCompressSync(content));
}

const common = {
  absWorkingDir: root,
  bundle: true,
  minify: true,
  write: false,
  metafile: true,
  legalComments: 'none',
  logLevel: 'error',
  target: BROWSERS,
};

/** Makes the page anew. Throws what esbuild has found wrong. */
export async function buildPage() {
  const script = await build({
    ...common,
    entryPoints: [join(SOURCE, 'main.tsx')],
    format: 'esm',
    jsx: 'automatic',
    jsxImportSource: 'preact',
  });
  const style = await build({
    ...common,
    stdin: { contents: await stylesheet(), resolveDir: SOURCE, loader: 'css' },
  });
  write('page.js', script.outputFiles[0].contents);
  write('page.css', style.outputFiles[0].contents);
  write('licences.txt', licences([script, style].flatMap(({ metafile }) => Object.keys(metafile.inputs))));
}

if (process.argv[1] === import.meta.filename || process.argv[1]?.endsWith('/page.mjs')) await buildPage();
