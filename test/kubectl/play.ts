// play.ts - plays sessions with a real kubectl against `kubewire api`.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { readChapters } from '../../src/story/page.js';
import { fits, type Printed, type Step, stepsOf } from '../../src/story/session.js';
import { root, User } from '../e2e/harness.js';
import type { Kubectl } from '../e2e/kubectl.js';
import { eventually } from '../support/eventually.js';

interface Session {
  readonly title: string;
  /** The least minor version of kubectl. */
  readonly from: number;
  readonly steps: readonly Step[];
}

/** The sessions of a page, one a heading. One that ends with `(from 1.31)` needs a kubectl of that version or later. */
const readSessions = (page: string): Session[] =>
  readChapters(page, readFileSync(join(root, 'test/kubectl', page), 'utf8')).map(({ title, blocks }) => {
    const [, name = title, from = '0'] = /^(.+?)(?: \(from 1\.(\d+)\))?$/.exec(title) ?? [];
    return { title: name, from: Number(from), steps: blocks.flatMap(({ text }) => stepsOf(text)) };
  });

/** Runs a command as typed in a shell. */
function type(command: string, env: NodeJS.ProcessEnv, folder: string): Promise<Printed> {
  return new Promise((resolve) => {
    const options = { env, cwd: folder, timeout: 60_000 };
    execFile('sh', ['-c', `exec 2>&1\n${command}`], options, (error, stdout) => {
      resolve({ exit: error ? ((error.code as unknown as number | undefined) ?? 1) : 0, text: stdout });
    });
  });
}

/**
 * Declares the tests: one a session.
 * @param page its sessions: a file of this folder
 * @param others programs that the sessions use besides, by their names
 */
export function playSessions(
  name: string,
  page: string,
  kubectl: Kubectl,
  others: Readonly<Record<string, string>> = {},
): void {
  describe(name, { skip: 'missing' in kubectl ? kubectl.missing : false }, () => {
    if ('missing' in kubectl) return;
    const user = new User();
    const main = join(root, 'dist/src/cli/main.js');
    const bin = join(user.folder, 'bin');
    const env = {
      ...user.env,
      HOME: user.folder,
      KUBECONFIG: join(user.folder, 'kubeconfig'),
      CHART: join(root, 'examples/cluster/chart'),
      KUBE_EDITOR: "sed -i -e 's/image: nginx$/image: nginx:2/'",
      PATH: [bin, process.env.PATH ?? ''].join(delimiter),
    };
    const server = user.start(['api', '--secure-port', '0']);
    before(async () => {
      mkdirSync(bin);
      for (const [program, path] of Object.entries({ kubectl: kubectl.path, ...others }))
        symlinkSync(path, join(bin, program));
      writeFileSync(join(bin, 'kubewire'), `#!/bin/sh\nexec "${process.execPath}" "${main}" "$@"\n`, { mode: 0o755 });
      const config = await eventually(async () => {
        const { code, stdout } = await user.run(['kubeconfig']);
        return code === 0 ? stdout : null;
      });
      writeFileSync(env.KUBECONFIG, config, { mode: 0o600 });
    });
    after(async () => {
      server.kill();
      await user.leave();
    });

    const play = async (step: Step): Promise<void> => {
      const { command, expected, exit } = step;
      const printed = await type(command, env, user.folder);
      const told = `$ ${command}\n${printed.text}[exit ${printed.exit}]\n\nexpected:\n${expected}\n[exit ${exit}]`;
      assert.ok(fits(step, printed), told);
    };
    for (const { title, from, steps } of readSessions(page)) {
      const early = kubectl.minor < from ? `needs kubectl 1.${from}, and this is 1.${kubectl.minor}` : false;
      test(title, { skip: early }, async () => {
        for (const step of steps) await play(step);
      });
    }
  });
}
