import { callResource, requestToken, ResponseError, type TokenResponse } from '@chancery/oauth/client';
import { type Act, explain, explainSilence, explainToken } from './explain.js';
import { Refused } from './failure.js';
import type { Operator } from './operator.js';

const adminScopes = ['chancery:registry', 'chancery:revoke', 'chancery:audit', 'chancery:policy'] as const;

export type AdminScope = (typeof adminScopes)[number];

/** Those of the operators' API among scopes that are about to be given away. */
export const adminScopesIn = (scope: readonly string[]): readonly AdminScope[] => adminScopes.filter((each) => scope.includes(each));

export interface AdminRequest extends Act {
  /** Several where what is given away must be held itself. */
  readonly scope: AdminScope | readonly AdminScope[];
  readonly method: 'GET' | 'POST' | 'PUT';
  /** Below `/admin/v1`, with its query. */
  readonly path: string;
  readonly body?: object;
  /** Seconds the server may keep the answer back. */
  readonly wait?: number;
  readonly signal?: AbortSignal;
}

/** The operators' API of one Chancery, as one operator may use it. */
export interface AdminApi {
  /** The parsed answer. @throws Refused */
  call<Answer extends object>(request: AdminRequest): Promise<Answer>;
  /** Who has no credential hears of it before anything else is read. @throws Refused */
  ready(): Promise<void>;
}

/** Milliseconds an answer may take, beside what the server was asked to wait. */
const patience = 15_000;
/** A token this close to its end, in milliseconds, is renewed first. */
const renewal = 30_000;

interface HeldToken {
  readonly value: string;
  /** By this process's monotonic clock, in milliseconds. */
  readonly renewAt: number;
}

/** `operator` is read at the first call, so that `--help` needs none. A token is asked for with the narrowest scope that does. */
export function openAdmin(operator: () => Promise<Operator>): AdminApi {
  const tokens = new Map<string, HeldToken>();
  return {
    ready: async () => void (await operator()),
    async call<Answer extends object>(request: AdminRequest): Promise<Answer> {
      const who = await operator();
      const token = await heldToken(who, request, tokens);
      const response = await answered(request, who, () =>
        callResource({
          fetch: withPatience(request),
          url: `${who.issuer}/admin/v1${request.path}`,
          method: request.method,
          token,
          proofKey: who.key,
          ...(request.body && { body: request.body }),
        }),
      );
      return read<Answer>(response, request, who);
    },
  };
}

async function heldToken(operator: Operator, request: AdminRequest, tokens: Map<string, HeldToken>): Promise<string> {
  const scope = scopeOf(request);
  const held = tokens.get(scope);
  if (held && performance.now() < held.renewAt) return held.value;
  const asked = performance.now();
  const { access_token: value, expires_in: lifetime } = await freshToken(operator, request);
  tokens.set(scope, { value, renewAt: asked + lifetime * 1_000 - renewal });
  return value;
}

const scopeOf = ({ scope }: AdminRequest): string => (typeof scope === 'string' ? scope : [...new Set(scope)].join(' '));

async function freshToken(operator: Operator, request: AdminRequest): Promise<TokenResponse> {
  const { issuer, clientId, key } = operator;
  const form = { grant_type: 'client_credentials', resource: `${issuer}/admin`, scope: scopeOf(request) };
  const fetch = withPatience({ ...(request.signal && { signal: request.signal }) });
  return answered(request, operator, async () => {
    const answer = await requestToken({ issuer, fetch, clientId, clientKey: key, proofKey: key, form });
    if (typeof answer.access_token !== 'string' || typeof answer.expires_in !== 'number') throw notChancery(request, issuer);
    return answer;
  });
}

const withPatience = ({ wait = 0, signal }: Pick<AdminRequest, 'wait' | 'signal'>): typeof fetch => {
  return (input, init) => {
    const late = AbortSignal.timeout(patience + wait * 1_000);
    return fetch(input, { ...init, signal: signal ? AbortSignal.any([signal, late]) : late });
  };
};

async function answered<T>(request: AdminRequest, operator: Operator, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof Refused || request.signal?.aborted) throw error;
    if (error instanceof ResponseError) throw explainToken(request, operator, error);
    throw explainSilence(request, operator.issuer, error);
  }
}

async function read<Answer extends object>(response: Response, request: AdminRequest, { issuer }: Operator): Promise<Answer> {
  const body: unknown = await response.json().catch(() => undefined);
  if (!response.ok) throw explain(request, { status: response.status, body, retryAfter: response.headers.get('retry-after') ?? undefined });
  if (typeof body !== 'object' || body === null) throw notChancery(request, issuer);
  return body as Answer;
}

const notChancery = ({ act }: Act, issuer: string) =>
  new Refused(`could not ${act}: what answers at ${issuer} does not speak as Chancery does`);
