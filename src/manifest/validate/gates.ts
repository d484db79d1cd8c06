// gates.ts - the feature gates of the API server that change what validation says.

export interface Gates {
  /** New IP and CIDR values must be in canonical-enough form; values that were there before are tolerated. */
  readonly StrictIPCIDRValidation: boolean;
  /** Service names are DNS-1123 labels (may begin with a digit) instead of DNS-1035 labels. */
  readonly RelaxedServiceNameValidation: boolean;
  /** `trafficDistribution` also knows PreferSameZone and PreferSameNode. */
  readonly PreferSameTrafficDistribution: boolean;
}

/** Kubernetes 1.36 as it is installed. */
export const DEFAULT_GATES: Gates = {
  StrictIPCIDRValidation: true,
  RelaxedServiceNameValidation: true,
  PreferSameTrafficDistribution: true,
};

/** The default gates with some of them set otherwise. */
export function withGates(gates?: Partial<Gates>): Gates {
  return { ...DEFAULT_GATES, ...gates };
}

/**
 * `Name=true,Name=false` as the flag --feature-gates of Kubernetes has it. Gates that are known in Kubernetes and change
 * nothing here are not refused; what is not of the form is returned as text.
 */
export function parseGates(text: string): Partial<Gates> | string {
  const gates: Record<string, boolean> = {};
  for (const part of text.split(',').filter((piece) => piece.trim() !== '')) {
    const [, name, value] = /^\s*([A-Za-z0-9]+)=(true|false)\s*$/i.exec(part) ?? [];
    if (name === undefined || value === undefined) return part.trim();
    if (name in DEFAULT_GATES) gates[name] = value.toLowerCase() === 'true';
  }
  return gates;
}
