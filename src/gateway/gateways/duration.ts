// duration.ts - durations of Gateway API (GEP-2257): `1h30m`, `500ms`; at most four parts of h, m, s and ms.

const MS: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 };

/** Milliseconds; undefined: none, or no duration. 0 stands for no limit. */
export function durationMs(text: string | undefined): number | undefined {
  if (text === undefined || !/^(\d{1,5}(h|m|s|ms)){1,4}$/.test(text)) return undefined;
  const total = [...text.matchAll(/(\d+)(ms|h|m|s)/g)].reduce(
    (sum, [, n, unit]) => sum + Number(n) * (MS[unit ?? ''] ?? 0),
    0,
  );
  return total === 0 ? undefined : total;
}
