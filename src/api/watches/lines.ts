// lines.ts - events as the lines of a watch: made once, however many clients watch.
import { type Resource, shown } from '../../cluster/kinds/kind.js';
import type { EventType, StoreEvent } from '../../cluster/store.js';
import { objectText } from '../../cluster/text.js';
import type { KubeObject } from '../../model/objects.js';

/** The text of an object in a line. */
export type Show = (object: KubeObject) => string;

export const lineOf = (type: string, text: string): Buffer => Buffer.from(`{"type":"${type}","object":${text}}\n`);

export const wholeObject =
  (resource: Resource): Show =>
  (object) =>
    objectText(shown(resource, object));

/** Lines of the event that was told last, by what they say of it. */
const made = { event: null as StoreEvent | null, lines: new Map<string, Buffer>() };

/**
 * The line of an event, which clients share that watch the same resource in the same `form`. An object that is selected no
 * longer goes as it was last seen, with the version at which it went.
 */
export function sharedLine(event: StoreEvent, type: EventType, form: string, show: Show): Buffer {
  if (made.event !== event) {
    made.event = event;
    made.lines.clear();
  }
  const key = `${type}/${form}`;
  const known = made.lines.get(key);
  if (known) return known;
  const line = ownLine(event, type, show);
  made.lines.set(key, line);
  return line;
}

/** The line of an event for one client alone. */
export const ownLine = (event: StoreEvent, type: EventType, show: Show): Buffer =>
  lineOf(type, show(stateFor(event, type)));

function stateFor({ type: happened, object, old, resourceVersion }: StoreEvent, type: EventType): KubeObject {
  if (type !== 'DELETED' || happened === 'DELETED' || !old) return object;
  return { ...old, metadata: { ...old.metadata, resourceVersion } };
}
