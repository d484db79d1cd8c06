// walk.ts - the way of one packet through the rules of a node, hook by hook, along every turn that it can take.
import type { Family } from '../../model/address.js';
import type { NodeDump } from '../rules/node.js';
import type { Chain, Table } from '../rules/ruleset.js';
import { type Here, isLocal } from './fields.js';
import { balance } from './ipvs.js';
import { type EndVerdict, type Leaf, merged, underConditions } from './leaves.js';
import { type Frame, forked, type Moment, nextRule, ruleAt } from './moment.js';
import { type Entry, orderAt, type Stage } from './order.js';
import { packetOf, type Question } from './packet.js';
import { leavingBy, settleConnection } from './routing.js';
import { Shortcuts } from './shortcut.js';
import { extend, type Step, tableName } from './trail.js';
import { type Turn, turnsOf, verdictText } from './turns.js';

/** So many forks because of conditions that nobody knows; what comes then is told as one more condition. */
const MOST_FORKS = 400;
/** As deep as jumps of iptables and nft may be nested, generously. */
const MOST_FRAMES = 128;
/** More than any packet comes to, but for one that goes round in circles. */
const MOST_HOPS = 5000;

interface Weighted {
  readonly moment: Moment;
  readonly weight: number;
}

export interface WalkOptions {
  /** Also keep the rules that were tried and did not match. */
  readonly tried?: boolean;
  /** Keep both ways of a condition that makes no difference in the end. */
  readonly every?: boolean;
}

export class Walk {
  readonly #here: Here;
  readonly #options: WalkOptions;
  readonly #orders = new Map<string, Entry[]>();
  readonly #shortcuts = new Shortcuts();
  #forks = 0;

  constructor(here: Here, options: WalkOptions = {}) {
    this.#here = here;
    this.#options = options;
  }

  /** Every end of the packet, each with its chance and its conditions. */
  ends(question: Question): Leaf[] {
    return merged(this.ways(question));
  }

