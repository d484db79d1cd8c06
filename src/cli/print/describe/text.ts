// text.ts - the form of `describe`: indented `Key:<tab>value` lines whose values line up.

import { age } from '../../../cluster/columns/age.js';
import { type Event, eventSource, occurrences } from '../../../cluster/columns/cluster.js';
import type { Labels } from '../../../model/objects.js';
import { printable } from '../../../model/printable.js';
import { DESCRIPTION, tabulateText } from '../tabwriter.js';

/** kubectl never shows its memory of what was applied. */
const HIDDEN = 'kubectl.kubernetes.io/last-applied-configuration';
/** Longer annotations go on lines of their own, and are shortened there. */
const LONGEST_ANNOTATION = 140;

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Go's RFC1123Z in local time; the zero time of Go where there is none. */
export function longTime(timestamp: unknown): string {
  const at = new Date(typeof timestamp === 'string' ? timestamp : Number.NaN);
  if (Number.isNaN(at.getTime())) return 'Mon, 01 Jan 0001 00:00:00 +0000';
  const two = (n: number): string => String(n).padStart(2, '0');
  const offset = -at.getTimezoneOffset();
  const zone = `${offset < 0 ? '-' : '+'}${two(Math.floor(Math.abs(offset) / 60))}${two(Math.abs(offset) % 60)}`;
  const date = `${two(at.getDate())} ${MONTHS[at.getMonth()]} ${at.getFullYear()}`;
  return `${DAYS[at.getDay()]}, ${date} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())} ${zone}`;
}

/** Collects the text of one description. */
export class Description {
  #done = '';
  #text = '';

  /** One line, indented by two spaces a level. Tabs end cells. */
  line(level: number, text: string): void {
    this.#text += `${'  '.repeat(level)}${text}\n`;
  }

  /** `Key:<tab>value`; an undefined or empty value leaves the line out. */
  optional(level: number, key: string, value: unknown): void {
    if (value !== undefined && value !== null && value !== '') this.line(level, `${key}:\t${value}`);
  }

  /** Several values after one key, a line each; `<none>` if there are none. */
  list(title: string, values: readonly string[]): void {
    this.#text += `${title}:\t${values.length === 0 ? '<none>' : values.join('\n\t')}\n`;
  }

  labels(title: string, labels: Labels | undefined): void {
    const keys = Object.keys(labels ?? {}).sort();
    this.list(
      title,
      keys.map((key) => `${key}=${labels?.[key]}`),
    );
  }

  annotations(title: string, annotations: Readonly<Record<string, string>> | undefined): void {
    const keys = Object.keys(annotations ?? {}).filter((key) => key !== HIDDEN);
    this.list(
      title,
      keys.sort().map((key) => annotationText(key, annotations?.[key] ?? '')),
    );
  }

  /** Starts new columns: values above and below line up separately. */
  flush(): void {
    this.#done += tabulateText(printable(this.#text), DESCRIPTION);
    this.#text = '';
  }

  events(events: readonly Event[], now: number): void {
    if (events.length === 0) {
      this.line(0, 'Events:\t<none>');
      return;
    }
    this.flush();
    this.line(0, 'Events:');
    this.line(1, 'Type\tReason\tAge\tFrom\tMessage');
    this.line(1, '----\t------\t----\t----\t-------');
    const when = (event: Event): string => occurrences(event).last ?? '';
    for (const event of [...events].sort((a, b) => (when(a) < when(b) ? -1 : when(a) > when(b) ? 1 : 0))) {
      const { count, first, last } = occurrences(event);
      const since = count > 1 ? `${age(last, now)} (x${count} over ${age(first, now)})` : age(first, now);
      const field = event.involvedObject?.fieldPath;
      const message = (event.message ?? '').trim();
      const cells = [event.type, event.reason, since, eventSource(event), field ? `${field}: ${message}` : message];
      this.line(1, cells.map((cell) => cell ?? '').join('\t'));
    }
  }

  toString(): string {
    this.flush();
    return this.#done;
  }
}

function annotationText(key: string, text: string): string {
  const value = text.endsWith('\n') ? text.slice(0, -1) : text;
  if (key.length + value.length + 2 <= LONGEST_ANNOTATION && !value.includes('\n')) return `${key}: ${value}`;
  const cut = (line: string): string =>
    line.length > LONGEST_ANNOTATION - 2 ? `${line.slice(0, LONGEST_ANNOTATION - 2)}...` : line;
  return [`${key}:`, ...value.split('\n').map((line) => `\t  ${cut(line)}`)].join('\n');
}
