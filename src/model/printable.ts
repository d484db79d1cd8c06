// printable.ts - makes text from others safe for a terminal: nothing in it moves the cursor, colours or hides.

/** Control characters except line ends and tabs, and marks that change the direction of the text after them. */
const COMMAND = /(?![\n\t])\p{Cc}|[\u202a-\u202e\u2066-\u2069]/gu;

function shown(character: string): string {
  const code = character.charCodeAt(0);
  if (code < 0x20 || code === 0x7f) return `^${String.fromCharCode(code ^ 0x40)}`;
  return `\\u${code.toString(16).padStart(4, '0')}`;
}

/** Shows ESC as `^[`, like kubectl and cat -v. Other such characters are shown the same way or by their number. */
export const printable = (text: string): string => text.replace(COMMAND, shown);
