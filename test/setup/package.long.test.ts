// package.long.test.ts - what `npm pack` makes, installed and used where there is no compiler.
// Runs alone: it builds the addon anew, and a lab runs.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { labUnavailable, root } from '../e2e/harness.js';

const LIMIT_BYTES = 5_000_000;
/** What npm and the program find on PATH: no compiler, no make, no Python. */
const PROGRAMS = ['sh', 'env', 'npm', 'uname', 'cat', 'getconf'];

interface Packed {
  readonly filename: string;
  /** Bytes of the file that users load. */
  readonly size: number;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string }[];
}

function pathOf(program: string): string | undefined {
  const { status, stdout } = spawnSync('sh', ['-c', `command -v ${program}`], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
}

describe('the package', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kubewire-package-'));
  const prefix = join(folder, 'prefix');
  const elsewhere = join(folder, 'elsewhere');
  const shop = join(prefix, 'lib/node_modules/kubewire/examples/shop');
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    PATH: [join(prefix, 'bin'), join(folder, 'bin')].join(':'),
    XDG_RUNTIME_DIR: folder,
    NO_COLOR: '1',
  };
  let packed: Packed;

  /** Runs a program in a folder that has nothing to do with the clone. */
  function run(...words: string[]): { status: number | null; stdout: string; stderr: string } {
    const [program = '', ...rest] = words;
    return spawnSync(program, rest, { cwd: elsewhere, env, encoding: 'utf8', maxBuffer: 64 << 20 });
  }

  function must(...words: string[]): string {
    const { status, stdout, stderr } = run(...words);
    assert.equal(status, 0, `${words.join(' ')}: ${stdout}\n${stderr}`);
    return stdout;
  }

  before(() => {
    mkdirSync(elsewhere);
    mkdirSync(join(folder, 'bin'));
    symlinkSync(process.execPath, join(folder, 'bin/node'));
    for (const program of PROGRAMS) {
      const path = pathOf(program);
      if (path) symlinkSync(path, join(folder, 'bin', program));
    }
    const pack = spawnSync('npm', ['pack', '--json', '--pack-destination', folder], {
      cwd: root,
      env: { ...process.env, PATH: [dirname(process.execPath), process.env.PATH ?? ''].join(':') },
      encoding: 'utf8',
      maxBuffer: 64 << 20,
    });
    assert.equal(pack.status, 0, pack.stderr);
    [packed] = JSON.parse(pack.stdout.slice(pack.stdout.indexOf('[\n'))) as [Packed];
  });

  after(() => {
    run('kubewire', 'down');
    rmSync(folder, { recursive: true, force: true });
  });

  test('it has what users need, in less than 5 MB', () => {
    const paths = packed.files.map(({ path }) => path);
    for (const path of [
      'dist/src/cli/main.js',
      'dist/src/index.d.ts',
      'examples/shop',
      'native/io/tap.cc',
      'binding.gyp',
    ])
      assert.ok(
        paths.some((other) => other.startsWith(path)),
        path,
      );
    assert.ok(paths.includes(`prebuilds/linux-${process.arch}/kubewire.node`));
    assert.deepEqual(
      paths.filter((path) =>
        /^(test|bench|src(?!\/setup\/|\/dump\/collect\.sh$)|build|dist\/(test|bench))\/|\.map$/.test(path),
      ),
      [],
    );
    assert.ok(packed.size < LIMIT_BYTES, `${packed.size} bytes, and ${packed.unpackedSize} unpacked`);
  });

  test('it has the types of all that the library exports', () => {
    const paths = new Set(packed.files.map(({ path }) => path));
    const waiting = ['dist/src/index.d.ts'];
    for (const path of waiting) {
      assert.ok(paths.has(path), path);
      for (const [, from = ''] of readFileSync(join(root, path), 'utf8').matchAll(/(?:from |import\()'(\.[^']+)'/g)) {
        const other = join(dirname(path), from).replace(/\.js$/, '.d.ts');
        if (!waiting.includes(other)) waiting.push(other);
      }
    }
  });

  test('it is installed without a compiler, and its commands work in any folder', async (t) => {
    for (const program of ['g++', 'cc', 'make', 'python3'])
      assert.notEqual(run('sh', '-c', `command -v ${program}`).status, 0);
    const install = run(
      'npm',
      'install',
      '-g',
      '--prefix',
      prefix,
      '--no-audit',
      '--no-fund',
      join(folder, packed.filename),
    );
    if (/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT/.test(install.stderr)) return t.skip('needs the npm registry');
    assert.equal(install.status, 0, install.stderr);
    assert.ok(!readdirSync(join(prefix, 'lib/node_modules/kubewire')).includes('build'), 'nothing was compiled');
    assert.match(must('kubewire', 'validate', '-f', shop), /valid/);
    const question = ['--node', 'node-1', '--from', 'client/outside', '--to', 'svc/web.shop:80', '--proto', 'tcp'];
    assert.match(must('kubewire', 'trace', '-f', shop, ...question), /delivered to pod\/shop\/web/);
    assert.match(run('kubewire', 'nonsense').stderr, /See 'kubewire --help'/);
  });

  test('it runs a lab and checks it', { skip: labUnavailable() ?? false }, () => {
    must('kubewire', 'up', '--detach', '-f', shop);
    const check = run('kubewire', 'check', '-o', 'json');
    assert.equal(check.status, 0, check.stderr);
    assert.equal((JSON.parse(check.stdout) as { passed: boolean }).passed, true);
    must('kubewire', 'down');
  });
});
