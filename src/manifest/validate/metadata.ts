// metadata.ts - validation of ObjectMeta: names, labels, annotations, owners, finalizers, and what an update may not touch.
//
// Order and wording follow apimachinery api/validation/objectmeta.go. Maps are walked in their written order, where Go's
// order is random.

import type { Issue } from '../../model/issue.js';
import type { ObjectMeta, OwnerReference } from '../../model/objects.js';
import { forbidden, invalid, invalidEach, quote, required, tooLong } from './field-error.js';
import { byteLength, dns1123Label, labelKey, labelValue, maskTrailingHyphen } from './formats.js';

/** Sum of all keys and values, in bytes. */
const ANNOTATIONS_LIMIT = 256 * 1024;
const IMMUTABLE = 'field is immutable';

export type NameFormat = (text: string) => string[];

export function validateLabels(labels: Record<string, string> | undefined, field: string): Issue[] {
  return Object.entries(labels ?? {}).flatMap(([key, value]) => [
    ...invalidEach(field, key, labelKey(key)),
    ...invalidEach(field, value, labelValue(value)),
  ]);
}

export function validateAnnotations(annotations: Record<string, string> | undefined, field: string): Issue[] {
  const entries = Object.entries(annotations ?? {});
  const issues = entries.flatMap(([key]) => invalidEach(field, key, labelKey(key.toLowerCase())));
  const size = entries.reduce((sum, [key, value]) => sum + byteLength(key) + byteLength(value), 0);
  if (size > ANNOTATIONS_LIMIT) issues.push(tooLong(field, ANNOTATIONS_LIMIT));
  return issues;
}

function validateOwner(owner: OwnerReference, field: string): Issue[] {
  const issues: Issue[] = [];
  const version = (owner.apiVersion ?? '').split('/').pop() ?? '';
  if (version === '') issues.push(invalid(`${field}.apiVersion`, owner.apiVersion ?? '', 'version must not be empty'));
  if (!owner.kind) issues.push(invalid(`${field}.kind`, '', 'kind must not be empty'));
  if (!owner.name) issues.push(invalid(`${field}.name`, '', 'name must not be empty'));
  if (!owner.uid) issues.push(invalid(`${field}.uid`, '', 'uid must not be empty'));
  if (owner.apiVersion === 'v1' && owner.kind === 'Event') {
    issues.push(invalid(field, owner, '/v1, Kind=Event is disallowed from being an owner'));
  }
  return issues;
}

function validateOwners(owners: OwnerReference[] | undefined, field: string): Issue[] {
  const issues: Issue[] = [];
  let controller = '';
  for (const owner of owners ?? []) {
    issues.push(...validateOwner(owner, field));
    if (owner.controller !== true) continue;
    const name = `${owner.kind}/${owner.name}`;
    if (controller === '') {
      controller = name;
      continue;
    }
    const detail = `Only one reference can have Controller set to true. Found "true" in references for ${controller} and ${name}`;
    issues.push(invalid(field, owners, detail));
  }
  return issues;
}

function validateFinalizers(finalizers: string[] | undefined, field: string): Issue[] {
  const list = finalizers ?? [];
  const issues = list.flatMap((name) => invalidEach(field, name, labelKey(name)));
  if (list.includes('orphan') && list.includes('foregroundDeletion')) {
    issues.push(invalid(field, list, 'finalizer orphan and foregroundDeletion cannot be both set'));
  }
  return issues;
}

function validateNamespace(meta: Partial<ObjectMeta>, namespaced: boolean, field: string): Issue[] {
  const namespace = meta.namespace ?? '';
  if (!namespaced) return namespace === '' ? [] : [forbidden(`${field}.namespace`, 'not allowed on this type')];
  if (namespace === '') return [required(`${field}.namespace`)];
  return invalidEach(`${field}.namespace`, namespace, dns1123Label(namespace));
}

/** Metadata of a new object. */
export function validateMetadata(
  meta: Partial<ObjectMeta>,
  namespaced: boolean,
  nameFormat: NameFormat,
  field = 'metadata',
): Issue[] {
  const issues: Issue[] = [];
  const { name = '', generateName = '', generation = 0 } = meta;
  if (generateName !== '') {
    issues.push(...invalidEach(`${field}.generateName`, generateName, nameFormat(maskTrailingHyphen(generateName))));
  }
  if (name === '') issues.push(required(`${field}.name`, 'name or generateName is required'));
  else issues.push(...invalidEach(`${field}.name`, name, nameFormat(name)));
  issues.push(...validateNamespace(meta, namespaced, field));
  if (generation < 0) {
    issues.push(invalid(`${field}.generation`, generation, 'must be greater than or equal to 0'));
  }
  issues.push(
    ...validateLabels(meta.labels, `${field}.labels`),
    ...validateAnnotations(meta.annotations, `${field}.annotations`),
    ...validateOwners(meta.ownerReferences, `${field}.ownerReferences`),
    ...validateFinalizers(meta.finalizers, `${field}.finalizers`),
  );
  return issues;
}

/** Fields that never change, and what stands for an absent one in the message. */
const FIXED_FIELDS = [
  ['name', ''],
  ['namespace', ''],
  ['uid', ''],
  ['creationTimestamp', null],
  ['deletionTimestamp', null],
  ['deletionGracePeriodSeconds', null],
] as const;

/** Metadata of an object that replaces another. */
export function validateMetadataUpdate(
  meta: Partial<ObjectMeta>,
  old: Partial<ObjectMeta>,
  field = 'metadata',
): Issue[] {
  const issues: Issue[] = [];
  if (old.deletionTimestamp !== undefined) {
    const extra = (meta.finalizers ?? []).filter((name) => !(old.finalizers ?? []).includes(name)).sort();
    if (extra.length > 0) {
      const list = `[]string{${extra.map(quote).join(', ')}}`;
      const detail = `no new finalizers can be added if the object is being deleted, found new finalizers ${list}`;
      issues.push(forbidden(`${field}.finalizers`, detail));
    }
  }
  if (!meta.resourceVersion) {
    issues.push(invalid(`${field}.resourceVersion`, meta.resourceVersion ?? '', 'must be specified for an update'));
  }
  if ((meta.generation ?? 0) < (old.generation ?? 0)) {
    issues.push(invalid(`${field}.generation`, meta.generation ?? 0, 'must not be decremented'));
  }
  for (const [key, absent] of FIXED_FIELDS) {
    const value = meta[key] ?? absent;
    if (value !== (old[key] ?? absent)) issues.push(invalid(`${field}.${key}`, value, IMMUTABLE));
  }
  issues.push(
    ...validateLabels(meta.labels, `${field}.labels`),
    ...validateAnnotations(meta.annotations, `${field}.annotations`),
    ...validateOwners(meta.ownerReferences, `${field}.ownerReferences`),
  );
  return issues;
}
