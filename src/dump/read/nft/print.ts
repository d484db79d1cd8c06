// print.ts - expressions and statements of nft's JSON as the text that `nft list ruleset` writes for them.
import { urlHost } from '../../../model/address.js';

type Json = unknown;
type Fields = Readonly<Record<string, Json>>;

const isFields = (value: Json): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);
const listOf = (value: Json): readonly Json[] => (Array.isArray(value) ? value : [value]);
const word = (value: Json): string => (typeof value === 'string' || typeof value === 'number' ? String(value) : '');
/** What is not known, as it was written; nesting has no end in a file that means harm. */
function raw(value: Json): string {
  try {
    return JSON.stringify(value) ?? '';
  } catch {
    return 'unknown';
  }
}

const BINARY = new Set(['&', '|', '^', '<<', '>>']);

/** Nothing in a listing is nested deeper; a text that is means harm. */
const MOST_DEPTH = 64;

function binary(op: string, value: Json, depth: number): string {
  // A list is a value of several bits.
  const operand = (one: Json): string => (Array.isArray(one) ? binary('|', one, depth) : expressionText(one, depth));
  const [first, ...rest] = listOf(value).map(operand);
  return `(${[first, ...rest].join(` ${op} `)})`;
}

/** `[key, value]` is an element of a map. */
function elementText(value: Json, depth: number): string {
  if (!Array.isArray(value)) return expressionText(value, depth);
  const [key, data] = value;
  return `${expressionText(key, depth)} : ${isVerdict(data) ? statementText(data, depth) : expressionText(data, depth)}`;
}

const VERDICTS = new Set(['accept', 'drop', 'return', 'continue', 'jump', 'goto']);
const isVerdict = (value: Json): boolean => isFields(value) && VERDICTS.has(Object.keys(value)[0] ?? '');

const setText = (value: Json, depth: number): string =>
  `{ ${listOf(value)
    .map((one) => elementText(one, depth))
    .join(', ')} }`;

function amongText(value: Json, depth: number): string {
  return typeof value === 'string' ? value : expressionText(value, depth);
}

type Printer = (value: Fields, depth: number) => string;

const EXPRESSIONS: Readonly<Record<string, Printer>> = {
  prefix: ({ addr, len }) => `${word(addr)}/${word(len)}`,
  payload: ({ protocol, field }) => `${word(protocol)} ${word(field)}`,
  meta: ({ key }) => `meta ${word(key)}`,
  ct: ({ key, dir, family }) => ['ct', word(dir), word(family), word(key)].filter((one) => one !== '').join(' '),
  fib: ({ result, flags }) => `fib ${listOf(flags).map(word).join(' . ')} ${word(result)}`,
  numgen: ({ mode, mod, offset }) => `numgen ${word(mode)} mod ${word(mod)}${offset ? ` offset ${word(offset)}` : ''}`,
  jhash: ({ expr, mod, seed, offset }, depth) =>
    `jhash ${expressionText(expr, depth)} mod ${word(mod)}${seed === undefined ? '' : ` seed ${word(seed)}`}${offset ? ` offset ${word(offset)}` : ''}`,
  symhash: ({ mod, offset }) => `symhash mod ${word(mod)}${offset ? ` offset ${word(offset)}` : ''}`,
  map: ({ key, data }, depth) => `${expressionText(key, depth)} map ${amongText(data, depth)}`,
  elem: ({ val }, depth) => expressionText(val, depth),
  socket: ({ key }) => `socket ${word(key)}`,
  rt: ({ key }) => `rt ${word(key)}`,
};

function objectText(value: Fields, depth: number): string {
  const [[name, inner] = ['', null]] = Object.entries(value);
  if (BINARY.has(name)) return binary(name, inner, depth);
  const items = listOf(inner);
  if (name === 'range') return items.map((one) => expressionText(one, depth)).join('-');
  if (name === 'concat') return items.map((one) => expressionText(one, depth)).join(' . ');
  if (name === 'set') return setText(inner, depth);
  const print = Object.hasOwn(EXPRESSIONS, name) ? EXPRESSIONS[name] : undefined;
  return print && isFields(inner) ? print(inner, depth) : raw(value);
}

