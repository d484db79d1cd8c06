// conversation.ts - a TCP connection that is kept open and asked again and again: who answers, and does anybody?
import { Socket } from 'node:net';
import type { Target } from '../../src/lab/check/client.js';
import type { Sandbox } from '../../src/lab/host/sandbox.js';
import { eventually } from './eventually.js';

/** A TCP connection that is kept open, with its answers to lines. */
export class Conversation {
  readonly socket: Socket;
  #heard = '';

  constructor(sandbox: Pick<Sandbox, 'tcp'>, target: Pick<Target, 'address' | 'port'>) {
    const options = { fd: sandbox.tcp('IPv4'), manualStart: true };
    this.socket = new Socket(options as { fd: number });
    this.socket.on('error', () => undefined);
    this.socket.on('data', (chunk) => {
      this.#heard += chunk.toString();
    });
    this.socket.connect({ host: target.address, port: target.port });
  }

  /** Says a line and returns the pod that answered; null when nobody did. */
  async ask(line: string): Promise<string | null> {
    this.#heard = '';
    this.socket.write(`${line}\n`);
    const wanted = `said=${JSON.stringify(line)}`;
    return eventually(
      () => (this.#heard.includes(wanted) ? (/pod=\S+\/(\S+)/.exec(this.#heard)?.[1] ?? null) : null),
      10_000,
    ).catch(() => null);
  }
}
