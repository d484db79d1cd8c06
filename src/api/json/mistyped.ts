// mistyped.ts - finds the first value that does not fit an object's type, and reports it in the words of Go's decoder.
import { type ApiType, elementOf, type Field, typeNamed } from '../../schema/types.js';

type Json = Record<string, unknown>;

const isMap = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

const SIMPLE: Readonly<Record<string, string>> = {
  s: 'string',
  y: '[]uint8',
  i: 'int32',
  l: 'int64',
  n: 'float64',
  b: 'bool',
  t: 'v1.Time',
  u: 'v1.MicroTime',
  q: 'resource.Quantity',
  '*': 'intstr.IntOrString',
  x: 'interface {}',
};

/** Texts that have a type of their own in Go, by struct and field. */
const NAMED: Readonly<Record<string, string>> = {
  'ServicePort.protocol': 'v1.Protocol',
  'ContainerPort.protocol': 'v1.Protocol',
  'EndpointPort.protocol': 'v1.Protocol',
  'NetworkPolicyPort.protocol': 'v1.Protocol',
  'ServiceSpec.type': 'v1.ServiceType',
  'ServiceSpec.sessionAffinity': 'v1.ServiceAffinity',
  'ServiceSpec.externalTrafficPolicy': 'v1.ServiceExternalTrafficPolicy',
  'ServiceSpec.internalTrafficPolicy': 'v1.ServiceInternalTrafficPolicy',
  'ServiceSpec.ipFamilyPolicy': 'v1.IPFamilyPolicy',
  'ServiceSpec.ipFamilies': 'v1.IPFamily',
  'Container.imagePullPolicy': 'v1.PullPolicy',
  'PodSpec.restartPolicy': 'v1.RestartPolicy',
  'PodSpec.dnsPolicy': 'v1.DNSPolicy',
  'EndpointSlice.addressType': 'v1.AddressType',
  'HTTPIngressPath.pathType': 'v1.PathType',
  'DeploymentStrategy.type': 'v1.DeploymentStrategyType',
  'Secret.type': 'v1.SecretType',
  'NodeSelectorRequirement.operator': 'v1.NodeSelectorOperator',
  'Toleration.operator': 'v1.TolerationOperator',
  'Toleration.effect': 'v1.TaintEffect',
};

/** `core.v1.ServicePort` → `v1.ServicePort`. */
const goStruct = (name: string): string => name.split('.').slice(-2).join('.');

function goType(type: string, named: string | undefined): string {
  const element = elementOf(type);
  if (element !== undefined) return `${type.startsWith('[') ? '[]' : 'map[string]'}${goType(element, named)}`;
  return (type === 's' ? named : undefined) ?? SIMPLE[type] ?? goStruct(type);
}

/** What Go calls a JSON value that does not fit. */
export const goKind = (value: unknown): string =>
  Array.isArray(value) ? 'array' : isMap(value) ? 'object' : typeof value === 'boolean' ? 'bool' : typeof value;

const QUANTITY = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

/** Where in the decoder's structs a value stands. */
interface Spot {
  /** Name of the innermost struct. */
  readonly struct: string;
  readonly path: readonly string[];
  readonly named: string | undefined;
}

class Mismatch extends Error {}

function mismatch(value: unknown, type: string, spot: Spot | null): never {
  const given = typeof value === 'number' && (type === 'int32' || type === 'int64') ? `number ${value}` : goKind(value);
  const place = spot ? `Go struct field ${spot.struct}.${spot.path.join('.')}` : 'Go value';
  throw new Mismatch(`json: cannot unmarshal ${given} into ${place} of type ${type}`);
}

/** The first byte that cannot stand in base64; blanks at line ends are passed over. */
function checkBase64(text: string): void {
  const stray = /[^A-Za-z0-9+/=\r\n]/.exec(text);
  const plain = text.replace(/[\r\n]/g, '');
  const pad = plain.indexOf('=');
  const body = pad < 0 ? plain : plain.slice(0, pad);
  const fits = plain.length % 4 === 0 && (pad < 0 || (/^={1,2}$/.test(plain.slice(pad)) && pad >= plain.length - 2));
  if (stray) throw new Mismatch(`illegal base64 data at input byte ${stray.index}`);
  if (!fits) throw new Mismatch(`illegal base64 data at input byte ${pad < 0 ? body.length - (body.length % 4) : pad}`);
}

