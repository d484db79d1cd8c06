// names.ts - the long names of types in OpenAPI documents, and the short ones that the tables have.

/** Long prefix → short one, the first that fits. */
const PREFIXES = [
  ['io.k8s.apimachinery.pkg.apis.meta.', 'meta.'],
  ['io.k8s.apimachinery.pkg.util.intstr.', 'intstr.'],
  ['io.k8s.apimachinery.pkg.runtime.', 'runtime.'],
  ['io.k8s.apimachinery.pkg.api.resource.', 'resource.'],
  ['io.k8s.apimachinery.pkg.version.', 'version.'],
  ['io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.', 'apiextensions.'],
  ['io.k8s.metrics.pkg.apis.metrics.', 'metrics.'],
  ['io.k8s.api.', ''],
] as const;

/** `io.k8s.api.core.v1.ServiceSpec` → `core.v1.ServiceSpec`. */
export function shortName(long: string): string {
  for (const [prefix, short] of PREFIXES) if (long.startsWith(prefix)) return `${short}${long.slice(prefix.length)}`;
  return long;
}

/** The other way round: the name that OpenAPI documents have. */
export function longName(short: string): string {
  for (const [prefix, own] of PREFIXES) if (short.startsWith(own)) return `${prefix}${short.slice(own.length)}`;
  return short;
}
