import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { importPublicJwk, OAuthError } from '@chancery/oauth';
import { Controller, type DynamicModule, Module, Post, Req } from '@nestjs/common';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ServiceRequest } from '../http/request.js';
import { createService, type ServiceApp } from '../http/service.js';
import { makeKey } from '../keys/make-key.js';
import { silentLog } from '../logs/log.js';
import type { Refusal } from '../refusals/refusals.js';
import { callerHeaderName } from '../service-auth/caller.js';
import { callerHeader } from '../service-auth/caller-header.js';
import { operatorOf } from './operator.js';

const now = 1_800_000_000;
const gateway = makeKey('Ed25519');
const publicKey = { kid: gateway.kid, alg: gateway.alg, key: importPublicJwk(gateway.jwk).key, jwk: gateway.jwk };
const operator = {
  clientId: 'ag_operator',
  scope: ['chancery:revoke'],
  grantId: 'gr_1',
  jkt: 'k'.repeat(43),
  jti: 'tk_1',
  iat: now - 60,
  kid: 'k1',
  profile: 'service',
};

@Controller('admin/v1')
class Acts {
  @Post('act')
  act(@Req() request: ServiceRequest): never {
    operatorOf(request, 'chancery:revoke', {
      service: 'registration',
      keys: (from, kid) => (from === 'gateway' && kid === gateway.kid ? publicKey : undefined),
      now: () => now,
    });
    throw new OAuthError('invalid_request', { refusal: 'body_malformed' });
  }
}

@Module({})
class ActsModule {
  static with(): DynamicModule {
    return { module: ActsModule, controllers: [Acts] };
  }
}

const refused: Refusal[] = [];
let service: ServiceApp;
let url: string;
let close: () => Promise<unknown>;
beforeAll(async () => {
  const refusals = {
    record: (refusal: Refusal) => void refused.push(refusal),
    flush: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
  service = await createService({ name: 'registration', module: ActsModule.with(), log: silentLog, refusals });
  const server = createServer((req, res) => service.handle(req, res));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/admin/v1/act`;
  close = () => new Promise((resolve) => (server.closeAllConnections(), server.close(resolve)));
});
beforeEach(() => void refused.splice(0));
afterAll(async () => {
  await close();
  await service.close();
});

const actAs = async (caller?: typeof operator): Promise<number> => {
  const header = { from: 'gateway', to: 'registration', key: gateway, method: 'POST', path: '/admin/v1/act', now } as const;
  const headers = { [callerHeaderName]: callerHeader({ ...header, ...(caller && { caller }) }) };
  return (await fetch(url, { method: 'POST', headers })).status;
};

describe('a refusal at the operators’ API', () => {
  it('is about the operator, whatever it was refused for', async () => {
    expect(await actAs(operator)).toBe(400);
    expect(await actAs({ ...operator, scope: ['chancery:audit'] })).toBe(403);
    const by = { endpoint: '/admin/v1/act', agent: 'ag_operator', instance: operator.jkt, grant: 'gr_1' };
    expect(refused).toMatchObject([
      { ...by, error: { refusal: 'body_malformed' } },
      { ...by, error: { refusal: 'scope_missing' } },
    ]);
  });

  it('is about nobody when nobody was named, and when the one named was not verified', async () => {
    expect(await actAs()).toBe(401);
    const forged = callerHeader({
      from: 'gateway',
      to: 'registration',
      key: makeKey('Ed25519'),
      method: 'POST',
      path: '/admin/v1/act',
      caller: operator,
      now,
    });
    expect((await fetch(url, { method: 'POST', headers: { [callerHeaderName]: forged } })).status).toBe(401);
    expect(refused.map(({ agent, instance, grant }) => [agent, instance, grant])).toEqual([
      [undefined, undefined, undefined],
      [undefined, undefined, undefined],
    ]);
  });
});
