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
