// words.ts - one line of iptables-save as options: words, quotes, negations, and which module each option belongs to.
import type { Place } from '../../rules/ruleset.js';
import { mistake } from '../place.js';

interface Word {
  readonly text: string;
  /** From 1. */
  readonly column: number;
  readonly quoted: boolean;
}

/** One `--option value value`; `!` may stand before the option or, in old listings, before its value. */
export interface Option {
  readonly name: string;
  readonly negated: boolean;
  readonly values: readonly string[];
  readonly column: number;
}

export interface Segment {
  /** '' for the options of every rule: addresses, protocol, interfaces. */
  readonly module: string;
  readonly options: readonly Option[];
}

interface Options {
  readonly matches: readonly Segment[];
  readonly target: Segment | null;
  readonly goto: boolean;
  readonly comment: string;
}

const QUOTE = 34;
const BACKSLASH = 92;
const isBlank = (code: number): boolean => code === 32 || code === 9 || code === 13;

/** A quoted word from its opening quote on, and where it ends. */
function quotedWord(line: string, from: number, place: Place): { text: string; end: number } {
  let text = '';
  let i = from + 1;
  for (; i < line.length; i++) {
    const code = line.charCodeAt(i);
    if (code === QUOTE) return { text, end: i + 1 };
    if (code === BACKSLASH) i++;
    text += line[i] ?? '';
  }
  throw mistake({ ...place, column: from + 1 }, 'a quote is never closed');
}

export function wordsOf(line: string, place: Place, from = 0): Word[] {
  const words: Word[] = [];
  let i = from;
  while (i < line.length) {
    if (isBlank(line.charCodeAt(i))) {
      i++;
      continue;
    }
    const start = i;
    if (line.charCodeAt(i) === QUOTE) {
      const { text, end } = quotedWord(line, i, place);
      words.push({ text, column: start + 1, quoted: true });
      i = end;
      continue;
    }
    while (i < line.length && !isBlank(line.charCodeAt(i))) i++;
    words.push({ text: line.slice(start, i), column: start + 1, quoted: false });
  }
  return words;
}

/** Options of every rule, by all their spellings. */
const BASIC: Readonly<Record<string, string>> = {
  '-s': '-s',
  '--source': '-s',
  '--src': '-s',
  '-d': '-d',
  '--destination': '-d',
  '--dst': '-d',
  '-i': '-i',
  '--in-interface': '-i',
  '-o': '-o',
  '--out-interface': '-o',
  '-p': '-p',
  '--protocol': '-p',
  '--proto': '-p',
  '-f': '-f',
  '--fragment': '-f',
  '-4': '-4',
  '-6': '-6',
};
const isOption = ({ text, quoted }: Word): boolean => !quoted && text.startsWith('-') && !/^-\d/.test(text);
const isBang = ({ text, quoted }: Word): boolean => !quoted && text === '!';

interface Growing extends Segment {
  readonly options: Option[];
}

/** The option that begins at `from`, and where the next one begins. A `!` before the next option is that option's. */
function optionAt(words: readonly Word[], from: number, negated: boolean): { option: Option; end: number } {
  const { text: name, column } = words[from] as Word;
  const values: string[] = [];
  let own = negated;
  let end = from + 1;
  for (; end < words.length; end++) {
    const value = words[end] as Word;
    const next = words[end + 1];
    if (isOption(value) || (isBang(value) && (next === undefined || isOption(next)))) break;
    if (isBang(value)) own = true;
    else values.push(value.text);
  }
  return { option: { name, negated: own, values, column }, end };
}

const MATCH: ReadonlySet<string> = new Set(['-m', '--match']);
const JUMP: ReadonlySet<string> = new Set(['-j', '--jump']);
const GOTO: ReadonlySet<string> = new Set(['-g', '--goto']);

/** Reads words as options. Long options go to the module named last, short ones to the rule itself. */
export function optionsOf(words: readonly Word[], place: Place): Options {
  const basic: Growing = { module: '', options: [] };
  const matches: Growing[] = [basic];
  let [target, isGoto, comment]: [Growing | null, boolean, string] = [null, false, ''];
  let current = basic;
  for (let i = 0; i < words.length; ) {
    const word = words[i] as Word;
    const negated = isBang(word);
    if (negated) i++;
    const start = words[i];
    if (!start || !isOption(start))
      throw mistake({ ...place, column: word.column }, `"${word.text}" belongs to no option`);
    const { option, end } = optionAt(words, i, negated);
    i = end;
    const {
      name,
      values: [first = ''],
    } = option;
    const known = BASIC[name];
    if (known !== undefined) basic.options.push({ ...option, name: known });
    else if (MATCH.has(name) || JUMP.has(name) || GOTO.has(name)) {
      current = { module: first, options: [] };
      if (MATCH.has(name)) matches.push(current);
      else [target, isGoto] = [current, GOTO.has(name)];
    } else if (name === '--comment' && current.module === 'comment') comment = first;
    else current.options.push(option);
  }
  return { matches, target, goto: isGoto, comment };
}
