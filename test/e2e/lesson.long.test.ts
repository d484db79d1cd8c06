// lesson.long.test.ts - the beginner's lesson, typed as its README says, with the real kubectl: every command says what it should.
// Takes turns: a whole lab and real clients.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { labUnavailable, programUnavailable, root, User } from './harness.js';
import { findKubectl } from './kubectl.js';

interface Step {
  readonly command: string;
  /** Lines of what it prints, in this order; `…` stands for anything. */
  readonly says: readonly string[];
}

/** The commands of the console blocks of a page. */
function stepsOf(text: string): Step[] {
  const steps: { command: string; says: string[] }[] = [];
  for (const [, block = ''] of text.matchAll(/^```console\n(.*?)^```$/gms)) {
    for (const line of block.trimEnd().split('\n')) {
      if (line.startsWith('$ ')) steps.push({ command: line.slice(2), says: [] });
      else steps.at(-1)?.says.push(line);
    }
  }
  return steps;
}

const patternOf = (line: string): RegExp =>
  new RegExp(
    `^\\s*${line
      .split('…')
      .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
      .join('.*')}\\s*$`,
  );

/** What is missing from an output; null when all of it is there, in order. */
function missing(says: readonly string[], output: string): string | null {
  const lines = output.split('\n');
  let from = 0;
  for (const line of says) {
    const at = lines.findIndex((one, i) => i >= from && patternOf(line).test(one));
    if (at < 0) return line;
    from = at + 1;
  }
  return null;
}

const kubectl = findKubectl();
const unavailable = labUnavailable() ?? programUnavailable('curl') ?? ('missing' in kubectl ? kubectl.missing : null);
const END = '@@@';
const PATIENCE_MS = 120_000;

/** One shell in which all commands are typed, one after the other. */
class Shell {
  readonly #child;
  #heard = '';
  #wake: () => void = () => undefined;

  constructor(program: string, env: NodeJS.ProcessEnv) {
    this.#child = spawn('bash', [], { cwd: root, env });
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream.on('data', (bytes) => {
        this.#heard += bytes;
        this.#wake();
      });
    const main = `${process.execPath} ${join(root, 'dist/src/cli/main.js')}`;
    this.#child.stdin.write(`npx() { shift; ${main} "$@" </dev/null; }\nkubectl() { ${program} "$@" </dev/null; }\n`);
  }

  /** What a command printed, and how it ended. */
  async type(command: string): Promise<{ output: string; code: number }> {
    this.#heard = '';
    this.#child.stdin.write(`${command}\necho "${END}$?"\n`);
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      const [output = '', code] = this.#heard.split(END);
      if (code?.includes('\n')) return { output, code: Number.parseInt(code, 10) };
      assert.ok(performance.now() < deadline, `${command}: ${this.#heard}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        setTimeout(resolve, 1000).unref();
      });
    }
  }

  end(): void {
    this.#child.stdin.end();
  }
}

describe('the lesson', { skip: unavailable ?? false }, () => {
  const user = new User();
  const shell = new Shell('path' in kubectl ? kubectl.path : '', user.env);
  after(async () => {
    shell.end();
    await user.run(['--name', 'lesson', 'down']);
    await user.leave();
  });

  test('every command of it says what the page says', async () => {
    const steps = stepsOf(readFileSync(join(root, 'examples/lesson/README.md'), 'utf8'));
    assert.ok(steps.length > 40, `${steps.length} commands`);
    for (const { command, says } of steps) {
      const { output, code } = await shell.type(command);
      assert.equal(code, 0, `${command} ended with ${code}:\n${output}`);
      assert.equal(missing(says, output), null, `${command} printed:\n${output}`);
    }
  });
});
