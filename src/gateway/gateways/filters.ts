// filters.ts - the filters of an HTTPRoute as what is done to requests and responses; what cannot be done is named.
import type { BackendReference, RouteFilter } from '../objects.js';
import { type Backend, type Filters, type HeaderChange, NO_FILTERS, type PathChange } from '../routing/rule.js';

/** A filter that cannot be obeyed must not be passed over: its requests get an error. */
interface ReadFilters {
  readonly filters: Filters;
  readonly problem: string | null;
}

type Modifier = NonNullable<RouteFilter['requestHeaderModifier']>;
type PathModifier = NonNullable<RouteFilter['urlRewrite']>['path'];

const pairs = (list: Modifier['set']): (readonly [string, string])[] =>
  (list ?? []).map(({ name, value }) => [name, value] as const);

const headerChange = ({ set, add, remove = [] }: Modifier): HeaderChange => ({
  ...{ set: pairs(set), add: pairs(add), remove },
});

const pathChange = (path: PathModifier): PathChange | undefined =>
  path && {
    type: path.type,
    value: (path.type === 'ReplaceFullPath' ? path.replaceFullPath : path.replacePrefixMatch) ?? '',
  };

/** 100 percent when nothing is said. */
function mirroredShare({ percent, fraction }: NonNullable<RouteFilter['requestMirror']>): number {
  if (percent !== undefined) return percent / 100;
  return fraction ? fraction.numerator / (fraction.denominator ?? 100) : 1;
}

type Resolve = (reference: BackendReference) => Backend;

function readOne(filter: RouteFilter, resolve: Resolve): Partial<Filters> | null {
  const { requestHeaderModifier, responseHeaderModifier, requestRedirect, urlRewrite, requestMirror } = filter;
  if (filter.type === 'RequestHeaderModifier' && requestHeaderModifier)
    return { request: headerChange(requestHeaderModifier) };
  if (filter.type === 'ResponseHeaderModifier' && responseHeaderModifier)
    return { response: headerChange(responseHeaderModifier) };
  if (filter.type === 'RequestRedirect' && requestRedirect) {
    const { scheme, hostname, port, path, statusCode = 302 } = requestRedirect;
    return { redirect: { scheme, hostname, port, path: pathChange(path), status: statusCode } };
  }
  if (filter.type === 'URLRewrite' && urlRewrite)
    return { rewrite: { hostname: urlRewrite.hostname, path: pathChange(urlRewrite.path) } };
  if (filter.type === 'RequestMirror' && requestMirror)
    return { mirrors: [{ backend: resolve(requestMirror.backendRef), share: mirroredShare(requestMirror) }] };
  return null;
}

export function readFilters(list: readonly RouteFilter[] | undefined, resolve: Resolve): ReadFilters {
  let filters: Filters = NO_FILTERS;
  let problem: string | null = null;
  for (const filter of list ?? []) {
    const read = readOne(filter, resolve);
    if (read) filters = { ...filters, ...read, mirrors: [...filters.mirrors, ...(read.mirrors ?? [])] };
    else problem ??= `filter ${filter.type} is not supported`;
  }
  if (filters.redirect && filters.rewrite) problem ??= 'RequestRedirect and URLRewrite exclude each other';
  return { filters, problem };
}
