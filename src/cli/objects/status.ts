// status.ts - refusals of the API server (meta/v1 Status) in the words in which kubectl prints them.
import type { Status } from '../../live/status.js';

/** kubectl's checkErr: an invalid object has a heading and a list of causes, everything else one line. */
export function statusText(status: Status): string {
  const { reason, message = 'unknown', details } = status;
  if (reason !== 'Invalid') return `Error from server${reason ? ` (${reason})` : ''}: ${message}`;
  if (!details) return `The request is invalid: ${message}`;
  const heading = `The ${details.kind ?? ''} "${details.name ?? ''}" is invalid`;
  const causes = [...new Set((details.causes ?? []).map((cause) => `${cause.field}: ${cause.message}`))];
  if (causes.length === 0) return heading;
  if (causes.length === 1) return `${heading}: ${causes[0]}`;
  return `${heading}: \n${causes.map((cause) => `* ${cause}`).join('\n')}`;
}
