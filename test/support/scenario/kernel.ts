// kernel.ts - plays a scenario on nodes whose packets the real kernel rewrites: same manifests, same packets, netfilter's rules.
//
// Three things are the kernel's own. Its reasons cannot be seen: only frames are compared. Its draws cannot be written: a
// client tries port after port until it gets the endpoint that is written (and where affinity holds it, the scenario is
// played again); ports so chosen, by the client or by a masquerade, stand for the written ones from then on. Its clock
// cannot be set forward: what comes after a long wait is left out.
import assert from 'node:assert/strict';
import { type KernelFrame, KernelNode } from '../../../src/lab/netfilter/node/node.js';
import type { KernelMode } from '../../../src/lab/netfilter/rules.js';
import { FABRIC_ID } from '../../../src/topology/topology.js';
import { decodeFrame } from '../decode.js';
import type { Scenario } from './document.js';
import { type Expectation, type PacketLine, readExpectation, readLine } from './line.js';
import { at, configOf, linesOf } from './run.js';
import { describe, frameOf, isSpoilt, valuesOf } from './words.js';
import { World } from './world.js';

/** What frames do not show. */
const UNSEEN: ReadonlySet<string> = new Set(['reason', 'state', 'masquerade', 'list', 'choices']);

/** One endpoint of three is missed by all of these once in 10^11 lines. */
const PORTS = 64;
/** Two clients with affinity get the written endpoints of three in one of nine plays; all of these miss once in 10^10. */
const PLAYS = 200;
/** Ports that no scenario writes. */
const FIRST_PORT = 50_000;

/** The kernel drew another endpoint than the one that is written. */
class OtherDraw extends Error {}

interface Seen {
  readonly packet: string;
  readonly values: Readonly<Record<string, string>>;
  readonly text: string;
}

/** `tcp A:1 > B:2 SYN` → its parts; `about` and what follows is in the rest. */
function parts(packet: string): { protocol: string; source: string; destination: string; rest: string } {
  const [protocol = '', source = '', , destination = '', ...rest] = packet.split(' ');
  return { protocol, source, destination, rest: rest.join(' ') };
}

const withoutPort = (end: string): string => end.replace(/^\[(.*)\]:\d+$/, '$1').replace(/^([^:]*):\d+$/, '$1');

class KernelStage {
  readonly #world: World;
  readonly #mode: KernelMode;
  /** The packet under way has a wrong checksum. */
  #spoilt = false;
  readonly #nodes = new Map<number, KernelNode>();
  /** What was written → what the kernel chose instead: `192.168.0.11:1024` → `192.168.0.11:53211`. */
  readonly #chosen = new Map<string, string>();
  #ports = 0;

  constructor(world: World, mode: KernelMode) {
    this.#world = world;
    this.#mode = mode;
  }

