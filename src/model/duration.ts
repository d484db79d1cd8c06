// duration.ts - parses durations in Go's notation.

const SECONDS: Readonly<Record<string, number>> = {
  ...{ ns: 1e-9, us: 1e-6, '\u00b5s': 1e-6, '\u03bcs': 1e-6 },
  ...{ ms: 0.001, s: 1, m: 60, h: 3600 },
};

/** `90s`, `2m30s`, `-1.5h`, `0` → seconds, as time.ParseDuration reads it; null when it is none. */
export function durationSeconds(text: string): number | null {
  const [, sign, rest = ''] = /^([-+]?)(.*)$/s.exec(text) ?? [];
  if (rest === '0') return 0;
  const parts = [...rest.matchAll(/(\d+\.?\d*|\.\d+)(ns|us|\u00b5s|\u03bcs|ms|s|m|h)/g)];
  if (parts.length === 0 || parts.map(([whole]) => whole).join('') !== rest) return null;
  const sum = parts.reduce((all, [, number, unit]) => all + Number(number) * (SECONDS[unit ?? ''] ?? 0), 0);
  return sign === '-' ? -sum : sum;
}
