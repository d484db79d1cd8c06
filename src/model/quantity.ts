// quantity.ts - parses, adds and formats quantities as Kubernetes writes them: 200m, 64Mi, 1.5G.

/** An amount in thousandths, and which family of suffixes it was written with. */
export interface Quantity {
  readonly milli: number;
  readonly binary: boolean;
}

export const ZERO: Quantity = { milli: 0, binary: false };

const DECIMAL = ['', 'k', 'M', 'G', 'T', 'P', 'E'];
const BINARY = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
const SMALL: Readonly<Record<string, number>> = { n: 1e-9, u: 1e-6, m: 1e-3 };

/** What is no quantity counts as nothing: validation has long refused it. */
export function parseQuantity(text: unknown): Quantity {
  const match = /^([+-]?[0-9.]+)(?:([eE][+-]?[0-9]+)|(n|u|m|k|[MGTPE]|[KMGTPE]i))?$/.exec(String(text ?? '0'));
  if (!match) return ZERO;
  const [, number = '0', exponent = '', suffix = ''] = match;
  const binary = suffix.endsWith('i');
  const power = binary
    ? 1024 ** BINARY.indexOf(suffix)
    : (SMALL[suffix] ?? 1000 ** Math.max(0, DECIMAL.indexOf(suffix)));
  return { milli: Math.ceil(Number(number + exponent) * power * 1000), binary };
}

export const addQuantities = (a: Quantity, b: Quantity): Quantity => ({
  milli: a.milli + b.milli,
  binary: a.milli === 0 ? b.binary : a.binary,
});

/** The shortest exact form, as the API server writes it back. */
export function formatQuantity({ milli, binary }: Quantity): string {
  if (milli % 1000 !== 0) return `${milli}m`;
  const step = binary ? 1024 : 1000;
  const suffixes = binary ? BINARY : DECIMAL;
  let value = milli / 1000;
  let power = 0;
  while (value !== 0 && value % step === 0 && power < suffixes.length - 1) {
    value /= step;
    power++;
  }
  return `${value}${suffixes[power]}`;
}
