// shell.ts - one shell in which commands are typed one after the other, as a person does: variables and functions stay.
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { Fault } from '../model/fault.js';
import type { Printed } from './session.js';

export class Shell {
  readonly #child: ChildProcess;
  /** Ends what a command prints. */
  readonly #mark = randomUUID();
  #heard = '';
  #over = false;
  #wake: () => void = () => undefined;

  /** @param folder where it stands at first */
  constructor(folder: string, env: NodeJS.ProcessEnv) {
    this.#child = spawn('sh', [], { cwd: folder, env, stdio: ['pipe', 'pipe', 'ignore'], detached: true });
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#heard += text;
      this.#wake();
    });
    // What is typed after its end is told by `type`.
    this.#child.stdin?.on('error', () => undefined);
    for (const end of ['error', 'exit'])
      this.#child.on(end, () => {
        this.#over = true;
        this.#wake();
      });
    this.#child.stdin?.write('exec 2>&1\n');
  }

  /** Throws Fault KERNEL_BUSY for a command that takes longer than `patienceMs`; the shell can then only be ended. */
  async type(command: string, patienceMs: number): Promise<Printed> {
    this.#heard = '';
    this.#child.stdin?.write(`{ ${command}\n} </dev/null\necho "${this.#mark}$?"\n`);
    const late = setTimeout(() => this.end(), patienceMs);
    try {
      for (;;) {
        const [text = '', code] = this.#heard.split(this.#mark);
        if (code?.includes('\n')) return { text, exit: Number.parseInt(code, 10) };
        if (this.#over) throw new Fault('KERNEL_BUSY', `no end after ${patienceMs / 1000} s, or of the shell: ${text}`);
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    } finally {
      clearTimeout(late);
    }
  }

  /** Ends the shell and whatever was started in it. */
  end(): void {
    if (this.#over || this.#child.pid === undefined) return;
    process.kill(-this.#child.pid, 'SIGKILL');
  }
}
