import { OAuthError } from '@chancery/oauth';
import type { Operation, Route } from '../routes/route.js';

export interface Match {
  readonly route: Route;
  readonly operation: Operation;
  /** `/admin/v1/agents/{id}`: what it is called in records and metrics. */
  readonly template: string;
}

interface Compiled {
  readonly segments: readonly string[];
  readonly template: string;
  readonly route: Route;
  readonly methods: ReadonlyMap<string, Operation>;
}

/**
 * Everything that may be let through, and nothing else (GW-02).
 * @returns a look-up by method and normalised path, which throws OAuthError: 404 for an unknown route, 405 with `Allow` for an unknown method
 */
export function compileRoutes(routes: readonly Route[]): (method: string, path: string) => Match {
  const compiled = routes.flatMap(compile);
  return (method, path) => {
    const segments = path.split('/');
    const found = compiled.find((each) => fits(each.segments, segments));
    if (found === undefined) throw new OAuthError('invalid_request', { refusal: 'route_unknown', status: 404 });
    const operation = found.methods.get(method);
    if (operation === undefined) throw methodUnknown(found);
    return { route: found.route, operation, template: found.template };
  };
}

function compile(route: Route): Compiled[] {
  const byPath = Map.groupBy(route.operations, ({ path }) => path);
  return [...byPath].map(([path, operations]) => {
    const template = `${route.prefix}${path}`;
    return { template, segments: template.split('/'), route, methods: new Map(operations.map((each) => [each.method, each])) };
  });
}

const fits = (pattern: readonly string[], segments: readonly string[]): boolean =>
  pattern.length === segments.length && pattern.every((each, index) => each === segments[index] || each.startsWith('{'));

const methodUnknown = (found: Compiled): OAuthError =>
  new OAuthError('invalid_request', {
    refusal: 'method_unknown',
    status: 405,
    headers: { allow: [...found.methods.keys()].toSorted().join(', ') },
  });
