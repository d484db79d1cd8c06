// changer.ts - the API server that a kubeconfig names, for those who also write to it.
import type { KubeObject } from '../model/objects.js';
import type { Target } from './kubeconfig.js';
import { LiveServer } from './server.js';

export class Changer extends LiveServer {
  constructor(target: Target, environment: Readonly<Record<string, string | undefined>>, clock: () => number) {
    super(target, environment, clock, 'kubewire');
  }

  /** @param path of the list that it belongs to. Throws StatusFailure for a refusal, as the others do. */
  create<T extends KubeObject>(path: string, object: T): Promise<T> {
    return this.connection.json<T>({ method: 'POST', path, body: object });
  }

  /** With its resourceVersion only if nobody has changed it since. @param path of the object */
  replace<T extends KubeObject>(path: string, object: T): Promise<T> {
    return this.connection.json<T>({ method: 'PUT', path, body: object });
  }

  /** A merge patch (RFC 7386). @param path of the object, or of its status */
  async patch(path: string, change: object): Promise<void> {
    await this.connection.json({ method: 'PATCH', path, body: change });
  }

  /**
   * What belongs to it goes with it.
   * @param path of the object
   * @param options of meta/v1 DeleteOptions, besides
   */
  async remove(path: string, options: object = {}): Promise<void> {
    await this.connection.json({ method: 'DELETE', path, body: { propagationPolicy: 'Background', ...options } });
  }
}
