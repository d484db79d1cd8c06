// number.ts - formats numbers for people: three digits, and a unit that suits their size.

const SCALES: Readonly<Record<string, readonly (readonly [number, string])[]>> = {
  ns: [
    [1e9, 's'],
    [1e6, 'ms'],
    [1e3, 'µs'],
    [1, 'ns'],
  ],
  // Decimal, so that the steps of a logarithmic axis are round.
  bytes: [
    [1e9, 'GB'],
    [1e6, 'MB'],
    [1e3, 'kB'],
    [1, 'B'],
  ],
};

const LARGE: readonly (readonly [number, string])[] = [
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
];

/** 1234 → 1,230; 12.34 → 12.3; 0.01234 → 0.0123. */
export function digits(value: number): string {
  if (!Number.isFinite(value)) return '-';
  if (value === 0) return '0';
  const rounded = Number(value.toPrecision(3));
  if (Math.abs(rounded) >= 1000) return rounded.toLocaleString('en-US');
  return Math.abs(rounded) < 0.001 ? rounded.toExponential(1) : String(rounded);
}

const isPowerOfTwo = (value: number): boolean => Number.isInteger(Math.log2(value));

/** A short count: 12345 → 12.3k; powers of two as people say them: 65536 → 65k. */
export function count(value: number): string {
  const scale = LARGE.find(([size]) => Math.abs(value) >= size);
  if (!scale) return digits(value);
  return `${isPowerOfTwo(value) ? Math.floor(value / scale[0]) : digits(value / scale[0])}${scale[1]}`;
}

/** A whole number with separators, as tables show sizes. */
export const whole = (value: number | null): string => (value === null ? '' : value.toLocaleString('en-US'));

/** A value with its unit: 1530 ns → `1.53 µs`; 1.2e6 /s → `1.2M/s`; 12 % → `12 %`. */
export function quantity(value: number, unit: string): string {
  const scales = unit === 'ms' ? SCALES.ns : SCALES[unit];
  if (scales) {
    const base = unit === 'ms' ? value * 1e6 : value;
    const scale = scales.find(([size]) => Math.abs(base) >= size) ?? scales.at(-1);
    return scale ? `${digits(base / scale[0])} ${scale[1]}` : digits(value);
  }
  if (unit.startsWith('/')) return `${count(value)}${unit}`;
  return `${digits(value)}${unit === '' ? '' : ` ${unit}`}`;
}

/** A ratio to two digits: `3.4`. */
export const ratioOf = (ratio: number): string => digits(Number(ratio.toPrecision(2)));

/** A ratio in words: `3.4 times`. */
export const times = (ratio: number): string => `${ratioOf(ratio)} times`;
