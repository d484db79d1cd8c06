// authority.ts - the server's own certificate authority: its certificate, the server's, and the administrator's.
//
// Keys are ECDSA on P-256 and exist only in memory, unless a state directory keeps them. As in certificates by kubeadm,
// the administrator is CN=kubernetes-admin in O=system:masters.
import { isIPv6 } from '../../model/address.js';
import 'reflect-metadata';
import { createHash, webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

/** PEM texts. */
interface KeyPair {
  readonly certificate: string;
  readonly key: string;
}

export interface Authority {
  readonly ca: KeyPair;
  readonly server: KeyPair;
  readonly admin: KeyPair;
}

interface AuthorityOptions {
  /** DNS names and addresses under which the server is reached. */
  readonly names: readonly string[];
  readonly now: Date;
}

const KEY: EcKeyGenParams = { name: 'ECDSA', namedCurve: 'P-256' };
const SIGNATURE = { name: 'ECDSA', hash: 'SHA-256' };
const YEAR_MS = 365 * 24 * 3600 * 1000;
/** Clocks differ, so a certificate is valid from slightly before it was created. */
const SKEW_MS = 5 * 60 * 1000;

interface EcKeyGenParams {
  readonly name: string;
  readonly namedCurve: string;
}

const isAddress = (name: string): boolean => isIPv6(name) || /^[\d.]+$/.test(name);

const keyPem = async (key: webcrypto.CryptoKey): Promise<string> =>
  x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY');

const makeKeys = (): Promise<webcrypto.CryptoKeyPair> =>
  webcrypto.subtle.generateKey(KEY, true, ['sign', 'verify']) as Promise<webcrypto.CryptoKeyPair>;

/** Serial numbers are positive and differ: the digest of what they are for. */
const serialOf = (subject: string, now: Date): string =>
  `00${createHash('sha256').update(`${subject} ${now.toISOString()} ${webcrypto.randomUUID()}`).digest('hex').slice(0, 30)}`;

/** Creates all three. */
export async function makeAuthority({ names, now }: AuthorityOptions): Promise<Authority> {
  x509.cryptoProvider.set(webcrypto);
  const caKeys = await makeKeys();
  const validity = { notBefore: new Date(now.getTime() - SKEW_MS), notAfter: new Date(now.getTime() + 10 * YEAR_MS) };
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialOf('ca', now),
    name: 'CN=kubernetes',
    ...validity,
    keys: caKeys,
    signingAlgorithm: SIGNATURE,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
    ],
  });
  const issue = async (subject: string, usage: string, extensions: x509.Extension[]): Promise<KeyPair> => {
    const keys = await makeKeys();
    const certificate = await x509.X509CertificateGenerator.create({
      serialNumber: serialOf(subject, now),
      subject,
      issuer: ca.subject,
      ...validity,
      publicKey: keys.publicKey,
      signingKey: caKeys.privateKey,
      signingAlgorithm: SIGNATURE,
      extensions: [
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([usage]),
        ...extensions,
      ],
    });
    return { certificate: certificate.toString('pem'), key: await keyPem(keys.privateKey) };
  };
  const subjects = names.map((value) => ({ type: isAddress(value) ? ('ip' as const) : ('dns' as const), value }));
  return {
    ca: { certificate: ca.toString('pem'), key: await keyPem(caKeys.privateKey) },
    server: await issue('CN=kube-apiserver', x509.ExtendedKeyUsage.serverAuth, [
      new x509.SubjectAlternativeNameExtension(subjects),
    ]),
    admin: await issue('O=system:masters,CN=kubernetes-admin', x509.ExtendedKeyUsage.clientAuth, []),
  };
}
