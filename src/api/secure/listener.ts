// listener.ts - the API over HTTPS, with its own certificate. Clients that do not authenticate only get a 401.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { getRequestListener } from '@hono/node-server';
import type { Hono } from 'hono';
import { unauthorized } from '../../cluster/status.js';
import { urlHost } from '../../model/address.js';
import { Fault } from '../../model/fault.js';
import type { Authority } from './authority.js';
import { identityOf } from './identity.js';
import { ADMIN, Authenticator, type User } from './users.js';

interface SecureOptions {
  /** 0 = any free port. */
  readonly port: number;
  /** Address of this machine; loopback, unless tokens are given for others. */
  readonly host: string;
  /** Names and addresses of the server beside `host` and loopback. */
  readonly names: readonly string[];
  /** Bearer tokens beside the administrator's. */
  readonly tokens: ReadonlyMap<string, User>;
  /** Where certificates, keys and the administrator's token outlive the process. Left out: nowhere. */
  readonly directory?: string;
  readonly clock: () => Date;
}

/** What a client needs to be let in as the administrator. */
export interface Access {
  /** `https://127.0.0.1:6443` */
  readonly server: string;
  readonly authority: Authority;
  /** The administrator's bearer token. */
  readonly token: string;
  readonly authenticator: Authenticator;
}

export interface SecureListener {
  readonly access: Access;
  /** Takes requests from now on. */
  serve(app: Hono): void;
  readonly server: Server;
  close(): Promise<void>;
}

const LOOPBACK = ['127.0.0.1', '::1', 'localhost'];

const UNAUTHORIZED = JSON.stringify(unauthorized().status);

function refuse(response: ServerResponse): void {
  response.writeHead(401, { 'content-type': 'application/json', 'content-length': UNAUTHORIZED.length });
  response.end(UNAUTHORIZED);
}

/** Of a certificate that the authority has signed, the subject. */
function subjectOf({ socket }: IncomingMessage) {
  const tls = socket as TLSSocket;
  return tls.authorized ? tls.getPeerCertificate().subject : undefined;
}

/** Who sends a request; null for nobody. Upgrades (exec, attach, port-forward) ask the same. */
export const senderOf = (request: IncomingMessage, authenticator: Authenticator): Promise<User | null> =>
  authenticator.userOf({ authorization: request.headers.authorization, subject: subjectOf(request) });

async function bind(server: Server, { port, host }: SecureOptions): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const taken = error.code === 'EADDRINUSE';
      const what = taken ? `port ${port} of ${host} is taken` : `cannot listen on ${host}:${port}: ${error.message}`;
      reject(new Fault('USAGE', what, 'Choose another with --secure-port; 0 takes any free one.'));
    });
    server.listen({ port, host }, resolve);
  });
  const bound = (server.address() as AddressInfo).port;
  return `https://${urlHost(host)}:${bound}`;
}

/** Listens. Requests are answered once `serve` is called. Throws Fault USAGE if the port is not available. */
export async function listenSecurely(options: SecureOptions): Promise<SecureListener> {
  const names = [...new Set([options.host, ...LOOPBACK, ...options.names])];
  const { authority, token, signing } = await identityOf(options.directory, names, options.clock());
  const authenticator = new Authenticator({
    tokens: new Map([...options.tokens, [token, ADMIN]]),
    signing,
    clock: options.clock,
  });
  const server = createServer({
    cert: authority.server.certificate,
    key: authority.server.key,
    ca: authority.ca.certificate,
    requestCert: true,
    // A certificate is optional, since a token is enough. One that does not verify is ignored.
    rejectUnauthorized: false,
  });
  const address = await bind(server, options);
  return {
    access: { server: address, authority, token, authenticator },
    server,
    serve(app) {
      server.on('request', async (request, response) => {
        const user = await senderOf(request, authenticator);
        if (!user) return refuse(response);
        await getRequestListener((asked, env) => app.fetch(asked, { ...env, user }))(request, response);
      });
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
