// certificate.ts - which certificate a client gets by the name that it asks for (SNI), and one of the proxy's own for the rest.
import { createSecureContext, type SecureContext } from 'node:tls';
import type { HostCertificate, KeyPair } from '../certificates.js';
import { hostMatches } from '../routing/host.js';

export class Certificates {
  /** They are kept for as long as the pair is, which is gone when its Secret has changed. */
  readonly #contexts = new WeakMap<KeyPair, SecureContext>();
  readonly #own: KeyPair;

  /** @param own for hosts that have none */
  constructor(own: KeyPair) {
    this.#own = own;
  }

  /** @param given the most special host first */
  contextFor(name: string, given: readonly HostCertificate[]): SecureContext {
    const pair = given.find(({ host }) => hostMatches(host, name.toLowerCase()))?.pair ?? this.#own;
    const known = this.#contexts.get(pair);
    if (known) return known;
    const made = createSecureContext({ cert: pair.certificate, key: pair.key });
    this.#contexts.set(pair, made);
    return made;
  }
}
