// client.ts - requests to an API in this process, as the tests of this folder make them.
import type { Hono } from 'hono';
import { createApp } from '../../src/api/app.js';
import type { Cluster } from '../../src/cluster/cluster.js';

interface Answer {
  readonly code: number;
  // biome-ignore lint/suspicious/noExplicitAny: answers are read by their fields
  readonly body: any;
}

export class Client {
  readonly app: Hono;

  constructor(cluster: Cluster) {
    this.app = createApp(cluster);
  }

  send(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Response> {
    const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
    return Promise.resolve(
      this.app.request(`http://localhost${path}`, {
        method,
        headers: { 'content-type': 'application/json', ...headers },
        ...(text === undefined ? {} : { body: text }),
      }),
    );
  }

  async ask(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer> {
    const response = await this.send(method, path, body, headers);
    const text = await response.text();
    return { code: response.status, body: text === '' ? '' : JSON.parse(text) };
  }
}
