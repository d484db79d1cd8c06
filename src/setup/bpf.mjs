// bpf.mjs - compiles native/bpf/fastpath.c into native/bpf/program.gen.h, so that nobody needs clang to run it.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SOURCE = join(ROOT, 'native/bpf/fastpath.c');
export const HEADER = join(ROOT, 'native/bpf/program.gen.h');
const PROGRAMS = { 'tc/from_machine': 'kFromMachine', 'tc/from_engine': 'kFromEngine' };
const FLAGS = ['-O2', '-target', 'bpf', '-mcpu=v3', '-ffreestanding', '-std=c11', '-Wall', '-Wextra', '-Werror'];

/** The version of a compiler that can do it, `14`; null if it is not here. */
export function clangVersion(clang = 'clang') {
  try {
    const text = execFileSync(clang, ['--version'], { encoding: 'utf8' });
    return /version (\d+)/.exec(text)?.[1] ?? null;
  } catch {
    return null;
  }
}

/** The instructions of a section, eight bytes each. */
function instructions(object, section, folder, objcopy) {
  const raw = join(folder, 'section');
  execFileSync(objcopy, ['-O', 'binary', `--only-section=${section}`, object, raw]);
  const bytes = readFileSync(raw);
  return Array.from({ length: bytes.length / 8 }, (_, i) => `0x${bytes.readBigUInt64LE(i * 8).toString(16)}`);
}

const rows = (words) =>
  Array.from({ length: Math.ceil(words.length / 5) }, (_, i) => `    ${words.slice(i * 5, i * 5 + 5).join(', ')},`);

/** What program.gen.h should be. */
export function compile(clang = 'clang', objcopy = 'llvm-objcopy') {
  const folder = mkdtempSync(join(tmpdir(), 'kubewire-bpf-'));
  try {
    const object = join(folder, 'fastpath.o');
    const include = [
      '-I',
      join(ROOT, 'native'),
      '-I',
      `/usr/include/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`,
    ];
    execFileSync(clang, [...FLAGS, ...include, '-c', SOURCE, '-o', object]);
    const arrays = Object.entries(PROGRAMS).flatMap(([section, name]) => [
      '',
      `inline constexpr uint64_t ${name}[] = {`,
      ...rows(instructions(object, section, folder, objcopy)),
      '};',
    ]);
    return [
      `// Generated from native/bpf/fastpath.c by \`npm run bpf\` with clang ${clangVersion(clang)}. Do not edit.`,
      ...['#ifndef KUBEWIRE_BPF_PROGRAM_GEN_H', '#define KUBEWIRE_BPF_PROGRAM_GEN_H', '', '#include <cstdint>', ''],
      ...[
        '// clang-format off',
        'namespace kubewire {',
        ...arrays,
        '',
        '}  // namespace kubewire',
        '// clang-format on',
      ],
      ...['', '#endif', ''],
    ].join('\n');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(HEADER, compile());
