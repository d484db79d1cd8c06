// output.ts - `-o FORMAT`: which forms there are, and objects in one of them as text.

import { didYouMean } from '../../manifest/suggest.js';
import { toYaml } from '../../manifest/written/yaml.js';
import type { KubeObject } from '../../model/objects.js';
import { Exit } from '../failure.js';
import { parseColumnSpec } from './columnspec.js';
import { toJson } from './json.js';
import { compileTemplate } from './jsonpath/evaluate.js';
import { TemplateError } from './jsonpath/parse.js';
import { toKyaml } from './kyaml.js';
import { TABLE, tabulate } from './tabwriter.js';

/** Prints objects in a form other than kubectl's table. */
export interface Output {
  /** A single object alone; a list as a List, or line by line if the form has lines. */
  print(objects: readonly KubeObject[], single: boolean): string;
}

interface OutputOptions {
  /** `deployment.apps/web` for an object. */
  readonly nameOf: (object: KubeObject) => string;
  readonly headers: boolean;
  /** True if documents show who owns which field. */
  readonly managedFields?: boolean;
}

/** What `-o` accepts wherever objects are printed. A template comes after `=`. */
export const OBJECT_FORMATS = ['yaml', 'json', 'kyaml', 'name', 'jsonpath=', 'custom-columns='] as const;

const FORMATS = [...OBJECT_FORMATS.map((format) => format.replace('=', '')), 'wide'].sort();

const listOf = (objects: readonly KubeObject[]): object => ({
  apiVersion: 'v1',
  items: objects,
  kind: 'List',
  metadata: { resourceVersion: '' },
});

const whole =
  (write: (value: unknown) => string): Output['print'] =>
  (objects, single) =>
    write(single ? objects[0] : listOf(objects));

/** The object without the owners of its fields, which are long and which few people want. */
function withoutOwners(object: KubeObject): KubeObject {
  if (object?.metadata?.managedFields === undefined) return object;
  const { managedFields: _owners, ...metadata } = object.metadata;
  return { ...object, metadata };
}

/** Objects as documents. */
const documents = (write: (value: unknown) => string, { managedFields = false }: OutputOptions): Output => ({
  print: (objects, single) => whole(write)(managedFields ? objects : objects.map(withoutOwners), single),
});

/** Runs a user's template. Mistakes in it are wrong usage. */
function guarded<T>(what: string, text: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof TemplateError) throw new Exit(1, `error: ${what} "${text}": ${error.message}`);
    throw error;
  }
}

function jsonpath(text: string): Output {
  if (text === '') throw new Exit(1, 'error: template format specified but no template given');
  const fill = guarded('error parsing jsonpath', text, () => compileTemplate(text));
  return { print: whole((value) => guarded('error executing jsonpath', text, () => fill(value))) };
}

function customColumns(text: string, headers: boolean): Output {
  const { header, row } = guarded('error reading custom-columns', text, () => parseColumnSpec(text));
  let shown = !headers;
  return {
    print(objects) {
      const rows = objects.map((object) => guarded('error executing custom-columns', text, () => row(object)));
      const lines = shown ? rows : [[...header], ...rows];
      shown = true;
      return tabulate(lines, TABLE);
    },
  };
}

/** The form that `-o` names; null for a table (no format, or `wide`). Throws Exit for an unknown format. */
export function parseOutput(format: string | undefined, options: OutputOptions): Output | null {
  if (format === undefined || format === '' || format === 'wide') return null;
  const equals = format.indexOf('=');
  const kind = equals < 0 ? format : format.slice(0, equals);
  const argument = equals < 0 ? '' : format.slice(equals + 1);
  if (kind === 'json') return documents((value) => `${toJson(value)}\n`, options);
  if (kind === 'yaml') return documents(toYaml, options);
  if (kind === 'kyaml') return documents(toKyaml, options);
  if (kind === 'name') return { print: (objects) => objects.map((object) => `${options.nameOf(object)}\n`).join('') };
  if (kind === 'jsonpath') return jsonpath(argument);
  if (kind === 'custom-columns') return customColumns(argument, options.headers);
  throw new Exit(
    2,
    `error: unable to match a printer suitable for the output format "${kind}", allowed formats are: ${FORMATS.join(',')}${didYouMean(kind, FORMATS)}`,
  );
}
