// api.ts - requests of the page to the lab's API, and what it refuses, in its own words.

class Refusal extends Error {
  /** Of HTTP; 0 when nobody answered. */
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
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
    throw new Refusal(0, 'the lab does not answer: it has ended, or another one has taken its place');
  }
  const text = await answer.text();
  if (answer.ok) return text;
  throw new Refusal(answer.status, messageOf(text) || `the lab answered with HTTP ${answer.status}`);
}

function messageOf(text: string): string {
  try {
    return (JSON.parse(text) as { message?: string }).message ?? text;
  } catch {
    return text;
  }
}

export const ask = async <T>(path: string, asked: Asked = {}): Promise<T> =>
  JSON.parse(await askText(path, asked)) as T;
