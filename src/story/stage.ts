// stage.ts - a lab of its own for stories, and a shell in which `kubewire` speaks to it.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Fault } from '../model/fault.js';
import type { Printed } from './session.js';
import { Shell } from './shell.js';

/** Who carries the packets of a story, and by which rules. */
export interface Setting {
  readonly strategy: string;
  readonly dataplane: string;
}

const MAIN = fileURLToPath(new URL(`../cli/main${import.meta.url.slice(-3)}`, import.meta.url));
const PATIENCE_MS = 120_000;
/** Waits for the end of its input, which is that of this process however it ends; then nothing stays. */
const KEEPER = 'cat >/dev/null; "$1/.bin/kubewire" down >/dev/null 2>&1; rm -rf "$1"';

let stages = 0;

export class Stage {
  #setting: Setting;
  readonly #folder: string;
  readonly #env: NodeJS.ProcessEnv;
  readonly #keeper: ChildProcess;
  #shell: Shell | null = null;

  private constructor(setting: Setting) {
    this.#setting = setting;
    this.#folder = mkdtempSync(join(tmpdir(), 'kubewire-story-'));
    const bin = join(this.#folder, '.bin');
    const name = `story-${process.pid}-${++stages}`;
    mkdirSync(bin);
    writeFileSync(join(bin, 'kubewire'), `#!/bin/sh\nexec '${process.execPath}' '${MAIN}' --name ${name} "$@"\n`);
    chmodSync(join(bin, 'kubewire'), 0o755);
    const path = [bin, process.env.PATH ?? ''].join(delimiter);
    // A lab that was left in the background, and plays a story for its page, says so to itself alone.
    const { KUBEWIRE_BACKGROUND: _, ...env } = process.env;
    this.#env = { ...env, PATH: path, HOME: this.#folder, NO_COLOR: '1', COLUMNS: '200' };
    // Of a group of its own, so that Ctrl-C does not end it first.
    this.#keeper = spawn('sh', ['-c', KEEPER, 'sh', this.#folder], {
      env: this.#env,
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
  }

  /** Starts the lab. Throws Fault INTERNAL with what `up` said. */
  static async open(setting: Setting, up: readonly string[] = []): Promise<Stage> {
    const stage = new Stage(setting);
    const words = ['up', '--detach', '--strategy', setting.strategy, '--dataplane', setting.dataplane, ...up];
    try {
      await stage.#run(words);
    } catch (error) {
      await stage.close();
      const { stderr = '', message } = error as { stderr?: string; message: string };
      throw new Fault('INTERNAL', `the lab did not start: ${stderr.trim() || message}`);
    }
    return stage;
  }

  get setting(): Setting {
    return this.#setting;
  }

  /** Switches the lab to another strategy, in a moment and with all that runs in it. */
  async turn(strategy: string): Promise<void> {
    await this.#run(['strategy', 'set', strategy]);
    this.#setting = { ...this.#setting, strategy };
  }

  /** Saves a file where commands are typed. */
  save(name: string, text: string): void {
    writeFileSync(join(this.#folder, name), text);
  }

  type(command: string): Promise<Printed> {
    this.#shell ??= new Shell(this.#folder, this.#env);
    return this.#shell.type(command, PATIENCE_MS);
  }

  /** The address of the page of the lab. */
  async page(): Promise<string> {
    return (await this.#run(['dash', '--no-open'])).stdout.trim();
  }

  /** Ends what the last story started; the lab stays as it is. */
  clear(): void {
    this.#shell?.end();
    this.#shell = null;
  }

  async close(): Promise<void> {
    this.clear();
    const ended = once(this.#keeper, 'exit');
    this.#keeper.stdin?.end();
    await ended;
  }

  #run(words: readonly string[]): Promise<{ readonly stdout: string }> {
    const options = { env: this.#env, cwd: this.#folder, timeout: PATIENCE_MS };
    return promisify(execFile)(join(this.#folder, '.bin/kubewire'), words, options);
  }
}
