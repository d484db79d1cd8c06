// token.ts - serviceaccounts/token: a signed token with which a program proves to be this ServiceAccount.
import type { Context } from 'hono';
import type { Cluster } from '../../cluster/cluster.js';
import { badRequest, invalid, noSuchPath } from '../../cluster/status.js';
import { invalid as invalidValue } from '../../manifest/validate/field-error.js';
import type { KubeObject } from '../../model/objects.js';
import { timestamp } from '../../model/timestamp.js';
import { readBody } from '../body.js';
import type { Target } from '../request.js';
import type { Access } from '../secure/listener.js';
import { ISSUER } from '../secure/users.js';
import { objectOf } from './place.js';

/** authentication.k8s.io/v1 TokenRequestSpec. */
interface TokenSpec {
  readonly audiences?: readonly string[];
  /** Some clients write null for nothing. */
  readonly expirationSeconds?: number | null;
  readonly boundObjectRef?: object | null;
}

const DEFAULT_SECONDS = 3600;
const LEAST_SECONDS = 600;
const MOST_SECONDS = 2 ** 32;

function secondsOf(spec: TokenSpec, name: string): number {
  const expirationSeconds = spec.expirationSeconds ?? DEFAULT_SECONDS;
  const refuse = (detail: string) =>
    invalid('TokenRequest', 'authentication.k8s.io', name, [
      invalidValue('spec.expirationSeconds', expirationSeconds, detail),
    ]);
  if (expirationSeconds < LEAST_SECONDS) throw refuse('may not specify a duration less than 10 minutes');
  if (expirationSeconds > MOST_SECONDS) throw refuse('may not specify a duration larger than 2^32 seconds');
  return expirationSeconds;
}

/** @param access absent if the server has no HTTPS: then nobody could use a token */
export async function serveToken(
  c: Context,
  cluster: Cluster,
  target: Target,
  access: Access | undefined,
): Promise<Response> {
  if (!access) throw noSuchPath();
  const body = ((await readBody(c)) ?? {}) as { metadata?: { name?: string }; spec?: TokenSpec };
  const account = objectOf<KubeObject>(cluster, target);
  const { name, namespace = '', uid = '' } = account.metadata;
  if (body.metadata?.name && body.metadata.name !== name)
    throw badRequest(`the name of the object (${body.metadata.name}) does not match the name on the URL (${name})`);
  const spec = body.spec ?? {};
  const expirationSeconds = secondsOf(spec, name);
  const audiences = spec.audiences?.length ? spec.audiences : [ISSUER];
  const token = await access.authenticator.issue({ namespace, name, uid, audiences, expirationSeconds });
  const now = cluster.options.clock().getTime();
  return c.json(
    {
      kind: 'TokenRequest',
      apiVersion: 'authentication.k8s.io/v1',
      metadata: { name, namespace, creationTimestamp: timestamp(new Date(now)) },
      spec: { audiences, expirationSeconds, boundObjectRef: spec.boundObjectRef ?? null },
      status: { token, expirationTimestamp: timestamp(new Date(now + expirationSeconds * 1000)) },
    },
    201,
  );
}
