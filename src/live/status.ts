// status.ts - what an API server answers when it refuses a request (meta/v1 Status), as an error.

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

/** Thrown by a client when the server refuses a request. */
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

/** The body of a refusal as a failure. Without a Status in it, the code is still told. */
export function refusal(code: number, text: string): StatusFailure {
  try {
    const status = JSON.parse(text) as Status;
    if (status.kind === 'Status') return new StatusFailure({ code, ...status });
  } catch {
    // It is not JSON, so the text itself is the message.
  }
  return new StatusFailure({ kind: 'Status', code, message: text.trim() || `the server answered with HTTP ${code}` });
}
