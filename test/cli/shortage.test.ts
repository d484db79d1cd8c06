// shortage.test.ts - what the machine refuses is told as that: descriptors, a full disk, a missing directory; never as a bug.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { report } from '../../src/cli/failure.js';
import { kernelFault } from '../../src/lab/host/host.js';
import { COMMAND, Shell } from './lab.js';

/** A shell line in which `"$@"` is kubewire with its words. */
function inShell(shell: Shell, script: string, words: readonly string[]): { code: number | null; stderr: string } {
  const { status, stderr } = spawnSync('bash', ['-c', script, 'bash', ...COMMAND, ...words], {
    env: shell.env,
    cwd: shell.directory,
    encoding: 'utf8',
  });
  return { code: status, stderr };
}

const noBug = (stderr: string): void => assert.doesNotMatch(stderr, /bug of kubewire|\n {4}at /);

test('output that cannot be written ends with 2 and a sentence; a reader that went away is no failure', (t) => {
  const shell = new Shell(t);
  const full = inShell(shell, '"$@" >/dev/full', ['--help']);
  assert.equal(full.code, 2);
  assert.match(full.stderr, /^error: no space is left where it was to be written/);
  noBug(full.stderr);
  const closed = inShell(shell, '"$@" >&-', ['--help']);
  assert.deepEqual(closed, { code: 0, stderr: '' });
});

test('too few descriptors are told as that, with the remedy', (t) => {
  const shell = new Shell(t);
  const started = [18, 20, 21, 22, 23, 24, 26, 28]
    .map((limit) => inShell(shell, `ulimit -n ${limit}; "$@"`, ['validate', '-f', '-']))
    // With so few the interpreter itself may not start (newer ones end by a signal): nothing of ours has run then.
    .filter(({ code, stderr }) => ![null, 134, 139].includes(code) && !/^(node:|\/.*: line)/.test(stderr));
  for (const { stderr } of started) noBug(stderr);
  // How many are enough depends on the interpreter, too.
  const refused = started.filter(({ code }) => code !== 0);
  assert.ok(refused.length > 0, 'one of these is enough to start, and too little to go on');
  for (const { code, stderr } of refused) {
    assert.equal(code, 1, stderr);
    assert.match(stderr, /descriptors|EMFILE|too many open files/);
  }
});

test('a runtime directory that is none is named, for verbs that ask a lab and for one that starts', (t) => {
  const shell = new Shell(t);
  shell.env.XDG_RUNTIME_DIR = shell.file('plain', '');
  for (const words of [['get', 'svc'], ['status'], ['up', '--nodes', '0']]) {
    const { code, stderr } = inShell(shell, '"$@"', words);
    assert.equal(code, 1);
    assert.match(stderr, /plain\/kubewire: a part of the path is not a directory\nSet XDG_RUNTIME_DIR to a directory/);
    noBug(stderr);
  }
});

test('without HOME, and in a directory that is gone, the program still answers', (t) => {
  const shell = new Shell(t);
  assert.equal(inShell(shell, 'unset HOME; "$@"', ['--help']).code, 0);
  const gone = inShell(shell, 'mkdir gone; cd gone; rmdir ../gone; "$@"', ['validate', '-f', 'shop.yaml']);
  assert.equal(gone.code, 1);
  noBug(gone.stderr);
});

test('every refusal of the system is a sentence with its remedy', () => {
  const told = (error: unknown): string => {
    let text = '';
    report(error, { debug: false, verbs: [], stderr: { write: (part: string) => (text += part) } as never });
    return text;
  };
  const failed = (code: string, more: object): Error =>
    Object.assign(new Error(`it failed: ${code}`), { code, ...more });
  assert.match(
    told(failed('EAGAIN', { syscall: 'spawn' })),
    /^error: this machine lets this user start no more .*ulimit -u/s,
  );
  assert.match(told(failed('ENOMEM', { syscall: 'mmap' })), /^error: no memory is left/);
  assert.match(told(failed('ENOENT', { syscall: 'uv_cwd' })), /^error: the current directory no longer exists\nGo to/);
  // The addon: a number, and what it tried in the message.
  assert.match(
    told(Object.assign(new Error('open /dev/net/tun: Too many'), { errno: 24 })),
    /^error: no file descriptors/,
  );
  // A module that is there, and a package that is: what says where it begins could not be opened.
  const missing = (message: string): string => told(failed('ERR_MODULE_NOT_FOUND', { message }));
  const here = process.cwd();
  assert.match(
    missing(`Cannot find package 'yaml' imported from ${here}/dist/src/x.js`),
    /^error: no file descriptors/,
  );
  assert.match(
    missing(`Cannot find package '${here}/node_modules/yaml/index.js' imported from ${here}/x.js`),
    /^error: no file descriptors/,
  );
  assert.match(missing(`Cannot find package 'yamml' imported from ${here}/x.js`), /This is a bug of kubewire/);
  assert.match(told(new RangeError('WebAssembly.instantiate(): Out of memory')), /^error: no memory is left/);
  const helper = Object.assign(new Error('start a helper thread'), { errno: 11, what: 'start a helper thread' });
  assert.match(told(kernelFault(helper)), /^error: this machine lets this user start no more/);
  assert.match(told(new TypeError('x')), /This is a bug of kubewire/);
});
