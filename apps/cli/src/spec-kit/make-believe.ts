import { OAuthError } from '@chancery/oauth';
import type { Minted, Requester } from './authorization-double.js';
import { type Handler, type Seen, standIn, type StandIn } from './stand-in.js';

/** Promises of Chancery that a make-believe one can break, one at a time. */
export type Fault =
  | 'iat-of-another-class'
  | 'iat-opens-two'
  | 'scope-narrowed-in-silence'
  | 'lease-over'
  | 'token-for-another-key'
  | 'token-lives-a-day'
  | 'issuance-unrecorded'
  | 'call-unrecorded'
  | 'context-vouched-by-nobody'
  | 'replay-accepted'
  | 'other-key-accepted'
  | 'child-keeps-scope'
  | 'child-outlives'
  | 'child-without-lineage'
  | 'child-may-write'
  | 'child-survives'
  | 'parent-survives'
  | 'parent-exchangeable'
  | 'agent-survives'
  | 'revocation-unrecorded';

interface Claims {
  readonly scope: string;
  readonly jti: string;
  readonly grant_id: string;
  readonly lineage?: readonly { grant: string }[];
}

/** Chancery as the demo's story sees it, kept in memory, with at most one broken promise. */
export async function makeBelieve(fault?: Fault): Promise<StandIn> {
  const chancery = await standIn();
  const faulty = (name: Fault) => name === fault;
  const world = new World(chancery, faulty);
  chancery.double.lax.replay = faulty('replay-accepted');
  chancery.double.lax.binding = faulty('other-key-accepted');
  chancery.double.mint = (requester) =>
    requester.clientId === 'op_first' ? chancery.double.operatorToken(requester) : world.issue(requester);
  Object.assign(chancery.handlers, {
    'POST /admin/v1/iats': () => ({
      status: 201,
      body: {
        id: 'it_1',
        initial_access_token: 'iat',
        class: faulty('iat-of-another-class') ? 'root' : 'default',
        uses: 1,
        expires_at: seconds() + 600,
      },
    }),
    'POST /register': (seen) => world.register(seen),
    'GET /demo/notes': (seen) => world.call(seen, 'demo:read', 200),
    'POST /demo/notes': (seen) => world.call(seen, 'demo:write', 201),
    'GET /admin/v1/log': ({ query }) => ({
      body: { entries: world.log.filter(({ position }) => position > Number(query.get('since') ?? 0)) },
    }),
    'POST /admin/v1/grants/*': ({ path }) => world.revokeGrant(path.split('/').at(-2) ?? ''),
    'POST /admin/v1/agents/*': ({ body }) => world.revokeAgent((body as { reason: string }).reason),
  } satisfies Record<string, Handler>);
  return chancery;
}

const seconds = () => Math.floor(Date.now() / 1_000);

class World {
  readonly log: { position: number; at: string; type: string; stream: string; data: object }[] = [];
  readonly #dead = new Set<string>();
  #registrations = 0;
  #agentRevoked = false;

  constructor(
    private readonly chancery: StandIn,
    private readonly faulty: (fault: Fault) => boolean,
  ) {}

  #record(type: string, data: object): void {
    const position = this.log.length + 1;
    this.log.push({ position, at: new Date().toISOString(), type, stream: 'main/x/y', data });
  }

  register({ body }: Seen) {
    if (this.#registrations++ > 0 && !this.faulty('iat-opens-two')) return { status: 401, body: { error: 'invalid_token' } };
    const clientId = `ag_${this.#registrations}`;
    this.chancery.clients.set(clientId, { clientId, jwks: (body as { jwks: { keys: unknown[] } }).jwks });
    const scope = this.faulty('scope-narrowed-in-silence') ? 'demo:read' : 'demo:write demo:read';
    return { status: 201, body: { client_id: clientId, scope, lease_expires_at: seconds() + (this.faulty('lease-over') ? -1 : 86_400) } };
  }

  issue({ form, thumbprint }: Requester): Minted {
    if (this.#agentRevoked) throw new OAuthError('invalid_client', { refusal: 'agent_revoked' });
    const parent = form.has('subject_token') ? claimsIn(form.required('subject_token')) : undefined;
    if (parent && this.#dead.has(parent.grant_id) && !this.faulty('parent-exchangeable'))
      throw new OAuthError('invalid_request', { refusal: 'revoked' });
    const grant = parent ? 'gr_child' : 'gr_parent';
    const scope = this.faulty('child-keeps-scope') ? 'demo:read demo:write' : form.required('scope');
    const expiresIn = this.#lifetime(Number(form.one('requested_expires_in') ?? 600), parent !== undefined);
    const claims = {
      aud: `${this.chancery.issuer}/demo`,
      scope,
      iat: seconds(),
      exp: seconds() + expiresIn,
      jti: `tk_${grant}`,
      grant_id: grant,
      cnf: { jkt: this.faulty('token-for-another-key') ? 'x'.repeat(43) : thumbprint },
      ...(parent && !this.faulty('child-without-lineage') && { lineage: [{ grant: parent.grant_id }] }),
    };
    if (!this.faulty('issuance-unrecorded')) this.#record(parent ? 'grant.token-exchanged' : 'grant.token-issued', { jti: claims.jti });
    return { token: `x.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.x`, scope, expiresIn };
  }

  #lifetime(asked: number, child: boolean): number {
    if (child) return this.faulty('child-outlives') ? asked + 1 : asked;
    return this.faulty('token-lives-a-day') ? 86_400 : asked;
  }

  call({ token = '', method, path, headers }: Seen, needed: string, status: number) {
    const { scope, jti, grant_id: grant } = claimsIn(token);
    const survives = (grant === 'gr_child' && this.faulty('child-survives')) || (grant === 'gr_parent' && this.faulty('parent-survives'));
    if (this.#dead.has(grant) && !survives) return { status: 401, body: { error: 'invalid_token' } };
    if (!scope.split(' ').includes(needed) && !this.faulty('child-may-write'))
      return { status: 403, headers: { 'www-authenticate': 'DPoP error="insufficient_scope"' } };
    const context = claimsIn(String(headers['dpop'])) as unknown as { agent_context?: object };
    const vouchedBy = this.faulty('context-vouched-by-nobody') ? 'nobody' : 'agent_key';
    const agentContext = context.agent_context && { ...context.agent_context, vouchedBy };
    if (!this.faulty('call-unrecorded') || method !== 'POST') this.#record('activity.allowed', { method, path, status, jti, agentContext });
    return { status, body: {} };
  }

  revokeGrant(grant: string) {
    this.#dead.add(grant).add('gr_child');
    return { body: { at: new Date().toISOString(), already: false } };
  }

  revokeAgent(reason: string) {
    this.#agentRevoked = !this.faulty('agent-survives');
    if (!this.faulty('revocation-unrecorded')) this.#record('agent.revoked', { reason, by: 'op_first' });
    return { body: { at: new Date().toISOString(), already: false } };
  }
}

const claimsIn = (token: string): Claims => JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Claims;
