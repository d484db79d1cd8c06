// build.ts - compiles the native tests and fuzz targets into build/native-test, objects again only when a source is newer.
import { execFile, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { writeStrategies, writeWorld } from './world.js';

/** The folder of package.json, from src (tsx) or from dist. */
export const ROOT = (() => {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return folder;
})();

export const BUILD = join(ROOT, 'build', 'native-test');
export const TARGETS = ['fuzz_parse', 'fuzz_image', 'fuzz_patch', 'fuzz_state'] as const;
export type Target = (typeof TARGETS)[number];

const SANITIZE = ['-fsanitize=address,undefined', '-fno-sanitize-recover=all', '-fno-omit-frame-pointer'];
const FLAGS = ['-std=c++20', '-g', '-Wall', '-Wextra', '-Inative', '-Itest/native', ...SANITIZE];

/** Reason to skip when a compiler is not installed, false when it is. */
export function compilerMissing(compiler: string): string | false {
  const found = spawnSync(compiler, ['--version']).status === 0;
  return found ? false : `needs the compiler ${compiler}`;
}

/** Reason to skip when clang cannot link libFuzzer, false when it can. */
export function fuzzerMissing(): string | false {
  const missing = compilerMissing('clang++');
  if (missing) return missing;
  mkdirSync(BUILD, { recursive: true });
  const source = join(BUILD, 'probe.cc');
  writeFileSync(source, 'extern "C" int LLVMFuzzerTestOneInput(const unsigned char*, unsigned long) { return 0; }\n');
  const result = spawnSync('clang++', ['-fsanitize=fuzzer,address,undefined', source, '-o', join(BUILD, 'probe')]);
  return result.status === 0 ? false : 'needs clang with libFuzzer and its sanitizers';
}

/** What the fuzz targets share with the unit tests. */
const HELPERS = ['test/native/frames.cc', 'test/native/editor.cc'];

const sourcesOf = (folder: string): string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(h|cc)$/.test(name))
    .map((name) => join(folder, name))
    .sort();

const dateOf = (path: string): number => (existsSync(path) ? statSync(path).mtimeMs : 0);

/** When the youngest source was written. */
const newestSource = (): number => {
  const watched = ['native/abi', 'native/core', 'native/engine', 'test/native', 'test/fuzz'].flatMap(sourcesOf);
  return Math.max(...watched.map((path) => dateOf(join(ROOT, path))));
};

/** Runs a compiler; throws with what it said. */
async function run(compiler: string, options: readonly string[]): Promise<void> {
  await promisify(execFile)(compiler, [...options], { cwd: ROOT, encoding: 'utf8' });
}

/** Objects of these sources, as many at a time as there are processors; again only when some source is newer. */
async function compileObjects(
  compiler: string,
  name: string,
  flags: readonly string[],
  sources: readonly string[],
): Promise<string[]> {
  const folder = join(BUILD, name);
  mkdirSync(folder, { recursive: true });
  const newest = newestSource();
  const objects = sources.map((source) => join(folder, `${source.replaceAll('/', '-')}.o`));
  const waiting = sources.map((source, i) => ({ source, object: objects[i] ?? '' }));
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      if (dateOf(next.object) < newest) await run(compiler, [...flags, '-c', next.source, '-o', next.object]);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  return objects;
}

const engine = (): string[] => sourcesOf('native/engine').filter((name) => name.endsWith('.cc'));

function prepare(): void {
  mkdirSync(BUILD, { recursive: true });
  writeWorld(join(BUILD, 'world.kwim'), join(BUILD, 'router.kwim'));
  writeStrategies(BUILD);
}

/** The unit-test program; it takes the folder of the images as its argument. */
export async function buildUnitTests(): Promise<string> {
  prepare();
  const binary = join(BUILD, 'unit');
  const tests = sourcesOf('test/native').filter((name) => name.endsWith('.cc'));
  // Without optimisation: the compiler is what takes the time here.
  const flags = ['-O0', ...FLAGS];
  const objects = await compileObjects('g++', 'unit-objects', flags, [...engine(), ...tests]);
  await run('g++', [...flags, ...objects, '-o', binary]);
  return binary;
}

const fuzzing = (part: string): string[] => [
  '-O1',
  ...FLAGS.map((flag) => flag.replace('=address,', `=${part},address,`)),
];

/** A libFuzzer program; it finds the images by the environment variable KUBEWIRE_WORLD. */
export async function buildFuzzer(target: Target): Promise<string> {
  prepare();
  const binary = join(BUILD, target);
  const sources = [...engine(), ...HELPERS, `test/fuzz/${target}.cc`];
  const objects = await compileObjects('clang++', 'fuzz-objects', fuzzing('fuzzer-no-link'), sources);
  await run('clang++', [...fuzzing('fuzzer'), ...objects, '-o', binary]);
  return binary;
}
