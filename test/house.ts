// house.ts - the linter, the types of the page and the formatters, run before the tests.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** The house is formatted by this one: others break some lines elsewhere. */
const CLANG_FORMAT = 14;

/** TypeScript and JSON: linted and formatted as biome.json says. */
function biome(root: string): boolean {
  return spawnSync(join(root, 'node_modules/.bin/biome'), ['check', '.'], { cwd: root, stdio: 'inherit' }).status === 0;
}

/** The page for browsers: its types, under its own tsconfig.json. */
function page(root: string): boolean {
  const words = ['-p', 'src/dash/tsconfig.json'];
  return spawnSync(join(root, 'node_modules/.bin/tsc'), words, { cwd: root, stdio: 'inherit' }).status === 0;
}

/** C++: formatted as .clang-format says. Without the right clang-format this is skipped, and said. */
function clangFormat(root: string): boolean {
  const about = spawnSync('clang-format', ['--version'], { encoding: 'utf8' });
  const version = about.error ? undefined : /version (\d+)/.exec(about.stdout)?.[1];
  if (Number(version) !== CLANG_FORMAT) {
    const here = version === undefined ? 'is not installed' : `here is ${version}`;
    process.stdout.write(`Skipped the format of C++: clang-format ${CLANG_FORMAT} is wanted, and it ${here}\n`);
    return true;
  }
  const files = ['native', 'test', 'bench'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(cc|h)$/.test(name))
      .map((name) => join(folder, name)),
  );
  const check = spawnSync('clang-format', ['--dry-run', '-Werror', ...files], { cwd: root, stdio: 'inherit' });
  if (check.status !== 0) process.stdout.write('error: C++ is not formatted; to format it: npm run format\n');
  else process.stdout.write(`clang-format: ${files.length} files as .clang-format says\n`);
  return check.status === 0;
}

/** True when every file of the tree at `root` is as the linter and the formatters want it; else they have said where. */
export function houseIsTidy(root: string): boolean {
  return [biome(root), page(root), clangFormat(root)].every((fine) => fine);
}