/** An expression as nft writes it. Texts are words, but for those that need quotes. */
export function expressionText(value: Json, depth = 0): string {
  if (depth > MOST_DEPTH) return 'unknown';
  if (isFields(value)) return objectText(value, depth + 1);
  if (Array.isArray(value)) return value.map((one) => expressionText(one, depth + 1)).join(',');
  const text = value === true ? 'exists' : value === false ? 'missing' : word(value);
  return /^[\w.:/*@+-]+$/.test(text) ? text : `"${text.replaceAll('"', '')}"`;
}

/** Names of interfaces are quoted, as in listings; a word alone could be a number. */
function matched({ op, left, right }: Fields, depth: number): string {
  const looked = expressionText(left, depth);
  const isName = isFields(left) && isFields(left.meta) && /^[io]if(name)?$/.test(word(left.meta.key));
  const quoted = (one: Json): string => (isName && typeof one === 'string' ? `"${one}"` : expressionText(one, depth));
  const values =
    isName && isFields(right) && Array.isArray(right.set) ? `{ ${right.set.map(quoted).join(', ')} }` : quoted(right);
  const sign = op === 'in' || op === undefined ? '' : ` ${word(op)}`;
  return `${looked}${sign} ${values}`;
}

function natText(name: string, value: Json, depth: number): string {
  if (!isFields(value)) return name;
  const { addr, port } = value;
  if (addr === undefined && port === undefined) return name;
  if (port === undefined) return `${name} to ${expressionText(addr, depth)}`;
  const ports = expressionText(port, depth);
  if (addr === undefined) return /^[\d-]+$/.test(ports) ? `${name} to :${ports}` : `${name} to : ${ports}`;
  if (typeof addr === 'string' && /^[\d-]+$/.test(ports)) return `${name} to ${urlHost(addr)}:${ports}`;
  return `${name} to ${expressionText(addr, depth)} : ${ports}`;
}

function rejectText(value: Json): string {
  if (!isFields(value)) return 'reject';
  if (word(value.type) === 'tcp reset') return 'reject with tcp reset';
  return `reject with ${word(value.type)} type ${word(value.expr)}`;
}

function limitText(value: Json): string {
  if (!isFields(value)) return `limit name ${raw(value)}`;
  const { rate, per, inv } = value;
  return `limit rate ${inv ? 'over ' : ''}${word(rate)}/${word(per)}`;
}

const STATEMENTS: Readonly<Record<string, (value: Json, depth: number) => string>> = {
  match: (value, depth) => (isFields(value) ? matched(value, depth) : 'unknown'),
  vmap: (value, depth) =>
    isFields(value) ? `${expressionText(value.key, depth)} vmap ${amongText(value.data, depth)}` : 'unknown',
  jump: (value) => `jump ${isFields(value) ? word(value.target) : ''}`,
  goto: (value) => `goto ${isFields(value) ? word(value.target) : ''}`,
  mangle: (value, depth) =>
    isFields(value) ? `${expressionText(value.key, depth)} set ${expressionText(value.value, depth)}` : 'unknown',
  counter: () => 'counter',
  log: () => 'log',
  limit: limitText,
  reject: rejectText,
  queue: (value) => `queue num ${isFields(value) ? expressionText(value.num) : '0'}`,
  set: (value, depth) =>
    isFields(value) ? `${word(value.op)} ${word(value.set)} { ${expressionText(value.elem, depth)} }` : 'unknown',
  flow: (value) => `flow add ${isFields(value) ? word(value.flowtable) : '@'}`,
};

const ALONE = new Set(['accept', 'drop', 'return', 'continue', 'notrack']);
const NAT = new Set(['dnat', 'snat', 'masquerade', 'redirect']);

/** A statement as nft writes it; words that are no statement where it is not known. */
export function statementText(value: Json, depth = 0): string {
  if (!isFields(value)) return `unknown ${raw(value)}`;
  const [[name, inner] = ['', null]] = Object.entries(value);
  if (ALONE.has(name)) return name;
  if (NAT.has(name)) return natText(name, inner, depth);
  const print = Object.hasOwn(STATEMENTS, name) ? STATEMENTS[name] : undefined;
  if (print) return print(inner, depth);
  return `${name} ${raw(inner)}`.replaceAll('"', "'");
}
