// reader.ts - an API that is only read: lists and watches, whoever serves them. It has no way to write.
import type { KubeObject } from '../model/objects.js';

export type Query = Readonly<Record<string, string | undefined>>;

export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: KubeObject;
}

export interface Reader {
  /** The JSON of a GET. Throws StatusFailure for a refusal. */
  get<T>(path: string, query?: Query): Promise<T>;
  /** Events until the server ends the stream, or the caller leaves the loop. */
  watch(path: string, query?: Query): AsyncGenerator<WatchEvent>;
}

/** Splits a stream of text into the events that stand in it, one a line. */
export async function* eventsIn(parts: AsyncIterable<string>): AsyncGenerator<WatchEvent> {
  let rest = '';
  for await (const part of parts) {
    const lines = (rest + part).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line !== '') yield JSON.parse(line) as WatchEvent;
  }
}
