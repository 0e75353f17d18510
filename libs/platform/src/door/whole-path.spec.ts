import { connect } from 'node:net';
import { type BusRecord } from '@chancery/eventstore';
import { openMemoryStore } from '@chancery/eventstore/memory';
import { type AgentEvent, streamName } from '@chancery/events';
import { knownParameters, parseResource, parseScope } from '@chancery/oauth';
import { generateKey, makeAssertion, makeProof } from '@chancery/oauth/client';
import { canarySecret, expectNoSecret, type Secrets } from '@chancery/testing';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRemoteKeys } from '../client-keys/remote-keys.js';
import { createHealth } from '../health/health.js';
import { createService } from '../http/service.js';
import { newSecret, sha256base64url } from '../ids.js';
import { type ServiceName, serviceNames } from '../keys/key-ring.js';
import { createLogger } from '../logs/create-logger.js';
import { openGuardedFetch } from '../outbound/guarded-fetch.js';
import { createRefusals } from '../refusals/create-refusals.js';
import type { Grant } from '../token-endpoint/grant.js';
import { TokenEndpointModule } from '../token-endpoint/token-endpoint.module.js';
import type { Door } from './listener.js';
import { openDoor } from './open-door.js';
import type { Target } from './target.js';

const issuer = 'http://127.0.0.1:4400';
const clientCredentials: Grant = {
  grantType: 'client_credentials',
  parameters: ['scope', 'resource'],
  handle({ form }) {
    const scope = parseScope(form.one('scope')).join(' ');
    parseResource(form.required('resource'));
    return Promise.resolve({ access_token: 'at', token_type: 'Bearer', expires_in: 600, scope });
  },
};

const secret = newSecret();
const credential = `Authorization: Basic ${Buffer.from(`ag_1:${secret}`).toString('base64')}`;
const registered: AgentEvent = {
  type: 'agent.registered',
  agentId: 'ag_1',
  profile: 'ai_agent',
  authMethod: 'client_secret_basic',
  secretHash: sha256base64url(secret),
  grantTypes: ['client_credentials'],
  scope: ['demo:read'],
  audiences: [`${issuer}/demo`],
  dpopBound: false,
  by: 'system',
};

let door: Door;
let close: () => Promise<void>;
const logged: string[] = [];
const published: BusRecord[] = [];

beforeAll(async () => {
  const store = openMemoryStore();
  await store.append({ streams: [{ stream: streamName('agent', 'ag_1'), expected: 0, events: [registered] }] });
  const log = createLogger('debug', 'token', { write: (line: string) => void logged.push(line) });
  const bus = { publish: async (records: readonly BusRecord[]) => void (await Promise.resolve(), published.push(...records)) };
  const refusals = createRefusals({ bus, service: 'token', now: () => store.now(), log });
  const module = TokenEndpointModule.with({
    grants: [clientCredentials],
    store,
    issuer,
    remoteKeys: openRemoteKeys({ fetch: openGuardedFetch() }),
  });
  const service = await createService({ name: 'token', module, log, refusals });
  const targets = Object.fromEntries(serviceNames.map((name) => [name, service])) as unknown as Record<ServiceName, Target>;
  door = await openDoor({
    host: '127.0.0.1',
    port: 0,
    issuer,
    targets,
    health: createHealth([]),
    log,
    refusals,
    limits: { requestSeconds: 2 },
  });
  close = async () => {
    await door.close();
    await service.close();
    await refusals.close();
  };
});
afterAll(() => close());

/** Sends bytes as they are, and ends. Answers the status line's number, or undefined where the connection was closed without a word. */
const statusOf = (bytes: Uint8Array): Promise<number | undefined> =>
  new Promise((resolve) => {
    let answer = '';
    const socket = connect(door.port, '127.0.0.1', () => socket.end(bytes));
    socket.setEncoding('latin1').on('data', (chunk: string) => (answer += chunk));
    socket.on('error', () => {}).once('close', () => resolve(answer === '' ? undefined : Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1])));
  });

