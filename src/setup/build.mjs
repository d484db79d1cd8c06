// build.mjs - dist/, the page and the native addon, built when their sources are newer.
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { compilerErrors, gyp } from './gyp.mjs';
import { root, run, say, stop } from './say.mjs';

/** Newest change below the folders, in ms. */
function newest(folders, pattern) {
  let latest = 0;
  for (const folder of folders) {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true, recursive: true })) {
      if (!entry.isFile() || !pattern.test(entry.name)) continue;
      latest = Math.max(latest, statSync(join(entry.parentPath ?? entry.path, entry.name)).mtimeMs);
    }
  }
  return latest;
}

const dateOf = (path) => (existsSync(join(root, path)) ? statSync(join(root, path)).mtimeMs : 0);

export function typeScript() {
  const sources = Math.max(newest(['src', 'test', 'bench'], /\.ts$/), dateOf('tsconfig.json'));
  if (dateOf('dist/.stamp') > sources) return;
  say('compiling TypeScript');
  const { ok, output } = run(join(root, 'node_modules/.bin/tsc'), ['-p', 'tsconfig.json']);
  if (!ok) {
    say(output);
    stop('tsc failed', 'its own lines stand above');
  }
  writeFileSync(join(root, 'dist/.stamp'), '');
}

export async function page() {
  const sources = newest(['src/dash', 'src/api/dash'], /\.(tsx?|css)$/);
  if (dateOf('dist/dash/page.js.br') > sources) return;
  say('bundling the page');
  // Loaded here, because esbuild is installed a step before.
  const { buildPage } = await import('./page.mjs');
  await buildPage();
}

export function addon() {
  if (process.platform !== 'linux') return say('not Linux: no native addon; commands that need no lab still work');
  const sources = Math.max(newest(['native'], /\.(h|cc|c)$/), dateOf('binding.gyp'));
  if (dateOf('build/Release/kubewire.node') > sources) return;
  say('compiling the native addon');
  const { ok, output } = gyp();
  if (!ok) {
    say(compilerErrors(output));
    stop('node-gyp failed', 'a C++20 compiler (g++ 10 or newer) and the headers of this Node are needed');
  }
  const log = join(root, 'build/node-gyp.log');
  mkdirSync(dirname(log), { recursive: true });
  writeFileSync(log, output);
}
