// api.ts - requests of the page to the lab's API, and what it refuses, in its own words.

/** A field that the server does not take. */
interface Cause {
  readonly field?: string;
  readonly message?: string;
}

export class Refusal extends Error {
  /** What is wrong with which field, where the server tells it. */
  readonly causes: readonly Cause[];

  constructor(message: string, causes: readonly Cause[] = []) {
    super(message);
    this.causes = causes;
  }
}

interface Status {
  readonly message?: string;
  readonly details?: { readonly causes?: readonly Cause[] };
}

interface Asked {
  readonly method?: string;
  readonly accept?: string;
  readonly type?: string;
  readonly body?: string;
}

/** The body of an answer as text. Throws Refusal with the server's message. */
async function askText(path: string, { method = 'GET', accept, type, body }: Asked = {}): Promise<string> {
  const headers: Record<string, string> = {};
  if (accept !== undefined) headers.accept = accept;
  if (type !== undefined) headers['content-type'] = type;
  let answer: Response;
  try {
    answer = await fetch(path, { method, headers, ...(body === undefined ? {} : { body }) });
  } catch {
    throw new Refusal('the lab does not answer: it has ended, or another one has taken its place');
  }
  const text = await answer.text();
  if (answer.ok) return text;
  const { message, details } = statusOf(text);
  throw new Refusal(message || `the lab answered with HTTP ${answer.status}`, details?.causes);
}

function statusOf(text: string): Status {
  try {
    return JSON.parse(text) as Status;
  } catch {
    return { message: text };
  }
}

export const ask = async <T>(path: string, asked: Asked = {}): Promise<T> =>
  JSON.parse(await askText(path, asked)) as T;
