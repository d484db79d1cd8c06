// certificates.ts - the key pair of a Secret of type kubernetes.io/tls, or why there is none.
import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { Secret } from './objects.js';
import type { HostPattern } from './routing/host.js';

/** PEM texts. */
export interface KeyPair {
  readonly certificate: string;
  readonly key: string;
}

/** What is presented to clients that ask for a host. */
export interface HostCertificate {
  readonly host: HostPattern;
  readonly pair: KeyPair;
}

const TLS_TYPE = 'kubernetes.io/tls';

const text = (secret: Secret, key: string): string => Buffer.from(secret.data?.[key] ?? '', 'base64').toString('utf8');

/** @returns a sentence when the Secret cannot be used */
export function keyPairOf(secret: Secret | undefined, name: string): KeyPair | string {
  if (!secret) return `Secret ${name} does not exist`;
  if (secret.type !== TLS_TYPE) return `Secret ${name} is of type ${secret.type ?? 'Opaque'}, not ${TLS_TYPE}`;
  const pair = { certificate: text(secret, 'tls.crt'), key: text(secret, 'tls.key') };
  try {
    const fits = new X509Certificate(pair.certificate).checkPrivateKey(createPrivateKey(pair.key));
    return fits ? pair : `Secret ${name}: tls.key is not the key of tls.crt`;
  } catch {
    return `Secret ${name}: tls.crt and tls.key are not a certificate and its key`;
  }
}
