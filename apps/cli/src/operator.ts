import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type ClientKey, keyFromJwk } from '@chancery/oauth/client';
import type { Environment } from './environment.js';
import { Refused } from './failure.js';

/** Who acts: the operator of a credential file, and at which Chancery. */
export interface Operator {
  readonly file: string;
  readonly issuer: string;
  readonly clientId: string;
  readonly key: ClientKey;
}

export const defaultOperatorFile = ({ dataDir }: Environment): string => resolve(join(dataDir ?? '.chancery', 'operator.json'));

/** Reads an operator's credential: `issuer`, `client_id`, `private_key` (JWK). @throws Refused; never with a byte of what the file holds */
export async function readOperator(file: string): Promise<Operator> {
  const damaged = (cause?: unknown) =>
    new Refused(`${file} is no operator credential: it needs issuer, client_id and private_key (a JWK)`, { cause });
  const content = parsed(await text(file), damaged);
  const { issuer, client_id: clientId, private_key: jwk } = content;
  if (typeof issuer !== 'string' || typeof clientId !== 'string' || typeof jwk !== 'object' || jwk === null) throw damaged();
  if (!/^https?:\/\//.test(issuer) || !URL.canParse(issuer)) throw damaged();
  try {
    return { file, issuer, clientId, key: keyFromJwk(jwk) };
  } catch (error) {
    throw damaged(error);
  }
}

async function text(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR')
      throw new Refused(`there is no operator credential at ${file}: start Chancery with \`npm start\`, or name one with --operator FILE`, {
        cause: error,
      });
    if (code === 'EACCES')
      throw new Refused(`${file} may not be read by this user: an operator credential belongs to whoever runs Chancery`, { cause: error });
    throw new Refused(`${file} cannot be read (${code ?? 'unknown error'}): name an operator credential with --operator FILE`, {
      cause: error,
    });
  }
}

function parsed(content: string, damaged: (cause: unknown) => Refused): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(content);
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch (error) {
    throw damaged(error);
  }
  throw damaged(undefined);
}
