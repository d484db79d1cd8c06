// typed.ts - checks that an applied object fits the API's types, and that its list items are unique.
//
// Words of structured-merge-diff's validation; an apply that does not fit is refused before anything is merged.
import { type ApiType, elementOf, type Field, typeNamed } from '../../schema/types.js';
import { goText } from '../merge/strategic.js';
import { fieldElement, isMap, type Json, showPath } from './element.js';
import { ElementError, itemElement, type Shape, shapeOfField } from './shape.js';

/** What Go's `%#v` makes of a value. */
function goSyntax(value: unknown): string {
  if (Array.isArray(value)) return `[]interface {}{${value.map(goSyntax).join(', ')}}`;
  if (isMap(value)) {
    const names = Object.keys(value).sort();
    return `map[string]interface {}{${names.map((name) => `${JSON.stringify(name)}:${goSyntax(value[name])}`).join(', ')}}`;
  }
  return typeof value === 'string' ? JSON.stringify(value) : value === null ? 'interface {}(nil)' : String(value);
}

function goType(value: unknown): string {
  if (Array.isArray(value)) return '[]interface {}';
  if (isMap(value)) return 'map[string]interface {}';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int64' : 'float64';
  return typeof value === 'boolean' ? 'bool' : value === null ? '<nil>' : typeof value;
}

const unfit = (value: unknown): string => `&value.valueUnstructured{Value:${goSyntax(value)}}`;

/** What is wrong with a simple value; undefined for one that fits. */
function scalarFault(type: string, value: unknown): string | undefined {
  if (value === null) return undefined;
  if (type === 's' || type === 'y')
    return typeof value === 'string' ? undefined : `expected string, got ${unfit(value)}`;
  if (type === 'b') return typeof value === 'boolean' ? undefined : `expected boolean, got ${unfit(value)}`;
  if (!['i', 'l', 'n'].includes(type)) return undefined;
  return typeof value === 'number' ? undefined : `expected numeric (int or float), got ${goType(value)}`;
}

const IMPLIED: Shape = { is: 'leaf' };

class Check {
  readonly faults: string[] = [];

  fault(path: readonly string[], text: string): void {
    this.faults.push(path.length === 0 ? text : `${showPath(path)}: ${text}`);
  }

  value(type: string, shape: Shape, value: unknown, path: readonly string[]): void {
    const element = elementOf(type);
    if (type === 'x') return;
    if (type.length === 1) {
      const fault = scalarFault(type, value);
      if (fault) this.fault(path, fault);
    } else if (element === undefined) this.struct(typeNamed(type), value, path);
    else if (type.startsWith('[')) this.list(element, shape, value, path);
    else this.map(element, value, path);
  }

  private list(element: string, shape: Shape, value: unknown, path: readonly string[]): void {
    if (value === null) return;
    if (!Array.isArray(value)) {
      this.fault(path, `expected list, got &{${goText(value)}}`);
      return;
    }
    const seen = new Set<string>();
    for (const [i, item] of value.entries()) {
      const name = this.element(shape, item, i, path);
      if (name === undefined) continue;
      if (seen.has(name)) this.fault(path, `duplicate entries for key ${showPath([name])}`);
      else this.value(element, IMPLIED, item, [...path, name]);
      seen.add(name);
    }
  }

  private element(shape: Shape, item: unknown, index: number, path: readonly string[]): string | undefined {
    try {
      return itemElement(shape, item, index);
    } catch (error) {
      if (!(error instanceof ElementError)) throw error;
      this.fault(path, `element ${index}: ${error.message}`);
      return undefined;
    }
  }

  private members(value: unknown, path: readonly string[]): Json | undefined {
    if (value === null) return undefined;
    if (isMap(value)) return value;
    this.fault(path, `expected map, got &{${goText(value)}}`);
    return undefined;
  }

  private map(element: string, value: unknown, path: readonly string[]): void {
    const members = this.members(value, path) ?? {};
    for (const name of Object.keys(members).sort())
      this.value(element, IMPLIED, members[name], [...path, fieldElement(name)]);
  }

  struct(type: ApiType | undefined, value: unknown, path: readonly string[]): void {
    const members = this.members(value, path) ?? {};
    for (const name of Object.keys(members).sort()) {
      const field: Field | undefined = type?.fields.get(name);
      const inner = [...path, fieldElement(name)];
      if (field) this.value(field.type, shapeOfField(field), members[name], inner);
      else if (type && !type.open) {
        this.fault(inner, 'field not declared in schema');
        // What stands after it in the struct is not looked at.
        return;
      }
    }
  }
}

/** What is wrong with an object; undefined if it fits. Several faults are told as the original tells them. */
export function typedFault(object: Json, type: ApiType): string | undefined {
  const check = new Check();
  check.struct(type, object, []);
  if (check.faults.length <= 1) return check.faults[0];
  return ['errors:', ...check.faults.map((fault) => `  ${fault}`)].join('\n');
}
