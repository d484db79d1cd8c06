// printable.ts - text that others wrote, as a terminal may show it: nothing in it moves the cursor, colours or hides.

/** Control characters but for line ends and tabs, and marks that turn the direction of what follows. */
const COMMAND = /(?![\n\t])\p{Cc}|[\u202a-\u202e\u2066-\u2069]/gu;

function shown(character: string): string {
  const code = character.charCodeAt(0);
  if (code < 0x20 || code === 0x7f) return `^${String.fromCharCode(code ^ 0x40)}`;
  return `\\u${code.toString(16).padStart(4, '0')}`;
}

/** ESC as `^[`, as kubectl and cat -v show it; other such characters likewise or by their number. */
export const printable = (text: string): string => text.replace(COMMAND, shown);
