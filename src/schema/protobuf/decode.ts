// decode.ts - an object in `application/vnd.kubernetes.protobuf` → the same object as JSON has it.
//
// The envelope is four magic bytes and a runtime.Unknown (k8s.io/apimachinery/pkg/runtime/serializer/protobuf). The wire
// format is protobufjs's to read; what a field means comes from messages.gen.ts, a message a block:
//
//     core.v1.ServicePort      name of the message
//      3 port i                number, name and type of a field; types as in ../types.ts, d is a double
//
// In Go some structs are written into their parents (`Volume` has the fields of `VolumeSource`), which protobuf cannot say:
// a field that the JSON type does not have stands for the fields of its message.

import { Reader } from 'protobufjs/minimal.js';
import { timestamp } from '../../model/timestamp.js';
import { typeNamed, typeOfObject } from '../types.js';
import { MESSAGES } from './messages.gen.js';

type Json = Record<string, unknown>;

interface MessageField {
  readonly name: string;
  readonly type: string;
}

const MAGIC = Buffer.from('k8s\0');
/** Messages inside messages at most; the deepest that is meant has about twenty. */
const MOST_DEPTH = 64;

/** A body that is no such object. */
export class ProtobufError extends Error {}

const messages = new Map<string, ReadonlyMap<number, MessageField>>();
for (const block of MESSAGES.trim().split(/\n(?=\S)/)) {
  const [name = '', ...lines] = block.split('\n');
  const fields = lines.map((line) => {
    const [number = '', field = '', type = ''] = line.trim().split(' ');
    return [Number(number), { name: field, type }] as const;
  });
  messages.set(name, new Map(fields));
}

/**
 * Fields that Go has as pointers: their zero is a value. All others are written even when they are unset, and their zero
 * is none.
 */
const POINTERS = new Set(
  (
    'replicas revisionHistoryLimit progressDeadlineSeconds partition terminationGracePeriodSeconds gracePeriodSeconds ' +
    'orphanDependents automountServiceAccountToken enableServiceLinks allowPrivilegeEscalation runAsUser runAsGroup ' +
    'fsGroup runAsNonRoot privileged readOnlyRootFilesystem optional immutable ready serving terminating minReplicas ' +
    'parallelism completions backoffLimit suspend activeDeadlineSeconds ttlSecondsAfterFinished defaultMode mode ' +
    'tolerationSeconds allocateLoadBalancerNodePorts shareProcessNamespace hostUsers setHostnameAsFQDN controller ' +
    'blockOwnerDeletion expirationSeconds startingDeadlineSeconds successfulJobsHistoryLimit failedJobsHistoryLimit ' +
    'deletionGracePeriodSeconds leaseTransitions allowVolumeExpansion priority'
  ).split(' '),
);

/** Messages whose JSON is no object with fields. */
const LEAVES: Readonly<Record<string, (fields: Json) => unknown>> = {
  'meta.v1.Time': (fields) => timeText(fields, 0),
  'meta.v1.MicroTime': (fields) => timeText(fields, 6),
  'resource.Quantity': ({ string }) => string ?? '0',
  'intstr.IntOrString': ({ type, intVal, strVal }) => (type === 1 ? (strVal ?? '') : (intVal ?? 0)),
  'runtime.RawExtension': ({ raw }) => parseRaw(raw),
  'meta.v1.FieldsV1': ({ Raw }) => parseRaw(Raw),
  'authorization.v1.ExtraValue': ({ items }) => items ?? [],
  'authentication.v1.ExtraValue': ({ items }) => items ?? [],
};

/** RFC 3339; an unset time is none. */
function timeText({ seconds, nanos }: Json, digits: number): string | undefined {
  if (seconds === undefined) return undefined;
  const whole = new Date(Number(seconds) * 1000);
  if (Number.isNaN(whole.getTime())) throw new ProtobufError('a time is out of range');
  const fraction =
    digits === 0
      ? ''
      : `.${String(Number(nanos ?? 0))
          .padStart(9, '0')
          .slice(0, digits)}`;
  return timestamp(whole).replace('Z', `${fraction}Z`);
}

const parseRaw = (base64: unknown): unknown =>
  typeof base64 === 'string' && base64 !== '' ? JSON.parse(Buffer.from(base64, 'base64').toString()) : {};

function readScalar(reader: Reader, type: string): unknown {
  switch (type) {
    case 's':
      return reader.string();
    case 'y':
      return Buffer.from(reader.bytes()).toString('base64');
    case 'b':
      return reader.bool();
    case 'i':
      return reader.int32();
    case 'l':
      return Number(reader.int64());
    case 'd':
      return reader.double();
    default:
      throw new ProtobufError(`unknown type ${type}`);
  }
}

const isMessage = (type: string): boolean => type.length > 1;

