import { type Answer, askToken, callApi, type Client } from '../clients.js';
import { patiently } from './patiently.js';

/** What all rounds share: two replicas, and an operator with a token for each scope. */
export interface World {
  readonly replicas: readonly [string, string];
  readonly operate: (act: OperatorAct) => Promise<Answer>;
  /** Of the class `default`, with uses enough for every round. */
  readonly sharedIat: { readonly id: string; readonly token: string };
}

export interface OperatorAct {
  readonly scope: 'chancery:registry' | 'chancery:revoke' | 'chancery:policy';
  readonly method?: string;
  /** Below `/admin/v1`. */
  readonly path: string;
  readonly body: unknown;
  readonly at: string;
}

/** Prepares what rounds share. The operator's tokens outlive them all. */
export async function openWorld(operator: Client, replicas: readonly [string, string]): Promise<World> {
  const tokens = new Map<string, string>();
  for (const scope of ['chancery:registry', 'chancery:revoke', 'chancery:policy']) {
    const { body } = await askToken(operator, { form: { resource: `${operator.issuer}/admin`, scope } });
    tokens.set(scope, body.access_token);
  }
  const operate = ({ scope, method = 'POST', path, body, at }: OperatorAct): Promise<Answer> =>
    callApi(operator, tokens.get(scope) ?? '', { at, method, path: `/admin/v1${path}`, body });
  return { replicas, operate, sharedIat: await newIat(operate, replicas[0], { class: 'default', uses: 10_000 }) };
}

export async function newIat(
  operate: World['operate'],
  at: string,
  wish: { class: string; uses: number },
): Promise<{ id: string; token: string }> {
  const { status, body } = await patiently(() => operate({ scope: 'chancery:registry', path: '/iats', body: wish, at }));
  if (status !== 201) throw new Error(`no initial access token was minted: ${status}`);
  return { id: body.id, token: body.initial_access_token };
}
