// run.ts - plays a scenario on one engine under one strategy. Every failure names file and line.
import assert from 'node:assert/strict';
import {
  EndpointListNames,
  FlowStateNames,
  MasqueradeReasonNames,
  ReasonNames,
  Verdict,
} from '../../../src/abi/abi.gen.js';
import type { Engine, Outcome } from '../../../src/engine/engine.js';
import { decodeFrame } from '../decode.js';
import type { EngineKind } from '../engines.js';
import type { Block, Scenario } from './document.js';
import { type Expectation, readExpectation, readLine } from './line.js';
import { describe, frameOf, isSpoilt, valuesOf } from './words.js';
import { type Config, readConfig, World } from './world.js';

const SECOND = 1_000_000_000n;
const FIRST_SECOND = 1_000n;

/** One engine a node, and the time that all share. */
class Stage {
  readonly #world: World;
  readonly #engines: ReadonlyMap<number, Engine>;
  readonly #strategy: string;
  #nowNs = FIRST_SECOND * SECOND;

  constructor(world: World, strategy: string, kind: EngineKind, config: Config) {
    this.#world = world;
    this.#strategy = strategy;
    const options = { seed: 1, flowCapacity: config.flowCapacity ?? 1024 };
    this.#engines = new Map(world.nodeIds.map((id) => [id, kind.make(options)]));
  }

  load(file: string, text: string): void {
    for (const { id, image } of this.#world.apply(file, text)) this.#engines.get(id)?.load(image, this.#nowNs);
  }

  /** `+30s` and `+500ms`. */
  advance(text: string): void {
    const [, amount = '', unit] = /^\+(\d+)(ms|s)$/.exec(text) ?? [];
    if (!unit) throw new Error(`not a time: ${text}`);
    this.#nowNs += BigInt(amount) * (unit === 's' ? SECOND : 1_000_000n);
  }

  packet(text: string): void {
    const line = readLine(text);
    const node = this.#world.nodeId(line.node);
    const engine = this.#engines.get(node);
    if (!engine) throw new Error(`no engine for node ${node}`);
    const port = this.#world.port(node, line.from);
    const draws = line.draws.get(`draw-${this.#strategy}`) ?? line.draws.get('draw') ?? '';
    engine.scriptRandom(draws.split(',').filter(Boolean).map(drawOf));
    const outcome = engine.process(frameOf(line.packet, port), this.#nowNs);
    this.#expect(node, outcome, readExpectation(line.expected), isSpoilt(line.packet));
  }

  #expect(node: number, outcome: Outcome, expected: Expectation, spoilt: boolean): void {
    const seen = this.#seen(node, outcome);
    const { verdict, packet, values } = expected;
    assert.equal(outcome.decision.verdict, Verdict[verdict], seen.text);
    if (verdict === 'DROP') assert.equal(seen.values.reason, packet, seen.text);
    else if (packet !== '') assert.equal(seen.words, packet, seen.text);
    for (const [name, value] of values) {
      assert.ok(name in seen.values, `nothing is known about ${name}: ${seen.text}`);
      assert.equal(seen.values[name], value, `${name}: ${seen.text}`);
    }
    if (!spoilt) assert.deepEqual(seen.faults, [], `faults: ${seen.text}`);
  }

  #seen(
    node: number,
    outcome: Outcome,
  ): { words: string; values: Record<string, string>; faults: string[]; text: string } {
    const { decision, out } = outcome;
    const values: Record<string, string> = {
      reason: ReasonNames[decision.reason] ?? String(decision.reason),
      state: FlowStateNames[decision.state] ?? '',
      masquerade: MasqueradeReasonNames[decision.masquerade] ?? '',
      list: EndpointListNames[decision.list] ?? '',
      choices: String(decision.choices),
    };
    if (!out) return { words: '', values, faults: [], text: `dropped: ${values.reason}` };
    const frame = decodeFrame(out.bytes, out.offload);
    Object.assign(values, valuesOf(out.bytes, frame, out.offload.needsChecksum), {
      to: this.#world.destination(node, out.port, out.nextHop),
    });
    const words = describe(frame);
    const faults = [...(frame.ip?.faults ?? []), ...(frame.ip?.embedded?.faults ?? [])];
    return { words, values, faults, text: `${values.reason} to=${values.to} ${words}` };
  }

  close(): void {
    for (const engine of this.#engines.values()) engine.close();
  }
}

/** `0.5` of all draws, or a 32-bit number. */
const drawOf = (text: string): number => (text.includes('.') ? Math.floor(Number(text) * 2 ** 32) : Number(text));

export function configOf(scenario: Scenario): Config {
  const block = scenario.blocks.find((each) => each.kind === 'config');
  return block ? at(scenario, block.line, () => readConfig(block.text)) : {};
}

/** Adds the place to whatever goes wrong, at once or later. */
export function at<T>(scenario: Scenario, line: number, run: () => T): T {
  const placed = (error: unknown): Error =>
    new Error(`${scenario.file}:${line}: ${(error as Error).message}`, { cause: error });
  try {
    const result = run();
    if (!(result instanceof Promise)) return result;
    return result.catch((error: unknown) => {
      throw placed(error);
    }) as T;
  } catch (error) {
    throw placed(error);
  }
}

/** The lines of a packets block that say something; none of another block. */
export function linesOf({ kind, line, text }: Block): { line: number; text: string }[] {
  if (kind !== 'packets') return [];
  return text
    .split('\n')
    .map((raw, i) => ({ line: line + i, text: raw.trim() }))
    .filter((each) => each.text !== '' && !each.text.startsWith('#'));
}

export function playScenario(scenario: Scenario, kind: EngineKind, strategy: string): void {
  const config = configOf(scenario);
  const stage = new Stage(new World(config, strategy), strategy, kind, config);
  try {
    for (const block of scenario.blocks) {
      if (block.kind === 'yaml') at(scenario, block.line, () => stage.load(scenario.file, block.text));
      for (const { line, text } of linesOf(block)) {
        at(scenario, line, () => (text.startsWith('+') ? stage.advance(text) : stage.packet(text)));
      }
    }
  } finally {
    stage.close();
  }
}
