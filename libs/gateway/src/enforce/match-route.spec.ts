import { describe, expect, it } from 'vitest';
import { adminRoute } from '../routes/admin.js';
import { demoRoute } from '../routes/demo.js';
import { compileRoutes } from './match-route.js';

const budgets = { stalenessBudget: 5, storeAwayBudget: 30 };
const nowhere = { url: 'http://127.0.0.1:1' };
const match = compileRoutes([demoRoute('https://id.example', budgets, nowhere), adminRoute('https://id.example', budgets)]);

describe('the route table', () => {
  it.each([
    ['GET', '/demo/notes', 'https://id.example/demo', 'demo:read', undefined],
    ['POST', '/demo/notes', 'https://id.example/demo', 'demo:write', undefined],
    ['POST', '/admin/v1/iats', 'https://id.example/admin', 'chancery:registry', 'registration'],
    ['GET', '/admin/v1/agents/ag_1', 'https://id.example/admin', 'chancery:registry', 'registration'],
    ['POST', '/admin/v1/agents/ag_1/resume', 'https://id.example/admin', 'chancery:registry', 'registration'],
    ['POST', '/admin/v1/agents/ag_1/suspend', 'https://id.example/admin', 'chancery:revoke', 'registration'],
    ['POST', '/admin/v1/iats/it_1/close', 'https://id.example/admin', 'chancery:revoke', 'registration'],
    ['PUT', '/admin/v1/classes/default', 'https://id.example/admin', 'chancery:policy', 'registration'],
    ['PUT', '/admin/v1/resources', 'https://id.example/admin', 'chancery:policy', 'registration'],
    ['POST', '/admin/v1/grants/gr_1/revoke', 'https://id.example/admin', 'chancery:revoke', 'token'],
    ['POST', '/admin/v1/keys/k1/revoke', 'https://id.example/admin', 'chancery:revoke', 'token'],
    ['POST', '/admin/v1/keys/rotate', 'https://id.example/admin', 'chancery:policy', 'token'],
    ['GET', '/admin/v1/log', 'https://id.example/admin', 'chancery:audit', 'audit'],
    ['GET', '/admin/v1/log/key', 'https://id.example/admin', 'chancery:audit', 'audit'],
    ['GET', '/admin/v1/log/checkpoint', 'https://id.example/admin', 'chancery:audit', 'audit'],
    ['POST', '/admin/v1/log/checkpoint', 'https://id.example/admin', 'chancery:audit', 'audit'],
    ['GET', '/admin/v1/log/proof/12', 'https://id.example/admin', 'chancery:audit', 'audit'],
    ['GET', '/admin/v1/log/export', 'https://id.example/admin', 'chancery:audit', 'audit'],
    ['GET', '/admin/v1/log/export/entries', 'https://id.example/admin', 'chancery:audit', 'audit'],
    ['GET', '/admin/v1/gateways', 'https://id.example/admin', 'chancery:audit', 'audit'],
  ])('%s %s needs %s %s', (method, path, ...expected) => {
    const { route, operation } = match(method, path);
    const service = operation.upstream && 'service' in operation.upstream ? operation.upstream.service : undefined;
    expect([route.resource, operation.scope.join(' '), service]).toEqual(expected);
  });

  it.each([
    '/',
    '/demo',
    '/demo/notes/1',
    '/Demo/notes',
    '/admin/v1',
    '/admin/v1/agents/a/b',
    '/admin/v1/agents/a/revoke/x',
    '/admin/v2/log',
    '/demo/{id}',
  ])('%s is nothing that was declared: 404', (path) => {
    expect(() => match('GET', path)).toThrow(expect.objectContaining({ status: 404, refusal: 'route_unknown' }));
  });

  it.each(['DELETE', 'HEAD', 'OPTIONS', 'get', ''])('%j on a known path is 405, with what would be allowed', (method) => {
    expect(() => match(method, '/demo/notes')).toThrow(expect.objectContaining({ status: 405, headers: { allow: 'GET, POST' } }));
  });
});
