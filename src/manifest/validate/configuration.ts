// configuration.ts - validation of ConfigMaps and Secrets: keys, size, and what the type of a Secret wants.
//
// ValidateConfigMap and ValidateSecret of pkg/apis/core/validation, Kubernetes 1.36.
import type { Issue } from '../../model/issue.js';
import type { KubeObject } from '../../model/objects.js';
import { invalid, invalidEach, required, tooLong } from './field-error.js';
import { configKey, dns1123Subdomain } from './formats.js';
import { validateMetadata, validateMetadataUpdate } from './metadata.js';

/** Bytes of all values together: core.MaxSecretSize. */
const LARGEST = 1024 * 1024;

type Texts = Readonly<Record<string, string>>;

const metadataOf = (object: KubeObject, old: KubeObject | undefined): Issue[] =>
  old
    ? validateMetadataUpdate(object.metadata, old.metadata)
    : validateMetadata(object.metadata, true, dns1123Subdomain);

const plainBytes = (values: Texts): number =>
  Object.values(values).reduce((sum, value) => sum + Buffer.byteLength(value), 0);
const decodedBytes = (values: Texts): number =>
  Object.values(values).reduce((sum, value) => sum + Buffer.byteLength(value, 'base64'), 0);

const keyIssues = (field: string, values: Texts): Issue[] =>
  Object.keys(values).flatMap((key) => invalidEach(`${field}[${key}]`, key, configKey(key)));

function twice(field: string, values: Texts, other: string, others: Texts): Issue[] {
  const both = Object.keys(values).filter((key) => Object.hasOwn(others, key));
  return both.map((key) => invalid(`${field}[${key}]`, key, `duplicate of key present in ${other}`));
}

export function validateConfigMap(object: KubeObject, old: KubeObject | undefined): Issue[] {
  const { data, binaryData } = object as KubeObject & { data?: Texts | null; binaryData?: Texts | null };
  const [text, binary] = [data ?? {}, binaryData ?? {}];
  const issues = [
    ...metadataOf(object, old),
    ...keyIssues('data', text),
    ...twice('data', text, 'binaryData', binary),
    ...keyIssues('binaryData', binary),
    ...twice('binaryData', binary, 'data', text),
  ];
  // The whole object is meant.
  if (plainBytes(text) + decodedBytes(binary) > LARGEST) issues.push(tooLong('[]', LARGEST));
  return issues;
}

/** Keys that a Secret of a type has. */
const WANTED: Readonly<Record<string, readonly string[]>> = {
  'kubernetes.io/dockercfg': ['.dockercfg'],
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
  'kubernetes.io/ssh-auth': ['ssh-privatekey'],
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
};
const ACCOUNT = 'kubernetes.io/service-account.name';

function typeIssues({ metadata }: KubeObject, type: string, data: Texts): Issue[] {
  const missing = (WANTED[type] ?? []).filter((key) => !Object.hasOwn(data, key));
  const issues = missing.map((key) => required(`data[${key}]`));
  if (type === 'kubernetes.io/service-account-token' && !metadata.annotations?.[ACCOUNT])
    issues.push(required(`metadata.annotations[${ACCOUNT}]`));
  const basic = ['username', 'password'];
  if (type === 'kubernetes.io/basic-auth' && !basic.some((key) => Object.hasOwn(data, key)))
    issues.push(...basic.map((key) => required(`data[${key}]`)));
  return issues;
}

export function validateSecret(object: KubeObject, old: KubeObject | undefined): Issue[] {
  const { data, type = '' } = object as KubeObject & { data?: Texts | null; type?: string };
  const values = data ?? {};
  const issues = [...metadataOf(object, old), ...keyIssues('data', values)];
  if (decodedBytes(values) > LARGEST) issues.push(tooLong('data', LARGEST));
  return [...issues, ...typeIssues(object, type, values)];
}
