// rules.ts - x-kubernetes-validations: what the rules of a schema say of an object.
//
// Order and words of apiextensions-apiserver's schema/cel/validation.go. A value that an update leaves as it was is not
// judged again.
import { isDeepStrictEqual } from 'node:util';
import { duplicate, forbidden, invalid, required } from '../../manifest/validate/field-error.js';
import type { Issue } from '../../model/issue.js';
import { celValue, compile, evaluate, optional } from './expressions.js';
import type { Structural, ValidationRule } from './schema.js';

type Json = Record<string, unknown>;

const isMap = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

const RULES = 'x-kubernetes-validations';

/** Of the object itself, where a path would be empty. */
const ROOT = '<nil>';

const comparesWithOld = ({ rule, messageExpression = '' }: ValidationRule): boolean =>
  /\boldSelf\b/.test(rule) || /\boldSelf\b/.test(messageExpression);

type Values = Parameters<typeof evaluate>[1];

/** What is said where a rule does not hold. */
function messageOf({ rule, message, messageExpression }: ValidationRule, values: Values): string {
  const otherwise = message ?? `failed rule: ${rule.trim()}`;
  const expression = messageExpression === undefined ? undefined : compile(messageExpression);
  if (!expression || !('run' in expression)) return otherwise;
  try {
    const made = evaluate(expression.run, values);
    return typeof made === 'string' && made.trim() !== '' && !made.includes('\n') ? made : otherwise;
  } catch {
    return otherwise;
  }
}

function issueOf(rule: ValidationRule, path: string, type: string, detail: string): Issue {
  const field = `${path}${rule.fieldPath ?? ''}`.replace(/^\./, '') || ROOT;
  if (rule.reason === 'FieldValueForbidden') return forbidden(field, detail);
  if (rule.reason === 'FieldValueRequired') return required(field, detail);
  if (rule.reason === 'FieldValueDuplicate') return duplicate(field, type, detail);
  return invalid(field, type, detail);
}

/** What one rule says; nothing where it cannot be evaluated here, which the definition's writer was told. */
function ruleIssue(rule: ValidationRule, values: Values, path: string, type: string): Issue | undefined {
  const expression = compile(rule.rule);
  if (!('run' in expression)) return undefined;
  try {
    return evaluate(expression.run, values) === true ? undefined : issueOf(rule, path, type, messageOf(rule, values));
  } catch (error) {
    const detail = `${(error as Error).message} evaluating rule: ${rule.message ?? rule.rule.trim()}`;
    return invalid(path || ROOT, type, detail);
  }
}

/** Of an object's metadata expressions see its names alone. */
const seen = (value: unknown, path: string): unknown => {
  if (path !== '' || !isMap(value) || !isMap(value.metadata)) return value;
  const { name, generateName } = value.metadata;
  return { ...value, metadata: { name, ...(generateName === undefined ? {} : { generateName }) } };
};

function ownIssues(value: unknown, old: unknown, schema: Structural, path: string): Issue[] {
  const rules = schema[RULES] ?? [];
  if (rules.length === 0) return [];
  const self = celValue(seen(value, path), schema);
  const oldSelf = old === undefined ? undefined : celValue(seen(old, path), schema);
  return rules.flatMap((rule) => {
    if (oldSelf === undefined && comparesWithOld(rule) && !rule.optionalOldSelf) return [];
    const values = { self, oldSelf: rule.optionalOldSelf ? optional(oldSelf) : oldSelf };
    return ruleIssue(rule, values, path, schema.type ?? 'object') ?? [];
  });
}

/** The item of an old list that an item of a new one was: found by the keys of the list, or not at all. */
function before(item: unknown, old: unknown, schema: Structural): unknown {
  const keys = schema['x-kubernetes-list-map-keys'];
  if (!keys || !isMap(item) || !Array.isArray(old)) return undefined;
  return old.find((other) => isMap(other) && keys.every((key) => other[key] === item[key]));
}

/**
 * What the rules of a schema say of a value that fits it.
 * @param old undefined = it is new, or nobody can tell what it was
 */
export function ruleViolations(value: unknown, old: unknown, schema: Structural, path = ''): Issue[] {
  if (old !== undefined && isDeepStrictEqual(value, old)) return [];
  const own = ownIssues(value, old, schema, path);
  if (Array.isArray(value)) {
    const items = schema.items ?? {};
    return [
      ...own,
      ...value.flatMap((item, i) => ruleViolations(item, before(item, old, schema), items, `${path}[${i}]`)),
    ];
  }
  if (!isMap(value)) return own;
  const { properties = {}, additionalProperties: more } = schema;
  const below = Object.entries(value).flatMap(([key, item]) => {
    const field = Object.hasOwn(properties, key) ? properties[key] : typeof more === 'object' ? more : undefined;
    const inner = Object.hasOwn(properties, key) ? `${path === '' ? '' : `${path}.`}${key}` : `${path}[${key}]`;
    return field ? ruleViolations(item, isMap(old) ? old[key] : undefined, field, inner) : [];
  });
  return [...own, ...below];
}

interface Placed {
  readonly rule: ValidationRule;
  readonly path: string;
}

/** All rules of a schema, with their places in it. */
function rulesOf(schema: Structural, path: string): Placed[] {
  const { properties = {}, items, additionalProperties: more } = schema;
  return [
    ...(schema[RULES] ?? []).map((rule, i) => ({ rule, path: `${path}.${RULES}[${i}]` })),
    ...Object.entries(properties).flatMap(([key, inner]) => rulesOf(inner, `${path}.properties[${key}]`)),
    ...(items ? rulesOf(items, `${path}.items`) : []),
    ...(typeof more === 'object' ? rulesOf(more, `${path}.additionalProperties`) : []),
  ];
}

export const hasRules = (schema: Structural): boolean => rulesOf(schema, '').length > 0;

/** What is wrong with the rules themselves. */
export const checkRules = (schema: Structural, path: string): Issue[] =>
  rulesOf(schema, path).flatMap(({ rule, path: place }) => {
    if (!rule.rule?.trim()) return [required(`${place}.rule`, 'rule is not specified')];
    const expression = compile(rule.rule);
    return 'wrong' in expression
      ? [invalid(`${place}.rule`, rule.rule, `compilation failed: ${expression.wrong}`)]
      : [];
  });

/** Rules that are kept and not evaluated, since they use what is not known here, each with the reason. */
export const foreignRules = (schema: Structural, path: string): string[] =>
  rulesOf(schema, path).flatMap(({ rule, path: place }) => {
    const expression = compile(rule.rule ?? '');
    return 'foreign' in expression ? [`${place}: the rule is kept, but not evaluated: ${expression.foreign}`] : [];
  });
