// status.ts - refusals of the API server (meta/v1 Status) in the words in which kubectl prints them.

export interface Status {
  readonly kind: 'Status';
  readonly message?: string;
  readonly reason?: string;
  readonly code?: number;
  readonly details?: {
    readonly name?: string;
    readonly group?: string;
    readonly kind?: string;
    readonly causes?: readonly { readonly reason?: string; readonly message?: string; readonly field?: string }[];
  };
}

/** Thrown by the client when the server refuses a request. */
export class StatusFailure extends Error {
  readonly status: Status;

  constructor(status: Status) {
    super(status.message ?? status.reason ?? 'unknown');
    this.name = 'StatusFailure';
    this.status = status;
  }
}

export const isStatusFailure = (error: unknown): error is StatusFailure => error instanceof StatusFailure;

/** True for a refusal with this reason (`NotFound`, `AlreadyExists`, `Conflict` …). */
export const isReason = (error: unknown, reason: string): error is StatusFailure =>
  isStatusFailure(error) && error.status.reason === reason;

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
