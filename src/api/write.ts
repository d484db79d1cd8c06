// write.ts - the verbs that write an object: create, update, patch. Each owns what it changes.
//
// Order of the API server's handlers: options, body, form, place, owners; then the store's strategy.
import type { Context } from 'hono';
import type { Cluster } from '../cluster/cluster.js';
import { tracked } from '../cluster/fields/tracking.js';
import { defaulted } from '../cluster/kinds/defaulted.js';
import { hasSubresource } from '../cluster/kinds/kind.js';
import { badRequest, unsupportedMediaType } from '../cluster/status.js';
import type { LabSpec } from '../lab/registration.js';
import type { KubeObject } from '../model/objects.js';
import { timestamp } from '../model/timestamp.js';
import { DEFAULT_CONFIG } from '../plan/config.js';
import { annotationFindings } from '../topology/annotated.js';
import { TYPES } from './accept.js';
import { current, show, warn } from './answer.js';
import { mediaType, readBytes, readText, type Text, Unreadable, yamlErrors } from './body.js';
import { bodyRefusal, type Decoded, decode, expectedOf, place } from './decode.js';
import { goKind } from './json/mistyped.js';
import { type WriteOptions, writeOptions } from './options.js';
import { serverSideApply } from './patch/apply.js';
import { checkPatchType, patchedObject } from './patch/patch.js';
import type { Target } from './request.js';
import { withScale } from './scale.js';
import { objectWarnings } from './warnings.js';

const APPLY = 'application/apply-patch+yaml';

