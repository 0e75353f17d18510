import { openMemoryStore } from '@chancery/eventstore/memory';
import type { ChanceryEvent } from '@chancery/events';
import { describe, expect, it } from 'vitest';
import { checkIssuer, checkStatedIssuer } from './check-issuer.js';

const issuer = 'https://as.example';
const defined = (resource: string): ChanceryEvent => ({ type: 'config.resource-defined', resource, name: 'x', scope: ['a'], by: 'system' });

async function made(...resources: string[]) {
  const store = openMemoryStore();
  if (resources.length > 0) await store.append({ streams: [{ stream: 'main/config/main', expected: 0, events: resources.map(defined) }] });
  return store;
}

describe('a service with a database', () => {
  it('starts under the issuer that its database was made for', async () => {
    await expect(checkIssuer(await made(`${issuer}/admin`, `${issuer}/demo`), issuer)).resolves.toBeUndefined();
  });

  it.each(['https://as2.example', 'https://as.example:8443', 'http://127.0.0.1:4400'])('does not start as %s', async (other) => {
    await expect(checkIssuer(await made(`${issuer}/admin`), other)).rejects.toThrow(/^CHANCERY_ISSUER: is not the one/);
  });

  it('does not start before anything was prepared', async () => {
    await expect(checkIssuer(await made(), issuer)).rejects.toThrow(/^CHANCERY_SECRETS: the database had no first start yet/);
  });
});

describe('a gateway', () => {
  const { signal } = new AbortController();

  it('starts under the issuer that the token service says it is, as soon as it says so', async () => {
    const answers: unknown[] = [new Error('away'), {}, { issuer, jwks_uri: 'x' }];
    const ask = async () => {
      const answer = answers.shift();
      if (answer instanceof Error) throw answer;
      return answer;
    };
    await checkStatedIssuer(ask, issuer, signal);
    expect(answers).toEqual([]);
  });

  it('does not start under another one', async () => {
    await expect(checkStatedIssuer(async () => ({ issuer: `${issuer}/` }), issuer, signal)).rejects.toThrow(
      /^CHANCERY_ISSUER: is not the one/,
    );
  });

  it('gives up when it is told to, while nobody says anything', async () => {
    await expect(checkStatedIssuer(() => Promise.reject(new Error('away')), issuer, AbortSignal.abort())).rejects.toThrow('aborted');
  });
});
