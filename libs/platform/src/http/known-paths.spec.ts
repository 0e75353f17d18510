import { describe, expect, it } from 'vitest';
import { KnownPaths } from './known-paths.js';

describe('the paths of a service', () => {
  const paths = new KnownPaths();
  paths.add('/token', 'POST');
  paths.add('/admin/v1/agents/:id', ['GET', 'HEAD']);
  paths.add('/admin/v1/agents/:id', 'DELETE');
  paths.add('/demo/*', 'GET');

  it.each<[string, string[]]>([
    ['/token', ['POST']],
    ['/admin/v1/agents/ag_1', ['DELETE', 'GET', 'HEAD']],
    ['/demo/notes/1', ['GET']],
    ['/token/', []],
    ['/tokens', []],
    ['/admin/v1/agents/', []],
    ['/admin/v1/agents/ag_1/x', []],
    ['/demo', []],
    ['', []],
  ])('%s takes %j', (path, methods) => {
    expect(paths.methodsOf(path)).toEqual(methods);
  });
});
