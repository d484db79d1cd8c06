// send.ts - sends crafted packets from inside a namespace, and tells what came back and when.
import { fileURLToPath } from 'node:url';
import { Fault } from '../../model/fault.js';
import { NOT_LOADED } from '../check/witness/compiled.js';
import { runInNamespace } from '../host/process.js';

/** The compiled program is next to this file. */
const PROGRAM = fileURLToPath(new URL('./program.js', import.meta.url));

interface Shot {
  /** IPv4 address; the packets have headers of their own. */
  readonly destination: string;
  readonly protocol: number;
  /** Each in the pieces in which it is sent. */
  readonly packets: readonly (readonly Uint8Array[])[];
  readonly pauseMs: number;
  /** How long answers are awaited after the last packet. */
  readonly timeoutMs: number;
}

interface Line {
  readonly sent?: number;
  readonly hex?: string;
  readonly error?: string;
  readonly ms?: number;
}

export interface Shots {
  /** When each packet was sent, in milliseconds of a clock that answers share. */
  readonly sentMs: readonly number[];
  /** Whole IPv4 packets. */
  readonly received: readonly { readonly bytes: Uint8Array; readonly ms: number }[];
  /** What the kernel said about packets that it did not send. */
  readonly errors: readonly string[];
}

/** Throws Fault TOOL_MISSING when raw-socket cannot be used, INTERNAL when the program fails. */
export async function sendCrafted(netns: string, shot: Shot): Promise<Shots> {
  const { destination, protocol, packets, pauseMs, timeoutMs } = shot;
  const hex = packets.map((pieces) => pieces.map((piece) => Buffer.from(piece).toString('hex')).join(','));
  const words = [destination, protocol, pauseMs, timeoutMs].map(String);
  const limit = { timeoutMs: timeoutMs + packets.length * pauseMs + 10_000 };
  const { code, stdout, stderr } = await runInNamespace(netns, [process.execPath, PROGRAM, ...words, ...hex], limit);
  if (code === NOT_LOADED) throw new Fault('TOOL_MISSING', stderr.trim());
  if (code !== 0) throw new Fault('INTERNAL', `the probe of ${destination} ended with ${code}: ${stderr.trim()}`);
  const lines = stdout.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Line]));
  return {
    sentMs: lines.flatMap(({ sent, ms = 0 }) => (sent === undefined ? [] : [ms])),
    received: lines.flatMap(({ hex: text, ms = 0 }) =>
      text === undefined ? [] : [{ bytes: Uint8Array.from(Buffer.from(text, 'hex')), ms }],
    ),
    errors: lines.flatMap(({ error }) => error ?? []),
  };
}
