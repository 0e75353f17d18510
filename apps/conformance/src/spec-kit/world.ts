import { type ClientKey, generateKey } from '@chancery/oauth/client';
import { beforeAll } from 'vitest';
import { type Client, registerAgent } from './clients.js';
import type { Answer } from './http.js';
import { type Act, administer, operatorFrom } from './operator.js';
import { iatOfThisRun, issuer, operatorFile } from './target.js';

/** The operator of the server under test. */
export const operator = operatorFrom(operatorFile);

export const act = (what: Act): Promise<Answer> => administer(operator, what);

export const newAgent = (key: ClientKey = generateKey()): Promise<Client> => registerAgent(issuer, iatOfThisRun.token, key);

/** An agent of this spec file. Read its members inside `it` only. */
export function anAgent(): Client {
  let agent: Client | undefined;
  const now = (): Client => {
    if (!agent) throw new Error('not registered yet');
    return agent;
  };
  beforeAll(async () => {
    agent = await newAgent();
  });
  return {
    issuer,
    get clientId() {
      return now().clientId;
    },
    get key() {
      return now().key;
    },
  };
}

const minted: string[] = [];

/** Ends what a spec file minted, and with it whoever came by it. */
export async function endMinted(): Promise<void> {
  for (const id of minted.splice(0))
    await act({ scope: 'chancery:revoke', path: `/iats/${id}/revoke`, body: { reason: 'end of a conformance spec' } });
}

/** A fresh initial access token, for as long as its spec file runs. */
export async function mintIat(wish: { uses?: number; expires_in?: number } = {}): Promise<{ id: string; token: string }> {
  const { status, body } = await act({ scope: 'chancery:registry', path: '/iats', body: { class: 'default', ...wish } });
  if (status !== 201) throw new Error(`no initial access token was minted: ${status}`);
  minted.push(body.id as string);
  return { id: body.id as string, token: body.initial_access_token as string };
}
