import { connect } from 'node:net';
import { canarySecret } from '@chancery/testing';

export interface CanaryAnswers {
  /** By the place it was put in. */
  readonly canaries: Readonly<Record<string, string>>;
  /** Everything that was answered: status, headers, body. */
  readonly answers: string;
}

const endpoints = ['/token', '/register', '/revoke', '/demo/notes', '/admin/v1/agents', '/nowhere'];

const form = { 'content-type': 'application/x-www-form-urlencoded' };
const json = { 'content-type': 'application/json' };
const unsigned = (claims: object) =>
  ['{"alg":"ES256","typ":"JWT"}', JSON.stringify(claims), 'no signature'].map((part) => Buffer.from(part).toString('base64url')).join('.');

/** Puts a secret of its own in every place of a request, at every endpoint (S-138). `token` lets the gateway look further than its door. */
export async function sendCanaries(issuer: string): Promise<CanaryAnswers> {
  const canaries: Record<string, string> = {};
  const heard: string[] = [];
  // Its name stays out of it: sixteen bytes of a path are no secret.
  const put = (place: string): string => (canaries[place] = canarySecret('c'));
  const ask = async (path: string, init: RequestInit) => {
    const response = await fetch(`${issuer}${path}`, init);
    heard.push(`${response.status} ${JSON.stringify([...response.headers])} ${await response.text()}`);
  };
  for (const path of endpoints) {
    const at = (place: string) => put(`${place} of ${path}`);
    const post = (init: RequestInit, below = '') => ask(`${path}${below}`, { method: 'POST', ...init });
    await post({ headers: form }, `?${new URLSearchParams({ access_token: at('query') }).toString()}`);
    await ask(`${path}?${at('raw query').replaceAll(/["+/]/g, '.')}`, {});
    await ask(`${path}/${encodeURIComponent(at('path'))}`, {});
    for (const name of [
      'user-agent',
      'referer',
      'cookie',
      'x-forwarded-for',
      'baggage',
      'traceparent',
      'dpop',
      'chancery-caller',
      'x-api-key',
      'origin',
    ]) {
      await post({ headers: { ...form, [name]: at(name) } });
    }
    for (const scheme of ['Bearer', 'DPoP', 'Digest']) await post({ headers: { ...form, authorization: `${scheme} ${at(scheme)}` } });
    await post({ headers: { ...form, authorization: `Basic ${Buffer.from(`somebody:${at('Basic password')}`).toString('base64')}` } });
    await post({ headers: { ...form, authorization: `Basic ${Buffer.from(`${at('Basic name')}:x`).toString('base64')}` } });
    await post({ headers: { ...form, [`x-${at('header name').replaceAll(/[^A-Za-z0-9]/g, '-')}`]: 'x' } });
    await post({
      headers: form,
      body: new URLSearchParams({ grant_type: 'client_credentials', client_secret: at('form value') }).toString(),
    });
    await post({ headers: form, body: new URLSearchParams({ [at('form name')]: 'x' }).toString() });
    await post({ headers: form, body: new URLSearchParams({ grant_type: at('grant type') }).toString() });
    await post({
      headers: json,
      body: JSON.stringify({ client_secret: at('JSON value'), redirect_uris: [at('JSON element')], [at('JSON member')]: 1 }),
    });
    await post({ headers: json, body: `{"broken": "${at('broken JSON').replaceAll('"', '')}` });
    await post({
      headers: { ...json, authorization: `Bearer ${unsigned({ jti: at('claim') })}`, dpop: unsigned({ htu: at('proof claim') }) },
    });
    const assertion = {
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: unsigned({ sub: at('assertion claim') }),
    };
    await post({ headers: form, body: new URLSearchParams({ grant_type: 'client_credentials', ...assertion }).toString() });
    heard.push(await raw(issuer, `POST ${path} HTTP/1.1\r\nhost: x\r\n${at('no header at all')}\r\n\r\n`));
    heard.push(await raw(issuer, `${at('no method')} ${path} HTTP/9.9\r\n\r\n`));
  }
  return { canaries, answers: heard.join('\n') };
}

/** What is no HTTP, and what the server says to it before it hangs up. */
function raw(issuer: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(issuer);
  return new Promise((resolve) => {
    let heard = '';
    const socket = connect(Number(port), hostname, () => socket.end(bytes));
    socket.on('data', (chunk) => (heard += String(chunk)));
    socket.once('error', () => resolve(heard)).once('close', () => resolve(heard));
  });
}
