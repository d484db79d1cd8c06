// generate.ts - descriptions of protobuf files (FileDescriptorProto) → field numbers of the API's messages, as messages.gen.ts.
//
//     npm run schema:protobuf -- FILE…
//
// Each FILE is one FileDescriptorProto in binary, or a FileDescriptorSet as `protoc --descriptor_set_out` writes it. Facts
// alone are taken: names, numbers and types. decode.ts tells the notation.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import descriptor from 'protobufjs/ext/descriptor.js';

interface FieldDescription {
  readonly name?: string;
  readonly number?: number;
  readonly label?: number;
  readonly type?: number;
  readonly typeName?: string;
}

interface MessageDescription {
  readonly name?: string;
  readonly field?: readonly FieldDescription[];
  readonly nestedType?: readonly MessageDescription[];
  readonly options?: { readonly mapEntry?: boolean } | null;
}

interface FileDescription {
  readonly package?: string;
  readonly messageType?: readonly MessageDescription[];
}

/** Numbers of FieldDescriptorProto.Type. */
const TYPES: Readonly<Record<number, string>> = { 1: 'd', 3: 'l', 4: 'l', 5: 'i', 8: 'b', 9: 's', 12: 'y', 13: 'i' };
const MESSAGE = 11;
const REPEATED = 3;

/** `.k8s.io.api.core.v1.Pod` → `core.v1.Pod`. */
const shortName = (name: string): string =>
  name
    .replace(/^\./, '')
    .replace(/^k8s\.io\.kubernetes\.vendor\./, '')
    .replace(/^k8s\.io\.apimachinery\.pkg\.(apis\.|api\.|util\.)?/, '')
    .replace(/^k8s\.io\.apiextensions_apiserver\.pkg\.apis\./, '')
    .replace(/^k8s\.io\.(api|metrics\.pkg\.apis)\./, '');

function typeText(field: FieldDescription, maps: ReadonlyMap<string, string>): string {
  const name = shortName(field.typeName ?? '');
  if (field.type === MESSAGE && maps.has(name)) return `{${maps.get(name)}`;
  const own = field.type === MESSAGE ? name : (TYPES[field.type ?? 0] ?? 's');
  return field.label === REPEATED ? `[${own}` : own;
}

/** Lines of the table: a message, then its fields. */
export function messageLines(files: readonly FileDescription[]): string[] {
  const blocks = new Map<string, string[]>();
  for (const { package: scope = '', messageType = [] } of files) {
    for (const message of messageType) {
      const name = shortName(`${scope}.${message.name}`);
      const maps = new Map<string, string>();
      for (const { name: inner = '', field = [], options } of message.nestedType ?? []) {
        const value = field.find(({ number }) => number === 2);
        if (options?.mapEntry && value) maps.set(`${name}.${inner}`, typeText(value, new Map()));
      }
      const fields = (message.field ?? []).map((field) => ` ${field.number} ${field.name} ${typeText(field, maps)}`);
      blocks.set(name, [name, ...fields]);
    }
  }
  return [...blocks.keys()].sort().flatMap((name) => blocks.get(name) ?? []);
}

function readFiles(path: string): FileDescription[] {
  const bytes = readFileSync(path);
  const file = descriptor.FileDescriptorProto.decode(bytes) as unknown as FileDescription & { name?: string };
  // A set begins with the length of a file where a file begins with its name.
  if (file.name?.endsWith('.proto')) return [file];
  return (descriptor.FileDescriptorSet.decode(bytes) as unknown as { file: FileDescription[] }).file;
}

function main(paths: readonly string[]): void {
  const file = 'messages.gen.ts';
  const head = [
    `// ${file} - field numbers of the API's protobuf messages, by \`npm run schema:protobuf\`.`,
    '',
    '/** The notation is told in decode.ts. */',
    'export const MESSAGES = `',
  ];
  const here = dirname(fileURLToPath(import.meta.url)).replace(/\/dist\//, '/');
  writeFileSync(join(here, file), `${[...head, ...messageLines(paths.flatMap(readFiles))].join('\n')}\n\`;\n`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main(process.argv.slice(2));
