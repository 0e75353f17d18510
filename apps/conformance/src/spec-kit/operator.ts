import { readFileSync } from 'node:fs';
import { keyFromJwk } from '@chancery/oauth/client';
import { callApi, type Client, tokenOf } from './clients.js';
import type { Answer } from './http.js';

export type Operator = Client;

export function operatorFrom(file: string): Operator {
  const { issuer, client_id: clientId, private_key } = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
  return { issuer: String(issuer), clientId: String(clientId), key: keyFromJwk(private_key as object) };
}

export interface Act {
  readonly scope: string;
  readonly method?: string;
  /** Below `/admin/v1`, with its query. */
  readonly path: string;
  readonly body?: unknown;
}

/** Tokens by scope: an operator who asks for one before each act would be half of the traffic. */
const held = new Map<string, { token: string; until: number }>();

/** Milliseconds that a token is used for; policy lets none live shorter than five minutes. */
const useFor = 200_000;

/** One operator's act through `/admin/v1`. */
export async function administer(operator: Operator, { scope, method = 'POST', path, body }: Act): Promise<Answer> {
  const known = held.get(scope);
  const token =
    known && known.until > performance.now()
      ? known.token
      : await tokenOf(operator, { form: { resource: `${operator.issuer}/admin`, scope } });
  if (token !== known?.token) held.set(scope, { token, until: performance.now() + useFor });
  return callApi(operator, token, { method, path: `/admin/v1${path}`, ...(body !== undefined && { body }) });
}
