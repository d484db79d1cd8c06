// protobuf.ts - a Swagger 2 document in the protobuf of gnostic's OpenAPIv2.proto: kubectl before 1.27 reads no other.
import { Writer } from 'protobufjs/minimal.js';
import type { Turns } from '../../lab/turns.js';

type Json = Readonly<Record<string, unknown>>;

/**
 * Numbers and types of the fields of a message. A type is s text, d a double, l a whole number, b a boolean, y anything
 * (as YAML), or the name of a message; `>N` before it: in a message of which it is field N; `{` before it: for each entry
 * of a map a message of its name and it. Lists repeat their field. `x-` stands for all names that begin so.
 */
const MESSAGES: Readonly<Record<string, Readonly<Record<string, readonly [number, string]>>>> = {
  Document: { swagger: [1, 's'], info: [2, 'Info'], paths: [8, '>2{PathItem'], definitions: [9, '>1{Schema'] },
  Info: { title: [1, 's'], version: [2, 's'] },
  PathItem: { patch: [8, 'Operation'] },
  Operation: { operationId: [5, 's'], parameters: [8, '>1>2>3Query'], 'x-': [13, '{y'] },
  Query: { in: [2, 's'], name: [4, 's'], type: [6, 's'] },
  Schema: {
    ...{ $ref: [1, 's'], format: [2, 's'], title: [3, 's'], description: [4, 's'], default: [5, 'y'] },
    ...{ multipleOf: [6, 'd'], maximum: [7, 'd'], exclusiveMaximum: [8, 'b'], minimum: [9, 'd'] },
    ...{ exclusiveMinimum: [10, 'b'], maxLength: [11, 'l'], minLength: [12, 'l'], pattern: [13, 's'] },
    ...{ maxItems: [14, 'l'], minItems: [15, 'l'], uniqueItems: [16, 'b'], maxProperties: [17, 'l'] },
    ...{ minProperties: [18, 'l'], required: [19, 's'], enum: [20, 'y'], additionalProperties: [21, '>1Schema'] },
    ...{ type: [22, '>1s'], items: [23, '>1Schema'], properties: [25, '>1{Schema'], 'x-': [31, '{y'] },
  },
};

const VARINT = 0;
const FIXED_64 = 1;
const DELIMITED = 2;

const SIMPLE: Readonly<Record<string, readonly [number, (writer: Writer, value: never) => Writer]>> = {
  s: [DELIMITED, (writer, value: string) => writer.string(value)],
  d: [FIXED_64, (writer, value: number) => writer.double(value)],
  l: [VARINT, (writer, value: number) => writer.int64(value)],
  b: [VARINT, (writer, value: boolean) => writer.bool(value)],
};

function within(writer: Writer, number: number, write: () => void): void {
  writer.uint32((number << 3) | DELIMITED).fork();
  write();
  writer.ldelim();
}

function fields(writer: Writer, type: string, value: Json): void {
  const known = MESSAGES[type] ?? {};
  for (const [name, item] of Object.entries(value)) {
    const [number, inner] = known[name] ?? (name.startsWith('x-') ? known['x-'] : undefined) ?? [0, ''];
    if (number > 0) each(writer, number, inner, name.startsWith('x-') ? { [name]: item } : item);
  }
}

function one(writer: Writer, number: number, type: string, value: unknown): void {
  const simple = SIMPLE[type];
  if (simple) simple[1](writer.uint32((number << 3) | simple[0]), value as never);
  else if (type === 'y') within(writer, number, () => one(writer, 2, 's', JSON.stringify(value)));
  else if (type.startsWith('>')) within(writer, number, () => each(writer, Number(type[1]), type.slice(2), value));
  else if (type.startsWith('{'))
    for (const entry of Object.entries(value as Json))
      within(writer, number, () => {
        one(writer, 1, 's', entry[0]);
        one(writer, 2, type.slice(1), entry[1]);
      });
  else within(writer, number, () => fields(writer, type, value as Json));
}

function each(writer: Writer, number: number, type: string, value: unknown): void {
  for (const item of Array.isArray(value) ? value : [value]) one(writer, number, type, item);
}

function encoded(document: Json): Uint8Array {
  const writer = Writer.create();
  fields(writer, 'Document', document);
  return writer.finish();
}

/** The bytes of a Swagger 2 document. A message that comes in parts is one message, so each definition is a piece of work. */
export async function swaggerBytes(
  { definitions = {}, ...rest }: Json,
  turns: Turns,
): Promise<Uint8Array<ArrayBuffer>> {
  const parts = [encoded(rest)];
  for (const [name, schema] of Object.entries(definitions as Json)) {
    await turns.next();
    parts.push(encoded({ definitions: { [name]: schema } }));
  }
  return Buffer.concat(parts);
}
