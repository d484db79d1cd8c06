// lines.ts - events as the lines of a watch.
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

/** The line of an event. An object that is selected no longer goes as it was last seen, with the version at which it went. */
export const eventLine = (event: StoreEvent, type: EventType, show: Show): Buffer =>
  lineOf(type, show(stateFor(event, type)));

function stateFor({ type: happened, object, old, resourceVersion }: StoreEvent, type: EventType): KubeObject {
  if (type !== 'DELETED' || happened === 'DELETED' || !old) return object;
  return { ...old, metadata: { ...old.metadata, resourceVersion } };
}
