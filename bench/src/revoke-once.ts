import { makeProof } from '@chancery/oauth/client';
import { WrongAnswer } from './load/drive.js';
import type { Site } from './revocation-site.js';

/** Seconds after which a token that is still honoured is a wrong answer: the staleness budget has long denied it. */
const patience = 30;

/**
 * Revokes a token, and looks at every gateway without pause until it refuses.
 * Answers the milliseconds from the answer of the revoke to the first refusal at the last gateway; 0 when all had refused before that. @throws WrongAnswer
 */
export async function revokeOnce(site: Site): Promise<number> {
  const token = await tokenFor(site);
  for (const port of site.gateways) if (!(await honoured(site, port, token))) throw new WrongAnswer('a new token was refused');
  const refusals = site.gateways.map((port) => firstRefusal(site, port, token));
  // One that fails early must not go unheard while the revoke is under way.
  for (const refusal of refusals) refusal.catch(() => undefined);
  await revoke(site, token);
  const answered = performance.now();
  const refused = await Promise.all(refusals);
  return Math.max(0, Math.max(...refused) - answered);
}

const credentials = ({ client }: Site): Record<string, string> => ({
  'content-type': 'application/x-www-form-urlencoded',
  authorization: `Basic ${Buffer.from(`${client.clientId}:${client.secret ?? ''}`).toString('base64')}`,
});

async function post(site: Site, path: string, form: Readonly<Record<string, string>>): Promise<string> {
  const dpop = makeProof({ key: site.client.key, method: 'POST', url: `${site.issuer}${path}` });
  const answer = await fetch(`http://127.0.0.1:${site.token}${path}`, {
    method: 'POST',
    headers: { ...credentials(site), dpop },
    body: new URLSearchParams(form).toString(),
  });
  const text = await answer.text();
  if (answer.status !== 200) throw new WrongAnswer(`${path} was answered ${answer.status} ${text}`);
  return text;
}

async function tokenFor(site: Site): Promise<string> {
  const form = { grant_type: 'client_credentials', resource: `${site.issuer}/demo`, scope: 'demo:read' };
  return (JSON.parse(await post(site, '/token', form)) as { access_token: string }).access_token;
}

const revoke = (site: Site, token: string): Promise<string> => post(site, '/revoke', { token });

/** Whether a gateway lets a call through. @throws WrongAnswer for an answer that is neither yes nor a refusal of the token */
async function honoured({ issuer, client }: Site, port: number, token: string): Promise<boolean> {
  const path = '/demo/notes';
  const dpop = makeProof({ key: client.key, method: 'GET', url: `${issuer}${path}`, accessToken: token });
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { authorization: `DPoP ${token}`, dpop } });
  const text = await answer.text();
  if (answer.status === 200) return true;
  if (answer.status === 401 && answer.headers.get('www-authenticate')?.includes('invalid_token')) return false;
  throw new WrongAnswer(`a gateway answered ${answer.status} ${text}`);
}

/** When it came, by `performance.now()`. */
async function firstRefusal(site: Site, port: number, token: string): Promise<number> {
  const deadline = performance.now() + patience * 1_000;
  while (await honoured(site, port, token))
    if (performance.now() > deadline) throw new WrongAnswer('a revoked token went on being honoured');
  return performance.now();
}