const request = (line: string, headers: readonly string[], body: Uint8Array) =>
  Buffer.concat([
    Buffer.from([line, 'Host: x', 'Connection: close', ...headers, `Content-Length: ${body.length}`, '', ''].join('\r\n'), 'latin1'),
    body,
  ]);

const faults = () => logged.filter((line) => line.includes('"level":"error"'));

// A header value as Node.js lets one through: whatever is not a control character.
const headerValue = fc.string({
  unit: fc
    .integer({ min: 0x20, max: 0xff })
    .map((code) => String.fromCharCode(code))
    .filter((char) => char !== '\x7f'),
  maxLength: 200,
});
const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.constantFrom(
    'client_credentials',
    'urn:ietf:params:oauth:grant-type:token-exchange',
    'https://as.example/demo',
    'ag_1',
    '__proto__',
    'demo:read',
    '',
  ),
);
const formBody = fc
  .array(fc.tuple(fc.oneof(fc.constantFrom(...knownParameters), anyText), anyText), { maxLength: 12 })
  .map((fields) =>
    Buffer.from(
      fields.map(([name, value]) => `${encodeURIComponent(name.toWellFormed())}=${encodeURIComponent(value.toWellFormed())}`).join('&'),
    ),
  );

describe('nothing that a client can send is answered 500', () => {
  it('nor is the honest request', async () => {
    const body = Buffer.from(`grant_type=client_credentials&scope=demo:read&resource=${issuer}/demo`);
    expect(await statusOf(request('POST /token HTTP/1.1', ['Content-Type: application/x-www-form-urlencoded', credential], body))).toBe(
      200,
    );
  });

  it('at /token, whatever the form and the credentials', async () => {
    const authorization = fc.oneof(
      headerValue,
      headerValue.map((text) => `Basic ${Buffer.from(text, 'latin1').toString('base64')}`),
      headerValue.map((text) => `DPoP ${text}`),
    );
    const header = fc.oneof(
      authorization.map((value) => `Authorization: ${value}`),
      headerValue.map((value) => `DPoP: ${value}`),
      headerValue.map((value) => `Content-Type: ${value}`),
      fc.constant('Content-Type: application/json'),
      fc.constant(credential),
    );
    const property = fc.asyncProperty(
      fc.array(header, { maxLength: 4 }),
      fc.oneof(formBody, fc.uint8Array({ maxLength: 300 })),
      async (headers, body) => {
        const status = await statusOf(
          request('POST /token HTTP/1.1', ['Content-Type: application/x-www-form-urlencoded', ...headers], body),
        );
        expect(status).toBeGreaterThanOrEqual(200);
        expect(status).toBeLessThan(500);
      },
    );
    await fc.assert(property, { numRuns: 400 });
    expect(faults()).toEqual([]);
  });

  it('at any path, by any method', async () => {
    const path = fc.oneof(
      fc.string({ unit: fc.constantFrom(...Array.from('/.%2fe5cFE0:*?&=+;@token~\\é')), maxLength: 40 }).map((text) => `/${text}`),
      fc.constantFrom('/token', '/jwks', '/admin/v1/', '/demo/notes', '/health/ready', '*', 'http://x/token'),
    );
    const method = fc.constantFrom('GET', 'POST', 'PUT', 'HEAD', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'PROPFIND', 'QUERY', 'NONSENSE');
    const property = fc.asyncProperty(
      method,
      path,
      fc.array(fc.tuple(fc.constantFrom('Accept', 'Origin', 'chancery-caller', 'Expect', 'Upgrade', 'TE'), headerValue), { maxLength: 3 }),
      async (verb, target, headers) => {
        const status = await statusOf(
          request(
            `${verb} ${target} HTTP/1.1`,
            headers.map(([name, value]) => `${name}: ${value}`),
            Buffer.alloc(0),
          ),
        );
        expect(status ?? 400).toBeLessThan(500);
      },
    );
    await fc.assert(property, { numRuns: 400 });
    expect(faults()).toEqual([]);
  });

  it('as bytes that are hardly HTTP', async () => {
    const text =
      'POST /token HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r\n5\r\na=b&c\r\n0\r\n\r\n';
    const damage = fc.array(fc.tuple(fc.nat(text.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 });
    const property = fc.asyncProperty(damage, async (changes) => {
      const bytes = Buffer.from(text, 'latin1');
      for (const [at, value] of changes) bytes[at] = value;
      const status = await statusOf(bytes);
      expect(status ?? 400).toBeLessThan(500);
    });
    await fc.assert(property, { numRuns: 300 });
    expect(faults()).toEqual([]);
  });
});

const form = (fields: string, headers: Record<string, string> = {}): RequestInit => ({
  method: 'POST',
  body: fields,
  headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
});

describe('a body that stops arriving', () => {
  it('is noted once, whoever was reading it', async () => {
    const text = 'POST /token HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{';
    const answer = await new Promise<string>((resolve) => {
      const socket = connect(door.port, '127.0.0.1', () => socket.write(text));
      let received = '';
      socket.setEncoding('latin1').on('data', (chunk: string) => (received += chunk));
      socket.once('close', () => resolve(received));
    });
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    const requestId = /x-request-id: (\S+)/.exec(answer)?.[1] ?? '';
    // The service has met the end of the body by the time that another request is answered.
    await fetch(`${door.url}/token`, form('grant_type=client_credentials'));
    const lines = logged.filter((line) => line.includes(requestId));
    expect(lines.map((line) => (JSON.parse(line) as { reason: string }).reason)).toEqual(['request_too_slow']);
  });
});

describe('what a request carries', () => {
  it('is in no log line at any level, and in no record, wherever it was put (S-138)', async () => {
    const key = generateKey();
    const canaries = Object.fromEntries(
      ['basic', 'bearer', 'body', 'cookie', 'dpop', 'grant', 'header', 'jwt', 'path', 'query', 'referer', 'scope'].map((name) => [
        name,
        canarySecret(name),
      ]),
    );
    const at = (name: string) => encodeURIComponent(canaries[name] ?? '');
    const assertion = makeAssertion({ clientId: canaries['jwt'] ?? '', issuer, key });
    const proof = makeProof({ key, method: 'POST', url: `${issuer}/token`, jti: canaries['dpop'] ?? '' });
    const asked: [string, RequestInit][] = [
      [`/token?scope=${at('query')}`, form('grant_type=client_credentials')],
      [`/${at('path').replaceAll('%2F', '_')}`, {}],
      [
        `/demo/${at('path').replaceAll('%2F', '_')}?x=${at('query')}`,
        {
          headers: { authorization: `Bearer ${at('bearer')}`, cookie: `a=${at('cookie')}`, referer: at('referer'), 'x-any': at('header') },
        },
      ],
      [
        '/token',
        form(`grant_type=client_credentials&scope=${at('scope')}&x=${at('body')}`, {
          authorization: `Basic ${Buffer.from(`ag_1:${at('basic')}`).toString('base64')}`,
        }),
      ],
      ['/token', form(`grant_type=${at('grant')}`, { 'x-any': at('header') })],
      [
        '/token',
        form(
          `grant_type=client_credentials&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&client_assertion=${assertion}`,
          { dpop: proof },
        ),
      ],
      ['/token', { method: 'POST', body: JSON.stringify({ secret: canaries['body'] }), headers: { 'content-type': 'application/json' } }],
      ['/token', { method: 'POST', body: canaries['body'] ?? '', headers: { 'content-type': `text/${at('header').replaceAll('%', '')}` } }],
    ];
    for (const [path, init] of asked) expect((await fetch(door.url + path, init)).status).toBeGreaterThanOrEqual(400);
    await close();
    const secrets: Secrets = {
      ...canaries,
      secret,
      assertion: assertion.split('.')[2] ?? '',
      proof: proof.split('.')[2] ?? '',
      d: String(key.privateKey.export({ format: 'jwk' }).d),
    };
    expect(logged.length).toBeGreaterThan(asked.length);
    expect(published.length).toBeGreaterThan(0);
    expectNoSecret(logged.join(''), secrets, 'the log');
    expectNoSecret(
      published
        .map((record) => `${JSON.stringify({ ...record, position: undefined, data: undefined })}${Buffer.from(record.data).toString()}`)
        .join('\n'),
      secrets,
      'the records',
    );
  });
});