function readValue(reader: Reader, type: string, depth: number): unknown {
  if (!isMessage(type)) return readScalar(reader, type);
  const end = reader.uint32() + reader.pos;
  if (end > reader.len) throw new ProtobufError('a message is longer than its body');
  return readMessage(reader, end, type, depth + 1);
}

/** An entry of a map: a message with key and value. */
function readEntry(reader: Reader, type: string, depth: number): readonly [string, unknown] {
  const end = reader.uint32() + reader.pos;
  let key = '';
  let value: unknown = type === 's' || type === 'y' ? '' : undefined;
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag >>> 3 === 1) key = reader.string();
    else if (tag >>> 3 === 2) value = readValue(reader, type, depth);
    else reader.skipType(tag & 7);
  }
  return [key, value];
}

/** So that a key called `__proto__` is a key like any other. */
function setOwn(target: Json, key: string, value: unknown): void {
  Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true });
}

const isUnset = (name: string, value: unknown): boolean =>
  value === undefined || value === '' || ((value === 0 || value === false) && !POINTERS.has(name));

function readField(reader: Reader, fields: Json, { name, type }: MessageField, wire: number, depth: number): void {
  if (type.startsWith('{')) {
    const map = (fields[name] ?? {}) as Json;
    setOwn(map, ...readEntry(reader, type.slice(1), depth));
    fields[name] = map;
  } else if (type.startsWith('[')) {
    const list = (fields[name] ?? []) as unknown[];
    const element = type.slice(1);
    // Numbers may come packed (wire type 2).
    if (wire === 2 && (element === 'i' || element === 'l')) {
      const end = reader.uint32() + reader.pos;
      while (reader.pos < end) list.push(readScalar(reader, element));
    } else list.push(readValue(reader, element, depth));
    fields[name] = list;
  } else fields[name] = readValue(reader, type, depth);
}

function readMessage(reader: Reader, end: number, type: string, depth: number): unknown {
  const known = messages.get(type);
  if (!known) throw new ProtobufError(`unknown message ${type}`);
  if (depth > MOST_DEPTH) throw new ProtobufError('messages are nested too deeply');
  const fields: Json = {};
  while (reader.pos < end) {
    const tag = reader.uint32();
    const field = known.get(tag >>> 3);
    if (field) readField(reader, fields, field, tag & 7, depth);
    else reader.skipType(tag & 7);
  }
  const leaf = LEAVES[type];
  return leaf ? leaf(fields) : asJson(fields, type);
}

/** The fields as JSON has them: unset ones left out, structs that Go writes into their parents taken in. */
function asJson(fields: Json, type: string): Json {
  const json = typeNamed(type)?.fields;
  const result: Json = {};
  for (const [name, value] of Object.entries(fields)) {
    if (isUnset(name, value)) continue;
    const isOwn = json === undefined || json.has(name);
    if (isOwn || typeof value !== 'object' || Array.isArray(value)) result[name] = value;
    else Object.assign(result, value);
  }
  return result;
}

/** True if a body begins as such an object does. */
export const isProtobuf = (body: Uint8Array): boolean => MAGIC.equals(body.subarray(0, MAGIC.length));

/** The name of the message of an object: that of its type, or of an option of requests (meta/v1). */
function messageOf(apiVersion: string, kind: string): string {
  const name = typeOfObject(apiVersion, kind)?.name ?? `meta.v1.${kind}`;
  if (messages.has(name)) return name;
  throw new ProtobufError(`no kind "${kind}" is registered for version "${apiVersion}"`);
}

/** The object in a body. Throws ProtobufError for whatever is none. */
export function decodeProtobuf(body: Uint8Array): Json {
  if (!isProtobuf(body)) throw new ProtobufError('provided data does not appear to be a protobuf message');
  try {
    const envelope = readMessage(
      Reader.create(body.subarray(MAGIC.length)),
      body.length - MAGIC.length,
      'runtime.Unknown',
      0,
    );
    const { typeMeta = {}, raw = '' } = envelope as { typeMeta?: { apiVersion?: string; kind?: string }; raw?: string };
    const { apiVersion = '', kind = '' } = typeMeta;
    const bytes = Buffer.from(raw, 'base64');
    const object = readMessage(Reader.create(bytes), bytes.length, messageOf(apiVersion, kind), 0);
    return { apiVersion, kind, ...(object as Json) };
  } catch (error) {
    if (error instanceof ProtobufError) throw error;
    // Of protobufjs: the body ends too early, or a wire type is none.
    throw new ProtobufError((error as Error).message);
  }
}

const orders = new Map<string, readonly string[]>();

/** The fields of a type in the order of Go's struct, in which the API server writes them; empty for a type without a message. */
export function fieldOrder(type: string): readonly string[] {
  let order = orders.get(type);
  if (!order) {
    const known = typeNamed(type)?.fields;
    order = [...(messages.get(type)?.values() ?? [])].flatMap((field) =>
      known && !known.has(field.name) ? fieldOrder(field.type) : [field.name],
    );
    orders.set(type, order);
  }
  return order;
}
