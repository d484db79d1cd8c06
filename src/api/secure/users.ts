// users.ts - identifies the sender of a request by client certificate, server bearer token or ServiceAccount token.
import { createHash, type KeyObject, timingSafeEqual } from 'node:crypto';
import type { Context } from 'hono';
import { jwtVerify, SignJWT } from 'jose';

/** authentication.k8s.io/v1 UserInfo. */
export interface User {
  readonly username: string;
  readonly uid?: string;
  readonly groups: readonly string[];
}

const AUTHENTICATED = 'system:authenticated';

/** Whoever opens the Unix socket owns the server. */
export const ADMIN: User = { username: 'kubernetes-admin', groups: ['system:masters', AUTHENTICATED] };

/** The user of a request; on the Unix socket the administrator. */
export const userOf = (c: Context): User => (c.env as { user?: User } | undefined)?.user ?? ADMIN;

/** `iss` of the tokens of ServiceAccounts. */
export const ISSUER = 'https://kubernetes.default.svc.cluster.local';

/** What a token is issued for. */
interface TokenClaims {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** Empty = the API server itself. */
  readonly audiences: readonly string[];
  readonly expirationSeconds: number;
  /** The pod that it is bound to. */
  readonly pod?: { readonly name: string; readonly uid: string };
}

/** A line of `--token-file`: token,user,uid[,"group,group"] (Kubernetes' static token file). */
export function readTokenFile(text: string): Map<string, User> {
  const users = new Map<string, User>();
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const fields = /^([^,"]+),([^,"]+),([^,"]*)(?:,(?:"([^"]*)"|([^",]*)))?$/.exec(line.trim());
    if (!fields) throw new Error(`line ${i + 1} is not token,user,uid or token,user,uid,"group,group"`);
    const [, token = '', username = '', uid = '', quoted, single] = fields;
    const groups = (quoted ?? single ?? '').split(',').filter((group) => group !== '');
    users.set(token, { username, ...(uid === '' ? {} : { uid }), groups: [...groups, AUTHENTICATED] });
  }
  return users;
}

interface AuthenticatorOptions {
  /** Bearer token → whose it is. */
  readonly tokens: ReadonlyMap<string, User>;
  /** Signs and verifies tokens of ServiceAccounts (P-256). */
  readonly signing: { readonly privateKey: KeyObject; readonly publicKey: KeyObject };
  readonly clock: () => Date;
}

/** Certificates are taken from the TLS connection, which has checked them against the authority. */
interface Credentials {
  readonly authorization: string | undefined;
  /** Subject of a client certificate that the authority has signed. */
  readonly subject: { readonly CN?: string | string[]; readonly O?: string | string[] } | undefined;
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

export class Authenticator {
  readonly #tokens: readonly (readonly [Buffer, User])[];
  readonly #options: AuthenticatorOptions;

  constructor(options: AuthenticatorOptions) {
    this.#options = options;
    this.#tokens = [...options.tokens].map(([token, user]) => [digest(token), user] as const);
  }

  /** The user, or null: then the answer is 401. */
  async userOf({ authorization, subject }: Credentials): Promise<User | null> {
    const name = Array.isArray(subject?.CN) ? subject?.CN[0] : subject?.CN;
    if (name) {
      const groups = subject?.O === undefined ? [] : [subject.O].flat();
      return { username: name, groups: [...groups, AUTHENTICATED] };
    }
    const token = /^Bearer +([^ ]+) *$/i.exec(authorization ?? '')?.[1];
    if (token === undefined) return null;
    return this.#known(token) ?? (await this.#serviceAccount(token, [ISSUER]))?.user ?? null;
  }

  /**
   * Whose token it is, and for which of some audiences; null if it is nobody's, or for none of them. Without audiences
   * the API server's own is meant, which static tokens are for.
   */
  async review(token: string, audiences: readonly string[]): Promise<{ user: User; audiences: string[] } | null> {
    const asked = audiences.length > 0 ? audiences : [ISSUER];
    const known = asked.includes(ISSUER) ? this.#known(token) : null;
    if (known) return { user: known, audiences: [ISSUER] };
    return this.#serviceAccount(token, asked);
  }

  /** A signed token of a ServiceAccount. */
  issue({ namespace, name, uid, audiences, expirationSeconds, pod }: TokenClaims): Promise<string> {
    const now = Math.floor(this.#options.clock().getTime() / 1000);
    return new SignJWT({ 'kubernetes.io': { namespace, ...(pod ? { pod } : {}), serviceaccount: { name, uid } } })
      .setProtectedHeader({ alg: 'ES256' })
      .setIssuer(ISSUER)
      .setSubject(`system:serviceaccount:${namespace}:${name}`)
      .setAudience(audiences.length > 0 ? [...audiences] : ISSUER)
      .setIssuedAt(now)
      .setNotBefore(now)
      .setExpirationTime(now + expirationSeconds)
      .sign(this.#options.signing.privateKey);
  }

  #known(token: string): User | null {
    const given = digest(token);
    let found: User | null = null;
    // Compare all of them, so that the time does not reveal which one matched.
    for (const [known, user] of this.#tokens) if (timingSafeEqual(known, given)) found = user;
    return found;
  }

  async #serviceAccount(
    token: string,
    audiences: readonly string[],
  ): Promise<{ user: User; audiences: string[] } | null> {
    try {
      const { payload } = await jwtVerify(token, this.#options.signing.publicKey, {
        issuer: ISSUER,
        audience: [...audiences],
        algorithms: ['ES256'],
        currentDate: this.#options.clock(),
      });
      const [, , namespace, name] = (payload.sub ?? '').split(':');
      if (!namespace || !name) return null;
      const uid = (payload['kubernetes.io'] as { serviceaccount?: { uid?: string } } | undefined)?.serviceaccount?.uid;
      const user: User = {
        username: payload.sub ?? '',
        ...(uid ? { uid } : {}),
        groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, AUTHENTICATED],
      };
      const own = [payload.aud ?? []].flat();
      return { user, audiences: audiences.filter((one) => own.includes(one)) };
    } catch {
      return null;
    }
  }
}