  async load(file: string, text: string): Promise<void> {
    this.#world.apply(file, text);
    for (const [id, node] of this.#nodes) await node.load(this.#world.made(id).plan);
  }

  /** False for what is not the kernel's to answer: the fabric has no rules of Services. */
  async packet(line: PacketLine): Promise<boolean> {
    const id = this.#world.nodeId(line.node);
    if (id === FABRIC_ID) return false;
    const node = await this.#node(id);
    for (let tries = 1; ; tries++) {
      try {
        this.#send(id, node, line);
        return true;
      } catch (error) {
        if (!(error instanceof OtherDraw) || tries === PORTS || !this.#changePort(line)) throw error;
      }
    }
  }

  #send(id: number, node: KernelNode, line: PacketLine): void {
    const words = line.packet.map((word) => this.#actual(word));
    const frame = frameOf(words, this.#world.port(id, line.from));
    const { source } = parts(words.join(' '));
    this.#spoilt = isSpoilt(words);
    this.#expect(id, node.process(frame), readExpectation(line.kernel ?? line.expected), source, line.draws.size > 0);
  }

  /** Gives the sender of a line another port; false when it has none. */
  #changePort(line: PacketLine): boolean {
    const { source } = parts(line.packet.join(' '));
    if (withoutPort(source) === source) return false;
    this.#chosen.set(source, source.replace(/\d+$/, String(FIRST_PORT + this.#ports++)));
    return true;
  }

  close(): void {
    for (const node of this.#nodes.values()) node.close();
  }

  #actual(word: string): string {
    return this.#chosen.get(word) ?? word;
  }

  async #node(id: number): Promise<KernelNode> {
    const known = this.#nodes.get(id);
    if (known) return known;
    const { plan, attachment } = this.#world.made(id);
    const made = await KernelNode.start(plan, attachment, this.#mode);
    this.#nodes.set(id, made);
    return made;
  }

  #expect(id: number, frames: readonly KernelFrame[], expected: Expectation, source: string, drawn: boolean): void {
    const seen = frames.map((frame) => this.#seen(id, frame));
    const all = seen.map(({ text }) => text).join('; ') || 'nothing';
    if (expected.verdict === 'DROP') {
      assert.equal(seen.length, 0, `the kernel sent ${all}`);
      return;
    }
    const [only] = seen;
    assert.ok(only && seen.length === 1, `the kernel sent ${all}`);
    if (expected.packet !== '') this.#compare(only, expected, source, drawn);
    for (const [name, value] of expected.values) {
      if (UNSEEN.has(name) || (name === 'ttl' && only.values.to === 'host')) continue;
      assert.equal(`${name}=${only.values[name]}`, this.#actual(`${name}=${value}`), `the kernel sent ${only.text}`);
    }
  }

  #compare(seen: Seen, expected: Expectation, sentSource: string, drawn: boolean): void {
    const wanted = parts(expected.packet);
    const got = parts(seen.packet);
    if (drawn && wanted.destination !== got.destination && wanted.protocol === got.protocol) {
      throw new OtherDraw(`the kernel sent ${seen.text}`);
    }
    const isRewritten = wanted.source !== sentSource && withoutPort(wanted.source) === withoutPort(got.source);
    if (isRewritten && drawn) this.#choose(wanted, got, expected, seen);
    const actual = expected.packet
      .split(' ')
      .map((word) => this.#actual(word))
      .join(' ');
    assert.equal(seen.packet, actual, `the kernel sent ${seen.text}`);
  }

  /** From now on the written port, or the identifier of an echo, stands for the one that the kernel chose. */
  #choose(wanted: { source: string }, got: { source: string }, expected: Expectation, seen: Seen): void {
    this.#chosen.set(wanted.source, got.source);
    const id = expected.values.get('id');
    if (id !== undefined) this.#chosen.set(`id=${id}`, `id=${seen.values.id}`);
  }

  #seen(id: number, { port, nextHop, bytes, offload }: KernelFrame): Seen {
    const frame = decodeFrame(bytes, offload);
    const to = this.#world.destination(id, port, nextHop);
    const packet = describe(frame);
    if (!this.#spoilt) assert.deepEqual([...(frame.ip?.faults ?? []), ...(frame.ip?.embedded?.faults ?? [])], []);
    return { packet, values: { ...valuesOf(bytes, frame, offload.needsChecksum), to }, text: `to=${to} ${packet}` };
  }
}

/** What a play left out. */
interface Omitted {
  /** Lines about the fabric. */
  readonly fabric: number;
  /** Lines after a wait. */
  readonly late: number;
}

async function play(scenario: Scenario, mode: KernelMode): Promise<Omitted> {
  const config = configOf(scenario);
  const stage = new KernelStage(new World(config, mode), mode);
  let [fabric, late, waiting] = [0, 0, false];
  try {
    for (const block of scenario.blocks) {
      if (block.kind === 'yaml') await at(scenario, block.line, () => stage.load(scenario.file, block.text));
      for (const { line, text } of linesOf(block)) {
        if (text.startsWith('+')) waiting = true;
        else if (waiting) late++;
        else if (!(await at(scenario, line, () => stage.packet(readLine(text))))) fabric++;
      }
    }
    return { fabric, late };
  } finally {
    stage.close();
  }
}

/** Plays a scenario until the kernel's draws are the written ones. */
export async function playOnKernel(scenario: Scenario, mode: KernelMode): Promise<Omitted> {
  for (let i = 1; ; i++) {
    try {
      return await play(scenario, mode);
    } catch (error) {
      const isDraw = error instanceof Error && error.cause instanceof OtherDraw;
      if (!isDraw || i === PLAYS) throw error;
    }
  }
}