/** Performs a write, or only rehearses it: then the version is the one that there is. */
function perform(cluster: Cluster, { resource }: Target, { dryRun }: WriteOptions, work: () => KubeObject): KubeObject {
  if (!dryRun) return work();
  const { metadata, ...rest } = cluster.store.dryRun(work);
  const { resourceVersion: _, ...unversioned } = metadata;
  const before = cluster.store.get(resource, metadata.namespace ?? '', metadata.name)?.metadata.resourceVersion;
  return { ...rest, metadata: { ...unversioned, ...(before ? { resourceVersion: before } : {}) } };
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Bytes of a body that a refusal quotes. */
const MOST_QUOTED = 30;

/** A body as refusals quote it: JSON as it is, anything else in hexadecimal. */
function quoted(bytes: Buffer): string {
  if (bytes.length === 0) return '<empty>';
  const head = bytes.subarray(0, MOST_QUOTED);
  const text = head.toString().startsWith('{') ? head.toString() : head.toString('hex');
  return bytes.length > MOST_QUOTED ? `${text} ...` : text;
}

/** What the decoder reads first of any object. */
const HEAD = 'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }';

async function readJsonObject(c: Context, kind: string): Promise<Text> {
  try {
    const text = await readText(c);
    if (isMap(text.value)) return text;
    if (text.value === null) return { ...text, value: {} };
    throw new Unreadable(`json: cannot unmarshal ${goKind(text.value)} into Go value of type ${HEAD}`, text.bytes);
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    const reason = `couldn't get version/kind; json parse error: ${error.message}`;
    throw badRequest(
      `the object provided is unrecognized (must be of type ${kind}): ${reason} (${quoted(error.bytes)})`,
    );
  }
}

/** The object of a create or update: kind and place as the URL says, fields of the right form. */
export async function readObject(c: Context, target: Target, { fieldValidation }: WriteOptions): Promise<Decoded> {
  const type = mediaType(c);
  if (!TYPES.includes(type)) throw unsupportedMediaType(TYPES);
  const expected = expectedOf(target);
  const text = await readJsonObject(c, expected.kind);
  const body = text.value as Record<string, unknown>;
  const strict = type.endsWith('yaml') && text.strict.length > 0 ? strictYaml(text, fieldValidation) : text.strict;
  const { strays } = target.resource.rules;
  const read = decode(body, { expected, fieldValidation, strict, strays, refuse: bodyRefusal(body, expected) });
  place(target, read.object);
  return read;
}

/** Warnings tell each line of its own; a refusal tells them as one error. */
const strictYaml = ({ strict }: Text, mode: WriteOptions['fieldValidation']): readonly string[] =>
  mode === 'Strict' ? [yamlErrors(strict)] : strict;

/** What is to be said of an object that is written. */
function warningsOf(cluster: Cluster, target: Target, read: Decoded): string[] {
  if (target.subresource !== undefined) return [...read.warnings];
  const lab = cluster.store.list('Lab')[0]?.spec as Partial<LabSpec> | undefined;
  const own = annotationFindings(read.object, { ...DEFAULT_CONFIG, ...lab?.proxy });
  return [...objectWarnings(read), ...own.map(([field, detail]) => `${field}: ${detail}`)];
}

/** Who writes now. A writer of the scale has no time: the workload's entries know none of it. */
const writerOf = (cluster: Cluster, { resource, subresource = '' }: Target, { manager }: WriteOptions) => ({
  manager,
  subresource,
  type: resource.type,
  time: subresource === 'scale' ? undefined : timestamp(cluster.options.clock()),
});

/** The object with its defaults and with its owners, as it goes into the store. */
function owned(cluster: Cluster, target: Target, options: WriteOptions, object: KubeObject, live?: KubeObject) {
  return tracked(live, defaulted(target.resource, object), writerOf(cluster, target, options));
}

export async function create(c: Context, cluster: Cluster, target: Target): Promise<Response> {
  const options = writeOptions(c, 'Create');
  const read = await readObject(c, target, options);
  warn(c, warningsOf(cluster, target, read));
  const object = owned(cluster, target, options, read.object);
  return show(
    c,
    target,
    perform(cluster, target, options, () => cluster.store.create(object)),
    201,
  );
}

function write({ store }: Cluster, { subresource }: Target, object: KubeObject): KubeObject {
  if (subresource === 'status') return store.updateStatus(object, true);
  return subresource === 'resize' ? store.resize(object) : store.update(object);
}

/** An object of a path → what goes into the store: of a Scale, the workload with its number. */
function whole(live: KubeObject, { resource, subresource }: Target, object: KubeObject): KubeObject {
  if (subresource === 'scale') return withScale(live, object);
  // Of a namespace that is finalized nothing else is read, and nothing else finalizes it.
  if (subresource === 'finalize') return { ...live, spec: object.spec };
  return hasSubresource(resource, 'finalize') ? { ...object, spec: live.spec } : object;
}

export async function update(c: Context, cluster: Cluster, target: Target): Promise<Response> {
  const options = writeOptions(c, 'Update');
  const read = await readObject(c, target, options);
  const live = current(cluster, target);
  warn(c, warningsOf(cluster, target, read));
  const object = owned(cluster, target, options, whole(live, target, read.object), live);
  return show(
    c,
    target,
    perform(cluster, target, options, () => write(cluster, target, object)),
  );
}

export async function patch(c: Context, cluster: Cluster, target: Target): Promise<Response> {
  const type = mediaType(c);
  checkPatchType(type, target);
  if (type === APPLY) return apply(c, cluster, target);
  const options = writeOptions(c, 'Patch');
  const text = await patchText(c);
  const live = current(cluster, target);
  const read = patchedObject(live, target, { type, text, fieldValidation: options.fieldValidation });
  warn(c, warningsOf(cluster, target, read));
  const object = owned(cluster, target, options, whole(live, target, read.object), live);
  return show(
    c,
    target,
    perform(cluster, target, options, () => write(cluster, target, object)),
  );
}

async function patchText(c: Context): Promise<string> {
  return (await readBytes(c)).toString('utf8');
}

async function apply(c: Context, cluster: Cluster, target: Target): Promise<Response> {
  const options = writeOptions(c, 'Apply');
  const text = await patchText(c);
  const { resource, namespace = '', name = '' } = target;
  const live =
    target.subresource === undefined ? cluster.store.get(resource, namespace, name) : current(cluster, target);
  const read = serverSideApply(live, target, text, options, writerOf(cluster, target, options));
  warn(c, warningsOf(cluster, target, read));
  const { object } = read;
  const made = perform(cluster, target, options, () =>
    live ? write(cluster, target, object) : cluster.store.create(object),
  );
  return show(c, target, made, live ? 200 : 201);
}