  /** Every way of the packet: of several that end alike each. */
  ways(question: Question): Leaf[] {
    this.#forks = 0;
    const probe = packetOf(question, false);
    const own = question.inInterface === null && isLocal(this.#here, probe, question.source) === true;
    const moment: Moment = {
      packet: packetOf(question, own),
      stage: own ? 'output' : 'prerouting',
      entry: 0,
      frames: [],
      trail: null,
      hops: 0,
      assumed: new Map(),
      destinationSettled: false,
      sourceSettled: false,
      looped: false,
      balanced: false,
    };
    if (own) moment.packet.outInterface = leavingBy(this.#here, moment.packet);
    return this.#run({ moment, weight: 1 });
  }

  #order(family: Family, stage: Stage): Entry[] {
    const key = `${family} ${stage}`;
    const known = this.#orders.get(key);
    if (known) return known;
    const { ruleset, virtualServers } = this.#here.node;
    const order = orderAt(ruleset, family, stage, virtualServers !== null);
    this.#orders.set(key, order);
    return order;
  }

  #run(start: Weighted): Leaf[] {
    const leaves: Leaf[] = [];
    const { moment } = start;
    let { weight } = start;
    for (;;) {
      const turns = this.#turns(moment);
      if (turns.some(({ condition }) => condition !== undefined)) {
        const conditional = this.#conditional(moment, turns);
        return [...leaves, ...conditional.map((leaf) => ({ ...leaf, probability: leaf.probability * weight }))];
      }
      const last = turns.at(-1) as Turn;
      for (const turn of turns.slice(0, -1)) {
        if (turn.probability === 0) continue;
        const other = forked(moment);
        const end = this.#take(other, turn, weight * turn.probability);
        leaves.push(...(end ? [end] : this.#run({ moment: other, weight: weight * turn.probability })));
      }
      weight *= last.probability;
      const end = weight === 0 ? null : this.#take(moment, last, weight);
      if (end) leaves.push(end);
      if (end || weight === 0) return leaves;
    }
  }

  /** One run for each turn; those without a condition are taken as they come. */
  #conditional(moment: Moment, turns: readonly Turn[]): Leaf[] {
    this.#forks += turns.length;
    if (this.#forks > MOST_FORKS && !this.#options.every)
      return [this.#leaf(moment, 'depends', 1, ['more conditions than can be told apart'])];
    const runs = turns.map((turn) => {
      const other = forked(moment);
      const { condition, probability } = turn;
      if (condition) other.assumed = new Map(other.assumed).set(condition.text, condition.holds);
      const end = this.#take(other, turn, probability);
      const leaves = end ? [end] : this.#run({ moment: other, weight: probability });
      return { condition, leaves };
    });
    const certain = runs.filter(({ condition }) => condition === undefined).flatMap(({ leaves }) => leaves);
    const ways = runs.flatMap(({ condition, leaves }) =>
      condition ? [{ condition: condition.holds ? condition.text : `not: ${condition.text}`, leaves }] : [],
    );
    return [...certain, ...(this.#options.every ? ways.flatMap(({ leaves }) => leaves) : underConditions(ways))];
  }

  #leaf(moment: Moment, verdict: EndVerdict, probability: number, depends: readonly string[] = []): Leaf {
    const { packet, trail } = moment;
    const isDnat = verdict === 'accept' && packet.destinationRewritten;
    return { verdict: isDnat ? 'dnat' : verdict, packet, trail, probability, depends };
  }

  // ---- what is next

  #turns(moment: Moment): Turn[] {
    const frame = moment.frames.at(-1);
    if (!frame) return this.#beyond(moment);
    if (frame.statement === 0 && !this.#options.tried) {
      frame.rule = this.#shortcuts.next(frame.chain, frame.rule, moment.packet);
    }
    const rule = ruleAt(frame);
    if (!rule) return [{ probability: 1, next: this.#endOfChain(moment, frame) }];
    const statement = rule.statements[frame.statement];
    if (!statement) return [{ probability: 1, next: { kind: 'continue' } }];
    const isKube = frame.chain.name.startsWith('KUBE-');
    const scene = { packet: moment.packet, here: this.#here, table: frame.table, moment, place: rule.place, isKube };
    const turns = turnsOf(statement, scene);
    // Nobody needs to know whether a rule matched that does nothing.
    const idle =
      !this.#options.every &&
      turns.some(({ condition }) => condition) &&
      rule.statements.every(({ kind }) => IDLE.has(kind));
    return idle ? [{ probability: 1, next: 'rule' }] : turns;
  }

  #endOfChain(moment: Moment, { chain }: Frame): Turn['next'] {
    if (moment.frames.length > 1 || chain.base === null) return { kind: 'return' };
    return { kind: chain.policy };
  }

  /** No chain is being asked: the next entry of the hook, or where the packet goes from here. */
  #beyond(moment: Moment): Turn[] {
    const entry = this.#order(moment.packet.family, moment.stage)[moment.entry++];
    if (entry?.kind === 'chain') {
      if (this.#asks(entry, moment)) this.#begin(entry, moment);
      return STAY;
    }
    if (entry?.kind === 'connection') {
      const told = settleConnection(this.#here, moment);
      if (told) this.#note(moment, told);
      return STAY;
    }
    if (entry?.kind === 'ipvs') return balance(this.#here, moment);
    return this.#route(moment);
  }

  #begin({ table, chain, base }: Extract<Entry, { kind: 'chain' }>, moment: Moment): void {
    const isFirst = !moment.looped && (moment.stage === 'prerouting' || moment.stage === 'output');
    moment.packet.lookedUp = !isFirst || base.priority > CONNTRACK_PRIORITY;
    moment.frames.push(frameOf(table, chain));
  }

  /** Tables of NAT are asked once for each end of a new connection. */
  #asks({ base }: Extract<Entry, { kind: 'chain' }>, { packet, stage, ...moment }: Moment): boolean {
    if (base.type !== 'nat') return true;
    if (packet.state !== NEW) return false;
    return stage === 'prerouting' || stage === 'output' ? !moment.destinationSettled : !moment.sourceSettled;
  }

  // ---- between the hooks

  #route(moment: Moment): Turn[] {
    const { packet, stage } = moment;
    moment.entry = 0;
    if (stage === 'input') return END;
    if (stage === 'forward') return this.#to(moment, 'postrouting');
    if (stage === 'output') {
      packet.outInterface = leavingBy(this.#here, packet);
      moment.destinationSettled = true;
      return this.#to(moment, 'postrouting');
    }
    if (stage === 'postrouting') return this.#afterPostrouting(moment);
    moment.destinationSettled = true;
    if (moment.looped) return this.#to(moment, 'input');
    const local = packet.redirected || isLocal(this.#here, packet, packet.destination);
    if (local !== null) return this.#to(moment, local ? 'input' : 'forward');
    // An endpoint is a pod until somebody says that it is the node itself.
    if (packet.destinationRewritten) return this.#to(moment, 'forward');
    const text = 'the destination is an address of this node (--local-address)';
    const before = moment.assumed.get(text);
    const deliver = (at: Moment): string => this.#enter(at, 'input');
    const pass = (at: Moment): string => this.#enter(at, 'forward');
    if (before !== undefined) return [{ probability: 1, apply: before ? deliver : pass, next: 'on' }];
    return [
      { probability: 1, condition: { text, holds: true }, apply: deliver, next: 'on' },
      { probability: 1, condition: { text, holds: false }, apply: pass, next: 'on' },
    ];
  }

  #to(moment: Moment, stage: Stage): Turn[] {
    this.#enter(moment, stage);
    return STAY;
  }

  #enter(moment: Moment, stage: Stage): string {
    const { packet } = moment;
    moment.stage = stage;
    moment.entry = 0;
    if (stage === 'forward') packet.outInterface = leavingBy(this.#here, packet);
    if (stage === 'input') packet.outInterface = '';
    return '';
  }

  #afterPostrouting(moment: Moment): Turn[] {
    const { packet } = moment;
    moment.sourceSettled = true;
    if (!packet.own || moment.looped || isLocal(this.#here, packet, packet.destination) !== true) return END;
    moment.looped = true;
    packet.confirmed = true;
    packet.inInterface = 'lo';
    packet.outInterface = '';
    return this.#to(moment, 'prerouting');
  }

  // ---- taking a turn

  /** Changes the moment; the leaf, if the walk is over. */
  #take(moment: Moment, { apply, next }: Turn, weight: number): Leaf | null {
    const frame = moment.frames.at(-1);
    const effect = apply?.(moment) ?? '';
    if (effect !== '' && frame) frame.effects.push(effect);
    if (effect !== '' && !frame) this.#note(moment, effect);
    if (next === 'on') return null;
    if (next === 'statement') {
      if (frame) frame.statement++;
      return null;
    }
    if (next === 'rule') {
      if (this.#options.tried && frame) this.#tell(moment, frame, false, 'no match');
      if (frame) nextRule(frame);
      return null;
    }
    if (next.kind === 'end') {
      if (frame) this.#tell(moment, frame, true, next.depends ?? '');
      return this.#leaf(moment, next.verdict, weight, next.depends ? [next.depends] : []);
    }
    return frame ? this.#verdict(moment, frame, next, weight) : this.#leaf(moment, 'accept', weight);
  }

  #verdict(
    moment: Moment,
    frame: Frame,
    verdict: Exclude<Turn['next'], string | { kind: 'end' }>,
    weight: number,
  ): Leaf | null {
    const isPolicy = ruleAt(frame) === undefined;
    if (!isPolicy) this.#tell(moment, frame, true, verdict.kind === 'continue' ? '' : verdictText(verdict));
    else if (verdict.kind !== 'return') this.#tell(moment, frame, true, `policy ${verdict.kind}`);
    switch (verdict.kind) {
      case 'continue':
        nextRule(frame);
        return null;
      case 'return':
        return this.#return(moment, weight);
      case 'jump':
      case 'goto':
        return this.#jump(moment, frame, verdict, weight);
      case 'accept':
        moment.frames = [];
        return null;
      default:
        return this.#leaf(moment, 'drop', weight);
    }
  }

  #jump(moment: Moment, frame: Frame, verdict: { kind: 'jump' | 'goto'; chain: string }, weight: number): Leaf | null {
    const chain = frame.table.chains.get(verdict.chain);
    if (!chain) return this.#leaf(moment, 'depends', weight, [`chain ${verdict.chain}, which is not in the dump`]);
    if (moment.frames.length >= MOST_FRAMES || moment.hops++ >= MOST_HOPS)
      return this.#leaf(moment, 'depends', weight, ['chains that jump to each other without end']);
    nextRule(frame);
    // What comes after a goto is what would come after the chain that it leaves.
    if (verdict.kind === 'goto' && moment.frames.length > 1) moment.frames.pop();
    else if (verdict.kind === 'goto') frame.rule = frame.chain.rules.length;
    moment.frames.push(frameOf(frame.table, chain));
    return null;
  }

  /** Back to the chain that jumped here. In a base chain its policy decides. */
  #return(moment: Moment, weight: number): Leaf | null {
    if (moment.frames.length > 1) {
      moment.frames.pop();
      return null;
    }
    const frame = moment.frames[0] as Frame;
    const { base, policy } = frame.chain;
    frame.rule = frame.chain.rules.length;
    if (base !== null) this.#tell(moment, frame, true, `policy ${policy}`);
    if (base !== null && policy === 'drop') return this.#leaf(moment, 'drop', weight);
    moment.frames = [];
    return null;
  }

  #tell(moment: Moment, frame: Frame, matched: boolean, effect: string): void {
    const rule = ruleAt(frame);
    const step: Step = {
      hook: moment.stage,
      table: tableName(frame.table),
      chain: frame.chain.name,
      rule: rule?.text ?? '',
      comment: rule?.comment ?? '',
      place: rule?.place ?? frame.chain.place,
      matched,
      effect: [...frame.effects, effect].filter((word) => word !== '').join(', '),
    };
    moment.trail = extend(moment.trail, step);
  }

  #note(moment: Moment, effect: string): void {
    const step = {
      hook: moment.stage,
      table: '',
      chain: '',
      rule: '',
      comment: '',
      place: null,
      matched: true,
      effect,
    };
    moment.trail = extend(moment.trail, step);
  }
}

const NEW = 8n;
const CONNTRACK_PRIORITY = -200;
const IDLE: ReadonlySet<string> = new Set(['match', 'chance', 'unknown match', 'aside']);
const STAY: Turn[] = [{ probability: 1, next: 'on' }];
/** The packet is delivered or leaves. */
const END: Turn[] = [{ probability: 1, next: { kind: 'end', verdict: 'accept' } }];

const frameOf = (table: Table, chain: Chain): Frame => ({ table, chain, rule: 0, statement: 0, effects: [] });

export const hereOf = (node: NodeDump, addresses: ReadonlySet<string> | null): Here => ({ node, addresses });