const withinBits = (value: number, bits: number): boolean => value >= -(2 ** (bits - 1)) && value < 2 ** (bits - 1);

/** Types that read their own JSON: their errors have no place. */
function checkOwn(type: string, value: unknown): void {
  if (type === 'q') {
    const text = typeof value === 'number' ? String(value) : value;
    if (typeof text !== 'string' || !/^[+-]?[0-9.]+([eEinumkKMGTP]*[-+]?[0-9]*)$/.test(text.trim() || '0'))
      throw new Mismatch(QUANTITY);
  } else if (type === '*') {
    if (typeof value === 'string') return;
    if (typeof value !== 'number' || !Number.isInteger(value) || !withinBits(value, 32)) mismatch(value, 'int32', null);
  } else if (typeof value !== 'string') mismatch(value, 'string', null);
  else checkTime(value);
}

function checkTime(text: string): void {
  if (Number.isFinite(Date.parse(text)) && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/.test(text)) return;
  const head = /^(\d{4})?/.exec(text)?.[0] ?? '';
  const [rest, expected] = head === '' ? [text, '2006'] : [text.slice(4), text.charAt(4) === '-' ? '01' : '-'];
  const layout = '2006-01-02T15:04:05Z07:00';
  throw new Mismatch(
    `parsing time ${JSON.stringify(text)} as ${JSON.stringify(layout)}: cannot parse ${JSON.stringify(rest)} as ${JSON.stringify(expected)}`,
  );
}

function checkSimple(type: string, value: unknown, spot: Spot): void {
  if (type === 'x') return;
  if ('tuq*'.includes(type)) checkOwn(type, value);
  else if (type === 's' || type === 'y') {
    if (typeof value !== 'string') mismatch(value, goType(type, spot.named), spot);
    if (type === 'y') checkBase64(value as string);
  } else if (type === 'b') {
    if (typeof value !== 'boolean') mismatch(value, 'bool', spot);
  } else if (typeof value !== 'number') mismatch(value, SIMPLE[type] ?? '', spot);
  else if (type !== 'n' && (!Number.isInteger(value) || !withinBits(value, type === 'i' ? 32 : 64)))
    mismatch(value, SIMPLE[type] ?? '', spot);
}

function check(type: string, value: unknown, spot: Spot): void {
  if (value === null) return;
  const element = elementOf(type);
  if (type.length === 1) checkSimple(type, value, spot);
  else if (element === undefined) checkStruct(typeNamed(type), value, spot);
  else if (type.startsWith('[')) {
    if (!Array.isArray(value)) mismatch(value, goType(type, spot.named), spot);
    for (const item of value as unknown[]) check(element, item, spot);
  } else {
    if (!isMap(value)) mismatch(value, goType(type, spot.named), spot);
    for (const key in value as Json) check(element, (value as Json)[key], spot);
  }
}

function checkStruct(type: ApiType | undefined, value: unknown, spot: Spot | null): void {
  if (!type) return;
  if (!isMap(value)) mismatch(value, goStruct(type.name), spot);
  const struct = type.name.split('.').at(-1) ?? '';
  for (const name in value as Json) {
    const field: Field | undefined = type.fields.get(name);
    if (!field) continue;
    const inner = { struct, path: [...(spot?.path ?? []), name], named: NAMED[`${struct}.${name}`] };
    check(field.type, (value as Json)[name], inner);
  }
}

/** What the decoder says of a value that is to be of a type; undefined if it fits. Unknown fields are no matter of it. */
export function mistyped(type: ApiType, value: unknown): string | undefined {
  try {
    checkStruct(type, value, null);
    return undefined;
  } catch (error) {
    if (error instanceof Mismatch) return error.message;
    throw error;
  }
}
