// arguments.ts - kubectl's habits of writing flags, brought into the form that commander reads.
import type { Command, Option } from 'commander';

/** Go programs spell booleans `--flag=true` and `--flag=false`. */
const TRUE = /^(true|t|1)$/i;
const FALSE = /^(false|f|0)$/i;

/** `--localhost-nodeports false`: the flag's value may be left out, and this word can be nothing else. */
const TRUTH = /^(true|false)$/;
const takesTruth = (word: string, options: readonly Option[]): boolean =>
  options.some((option) => option.optional && option.long === word);

function longFlag(word: string, options: readonly Option[]): string[] {
  const equals = word.indexOf('=');
  const name = equals < 0 ? word : word.slice(0, equals);
  const option = options.find((candidate) => candidate.long === name);
  if (!option) return [word];
  if (equals < 0) {
    // An optional value is written after `=` or not at all; the next word never is one.
    const preset = typeof option.presetArg === 'string' ? option.presetArg : '';
    return [option.optional ? `${name}=${preset}` : word];
  }
  if (!option.isBoolean()) return [word];
  const value = word.slice(equals + 1);
  if (TRUE.test(value)) return [name];
  return FALSE.test(value) ? [] : [word];
}

/**
 * The words after a verb, rewritten: `-o=yaml` → `-oyaml`, `--watch=true` → `--watch`, `--watch=false` → nothing,
 * `--dry-run` → `--dry-run=<preset>`. Words after `--` stay as they are, and so does the value of an option.
 */
export function normalise(words: readonly string[], command: Command): string[] {
  const result: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? '';
    if (word === '--') return [...result, ...words.slice(i)];
    const taking = command.options.find((option) => option.required && (option.long === word || option.short === word));
    if (taking) {
      result.push(word, ...words.slice(i + 1, i + 2));
      i++;
    } else if (takesTruth(word, command.options) && TRUTH.test(words[i + 1] ?? '')) {
      result.push(`${word}=${words[i + 1]}`);
      i++;
    } else if (word.startsWith('--')) result.push(...longFlag(word, command.options));
    else if (/^-[a-zA-Z]=/.test(word)) result.push(word.slice(0, 2) + word.slice(3));
    else result.push(word);
  }
  return result;
}
