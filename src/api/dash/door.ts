// door.ts - opens the page when somebody asks for it: a listener on loopback that only its token opens.
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { type Context, Hono } from 'hono';
import { noSuchPath, unauthorized } from '../../cluster/status.js';
import { refuse } from '../answer.js';
import type { DataplaneView } from '../dataplane.js';
import { ADMIN, userOf } from '../secure/users.js';
import { serveUpgrades } from '../streams/upgrade.js';
import type { Parts } from '../subresources/place.js';
import { servePath, serveRules } from './answers.js';
import { Gate, type Headers } from './gate.js';
import { Live } from './live.js';
import { guard, serveAsset, servePage } from './page.js';
import { servePreview } from './preview.js';
import { Plays, serveScenarios } from './scenarios.js';
import { VIEWS } from './views.js';

const LIVE = '/dash/live';

interface DoorParts extends Parts {
  readonly dataplane: DataplaneView | undefined;
  /** The API that the page speaks with. */
  readonly app: () => Hono;
}

const headersOf = ({ headers }: IncomingMessage): Headers => ({
  host: headers.host,
  origin: headers.origin,
  cookie: headers.cookie,
  'sec-fetch-site': headers['sec-fetch-site'] as string | undefined,
});

const STRANGER = 'This page opens by the whole address that "kubewire dash" prints.\n';

/** Routes of the page, for whoever was let in, before those of the API. */
function pageApp({ app, cluster }: DoorParts, gate: Gate): Hono {
  const page = new Hono();
  const plays = new Plays();
  page.use(async (c, next) => {
    guard(c);
    const headers = headersOf({ headers: c.req.header() } as IncomingMessage);
    const token = c.req.query('token');
    if (token !== undefined && gate.isOurs({ ...headers, origin: undefined, 'sec-fetch-site': 'none' })) {
      if (!gate.isToken(token)) return c.text(STRANGER, 403);
      const url = new URL(c.req.url);
      url.searchParams.delete('token');
      c.header('set-cookie', gate.cookie);
      return c.redirect(`${url.pathname}${url.search}`, 303);
    }
    if (gate.admits(headers)) return next();
    return /^\/(api|apis|dash|openapi)\b/.test(c.req.path) ? c.json(unauthorized().status, 401) : c.text(STRANGER, 403);
  });
  page.get('/', servePage);
  for (const view of VIEWS) page.get(`/${view}`, servePage);
  page.get('/assets/:name', (c) => serveAsset(c, c.req.param('name')));
  page.post('/dash/path', (c) => servePath(c, cluster));
  page.post('/dash/preview', (c) => servePreview(c, cluster));
  page.get('/dash/rules', (c) => serveRules(c, cluster));
  page.get('/dash/scenarios', serveScenarios);
  page.post('/dash/scenarios/:name', (c) => plays.serve(c));
  page.onError((error, c) => refuse(c, error));
  page.all('*', (c) => app().fetch(c.req.raw, { ...(c.env as object), user: ADMIN }));
  return page;
}

/** The page of a lab. Nothing listens until it is asked for. */
export class Door {
  readonly #parts: DoorParts;
  #opening: Promise<Gate> | null = null;
  #server: Server | null = null;
  #live: Live | null = null;

  constructor(parts: DoorParts) {
    this.#parts = parts;
  }

  /** The address that lets a person in; the same one for as long as the lab runs. */
  async open(): Promise<string> {
    this.#opening ??= this.#listen();
    return (await this.#opening).address;
  }

  close(): void {
    this.#live?.close();
    this.#server?.close();
    this.#server?.closeAllConnections();
  }

  async #listen(): Promise<Gate> {
    const server = createServer();
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ port: 0, host: '127.0.0.1' }, resolve);
    });
    const gate = new Gate((server.address() as AddressInfo).port);
    const live = new Live(this.#parts.cluster, this.#parts.dataplane);
    this.#live = live;
    server.on('request', getRequestListener(pageApp(this.#parts, gate).fetch));
    serveUpgrades(
      server,
      this.#parts,
      async (request) => (gate.admits(headersOf(request)) ? ADMIN : null),
      (request, socket, head) => {
        if (new URL(request.url ?? '/', 'http://localhost').pathname !== LIVE) return false;
        if (gate.admits(headersOf(request))) live.accept(request, socket, head);
        else socket.end('HTTP/1.1 401 Unauthorized\r\nconnection: close\r\n\r\n');
        return true;
      },
    );
    return gate;
  }
}

/** Where the page is. Whoever has the address is the administrator, so nobody else is told. */
export async function serveDoor(c: Context, door: Door | undefined): Promise<Response> {
  if (!door || userOf(c).username !== ADMIN.username) throw noSuchPath();
  return c.json({ address: await door.open() }, 201);
}
