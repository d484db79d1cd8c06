// identity.ts - gives a new object its name, uid and time, and checks what its creator may not set.
//
// The rules of k8s.io/apiserver/pkg/registry/rest/create.go and storage/names, Kubernetes 1.36.
import { type Random, randomSuffix, randomUid } from '../allocate/random.js';
import type { KubeObject } from '../model/objects.js';
import { timestamp } from '../model/timestamp.js';
import type { Resource } from './kinds/kind.js';
import { dropEmpty } from './lifecycle.js';
import { invalid, unknownError } from './status.js';

interface Birth {
  readonly now: Date;
  readonly random: Random;
  /** A recorded state: uid and deletionTimestamp are taken over. */
  readonly recorded: boolean;
}

/** Maximum length of a generated name; five of its characters are random. */
const LONGEST_NAME = 63;
const SUFFIX = 5;

const generated = (base: string, random: Random): string =>
  `${base.slice(0, LONGEST_NAME - SUFFIX)}${randomSuffix(random, SUFFIX)}`;

function nameOf({ kind, group }: Resource, { name, generateName }: KubeObject['metadata'], random: Random): string {
  if (name) return name;
  if (generateName) return generated(generateName, random);
  const [field, detail] = ['metadata.name', 'Required value: name or generateName is required'];
  const issue = { type: 'FieldValueRequired', field, message: `${field}: ${detail}`, detail } as const;
  throw invalid(kind, group, '', [issue]);
}

/** The metadata of a new object. Throws Invalid without a name, and a plain error, as the API server, for a resourceVersion. */
export function identified(resource: Resource, { metadata: given }: KubeObject, birth: Birth): KubeObject['metadata'] {
  const { now, random, recorded } = birth;
  const name = nameOf(resource, given, random);
  if (given.resourceVersion && given.resourceVersion !== '0' && !recorded)
    throw unknownError('resourceVersion should not be set on objects to be created');
  const metadata: KubeObject['metadata'] = {
    ...given,
    name,
    uid: (recorded ? given.uid : undefined) ?? randomUid(random),
    creationTimestamp: timestamp(now),
    ...(resource.generation ? { generation: 1 } : {}),
    ...(resource.namespaced ? { namespace: given.namespace ?? 'default' } : {}),
  };
  if (!resource.namespaced) delete metadata.namespace;
  dropEmpty(metadata);
  if (recorded) return metadata;
  delete metadata.deletionTimestamp;
  delete metadata.deletionGracePeriodSeconds;
  return metadata;
}
