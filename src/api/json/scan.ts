// scan.ts - finds what a parsed value no longer shows about its JSON text: nesting depth and duplicate keys.
//
// It makes one pass. The text may be malformed: the result then means nothing, and parsing will fail.

interface Scan {
  readonly depth: number;
  /** Paths of keys that an object has already, as `spec.ports[0].port`, in the order of the text. */
  readonly duplicates: readonly string[];
}

/** An object or list that is not closed yet. */
interface Frame {
  /** Keys so far; null = a list. */
  readonly keys: Set<string> | null;
  /** The key or place of what is being read. */
  at: string | number;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const COMMA = 0x2c;
const COLON = 0x3a;

/** Duplicates that are told, as the API server tells no more strict errors. */
const MOST_TOLD = 100;

function pathOf(frames: readonly Frame[], key: string): string {
  const steps = frames.slice(0, -1).map(({ keys, at }) => (keys ? `.${at}` : `[${at}]`));
  return [...steps, `.${key}`].join('').replace(/^\./, '');
}

/** The place after the text that begins at a quote. */
function endOfString(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === BACKSLASH) i++;
    else if (code === QUOTE) return i + 1;
  }
  return text.length;
}

function unquoted(text: string): string {
  if (!text.includes('\\')) return text.slice(1, -1);
  try {
    return JSON.parse(text) as string;
  } catch {
    return text;
  }
}

export function scan(text: string): Scan {
  const frames: Frame[] = [];
  const duplicates: string[] = [];
  let depth = 0;
  let last = '';
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const frame = frames[frames.length - 1];
    if (code === QUOTE) {
      const end = endOfString(text, i);
      if (frame?.keys) last = text.slice(i, end);
      i = end - 1;
    } else if (code === COLON && frame?.keys) {
      frame.at = unquoted(last);
      if (frame.keys.has(frame.at) && duplicates.length < MOST_TOLD) duplicates.push(pathOf(frames, frame.at));
      frame.keys.add(frame.at);
    } else if (code === COMMA && frame && !frame.keys) frame.at = (frame.at as number) + 1;
    else if (code === OPEN_OBJECT) frames.push({ keys: new Set(), at: '' });
    else if (code === OPEN_LIST) frames.push({ keys: null, at: 0 });
    else if (code === CLOSE_OBJECT || code === CLOSE_LIST) frames.pop();
    if (frames.length > depth) depth = frames.length;
  }
  return { depth, duplicates };
}
