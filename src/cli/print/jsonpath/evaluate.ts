// evaluate.ts - a parsed JSONPath template and a value → text, as `kubectl get -o jsonpath=…` prints it.
import { toJson } from '../json.js';
import { type Operator, type Part, parsePath, parseTemplate, type Step, TemplateError } from './parse.js';

type Json = unknown;

const isMap = (value: Json): value is Record<string, Json> =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

/** Values of a map in the order of its keys, or items of an array; nothing for anything else. */
function children(value: Json): Json[] {
  if (Array.isArray(value)) return value;
  if (!isMap(value)) return [];
  return Object.keys(value)
    .sort()
    .map((key) => value[key]);
}

/** The value and everything below it that has children. */
function descendants(value: Json): Json[] {
  const below = children(value);
  return below.length === 0 ? [] : [value, ...below.flatMap(descendants)];
}

const outOfBounds = (index: number, length: number): TemplateError =>
  new TemplateError(`array index out of bounds: index ${index}, length ${length}`);

function slice(value: Json, step: Extract<Step, { kind: 'slice' }>): Json[] {
  if (value === null || value === undefined) return [];
  if (!Array.isArray(value)) throw new TemplateError(`${JSON.stringify(value)} is not array or slice`);
  const { length } = value;
  const from = (step.from ?? 0) + ((step.from ?? 0) < 0 ? length : 0);
  const to = (step.to ?? length) + ((step.to ?? length) < 0 ? length : 0);
  if (from === to) return [];
  if (from >= length || from < 0) throw outOfBounds(from, length);
  if (to > length || to < 0) throw outOfBounds(to - 1, length);
  if (from > to) throw new TemplateError(`starting index ${from} is greater than ending index ${to}`);
  const stride = step.step ?? 1;
  if (stride <= 0) throw new TemplateError('step must be > 0');
  return value.slice(from, to).filter((_, i) => i % stride === 0);
}

function index(value: Json, at: number): Json[] {
  if (value === null || value === undefined) return [];
  if (!Array.isArray(value)) throw new TemplateError(`${JSON.stringify(value)} is not array or slice`);
  const place = at < 0 ? at + value.length : at;
  if (place < 0 || place >= value.length) throw outOfBounds(place, value.length);
  return [value[place]];
}

function compare(left: Json, operator: Operator, right: Json): boolean {
  if (typeof left !== typeof right) throw new TemplateError('incompatible types for comparison');
  if (operator === '==') return left === right;
  if (operator === '!=') return left !== right;
  if (typeof left !== 'string' && typeof left !== 'number') throw new TemplateError('invalid type for comparison');
  const [a, b] = [left, right as typeof left];
  if (operator === '<') return a < b;
  if (operator === '<=') return a <= b;
  return operator === '>' ? a > b : a >= b;
}

function filter(value: Json, step: Extract<Step, { kind: 'filter' }>): Json[] {
  if (value === null || value === undefined) return [];
  if (!Array.isArray(value))
    throw new TemplateError(`${JSON.stringify(value)} is not array or slice and cannot be filtered`);
  return value.filter((item) => {
    const left = evaluate(step.left, [item]);
    if (step.operator === 'exists') return left.length > 0;
    if (left.length === 0) return false;
    const right = evaluate(step.right, [item]);
    if (left.length > 1 || right.length > 1) throw new TemplateError('can only compare one element at a time');
    return right.length === 1 && compare(left[0], step.operator, right[0]);
  });
}

function field(value: Json, name: string): Json[] {
  return isMap(value) && Object.hasOwn(value, name) && value[name] !== undefined ? [value[name]] : [];
}

function apply(step: Step, values: readonly Json[]): Json[] {
  switch (step.kind) {
    case 'text':
      return [step.text];
    case 'literal':
      return [step.value];
    case 'field':
      return values.flatMap((value) => field(value, step.name));
    case 'wildcard':
      return values.flatMap(children);
    case 'recursive':
      return values.flatMap(descendants);
    case 'slice':
      return values.flatMap((value) => slice(value, step));
    case 'index':
      return values.flatMap((value) => index(value, step.at));
    case 'union':
      return step.parts.flatMap((part) => evaluate(part, values));
    case 'filter':
      return values.flatMap((value) => filter(value, step));
  }
}

function evaluate(steps: readonly Step[], values: readonly Json[]): Json[] {
  return steps.reduce<Json[]>((found, step) => apply(step, found), [...values]);
}

/** A value as text: strings bare, numbers and booleans as they are, the rest as JSON on one line. */
function valueText(value: Json): string {
  if (typeof value === 'string') return value;
  if (value !== null && typeof value === 'object') return toJson(value, 0);
  return value === null || value === undefined ? '' : String(value);
}

function render(parts: readonly Part[], value: Json): string {
  return parts
    .map((part) =>
      part.kind === 'range'
        ? evaluate(part.steps, [value])
            .map((item) => render(part.body, item))
            .join('')
        : evaluate(part.steps, [value]).map(valueText).join(' '),
    )
    .join('');
}

/** A parsed template that can be used on many values. Throws TemplateError. */
export function compileTemplate(text: string): (value: Json) => string {
  const parts = parseTemplate(text);
  return (value) => render(parts, value);
}

/**
 * A path in kubectl's relaxed form (`metadata.name`, `.metadata.name`, `{.metadata.name}`) → what it finds.
 * Throws TemplateError.
 */
export function compilePath(text: string): (value: Json) => Json[] {
  const inside = /^\{(.*)\}$/s.exec(text.trim())?.[1] ?? text.trim();
  if (inside === '' || /[{}]/.test(inside)) {
    throw new TemplateError(
      `unexpected path string, expected a 'name1.name2' or '.name1.name2' or '{name1.name2}' or '{.name1.name2}'`,
    );
  }
  const steps = parsePath(/^[.[$@]/.test(inside) ? inside : `.${inside}`);
  return (value) => evaluate(steps, [value]);
}
