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

/** An answer of which the body is still to be read. Throws Refusal with the server's message. */
async function request(path: string, { method = 'GET', accept, type, body }: Asked): Promise<Response> {
  const headers: Record<string, string> = {};
  if (accept !== undefined) headers.accept = accept;
  if (type !== undefined) headers['content-type'] = type;
  let answer: Response;
  try {
    answer = await fetch(path, { method, headers, ...(body === undefined ? {} : { body }) });
  } catch {
    throw new Refusal('the lab does not answer: it has ended, or another one has taken its place');
  }
  if (answer.ok) return answer;
  const { message, details } = statusOf(await answer.text());
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
  JSON.parse(await (await request(path, asked)).text()) as T;

/** An answer of one JSON text a line: each is heard when it comes. */
export async function askLines<T>(path: string, asked: Asked, hear: (value: T) => void): Promise<void> {
  const { body } = await request(path, asked);
  const reader = body?.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (let read = await reader?.read(); read && !read.done; read = await reader?.read()) {
    const lines = (rest + read.value).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) hear(JSON.parse(line) as T);
  }
}
