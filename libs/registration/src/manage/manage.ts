import { goneFor, iat, type IatState, type KnownAgent, type ManageAgent, managing } from '@chancery/domain';
import { again, type EventStore, type Folded, twice } from '@chancery/eventstore';
import { streamName } from '@chancery/events';
import { attribute, readConfig } from '@chancery/platform';
import { refuseParameters } from '../query.js';
import { unauthorized } from '../opaque-token.js';
import { refuseProof } from '../register/refusals.js';
import { refusedManagement } from './refusals.js';
import { presentedRat, readHolder } from './registration-access-token.js';

/** A request at a registration's own URI (RFC 7592 §2), as it came. */
export interface ManagementRequest {
  /** As the URI names it; nothing is read by it. */
  readonly clientId: string;
  readonly authorization: string | readonly string[] | undefined;
  /** The `DPoP` field as it came. */
  readonly proof: string | readonly string[] | undefined;
  readonly query: unknown;
}

type Gathered = 'at' | 'iat' | 'config' | 'rat';
type Command<Type extends ManageAgent['type']> = Extract<ManageAgent, { type: Type }>;

/** What is to be done, and what of the request says how; the rest is gathered for every act. */
export interface Act<Type extends ManageAgent['type']> {
  readonly type: Type;
  wish(known: KnownAgent, at: number): Omit<Command<Type>, Gathered | 'type'>;
}

export interface Managed {
  /** The registration as it is now. */
  readonly state: KnownAgent;
  /** The token that was shown. */
  readonly rat: string;
}

/**
 * One act of an agent on its own registration: by its token it is found, decided and recorded in one append; read and decided once more when
 * somebody was faster, by when the token may be another one. @throws OAuthError for a refusal, StoreUnavailable when it kept changing
 */
export async function manage<Type extends ManageAgent['type']>(
  request: ManagementRequest,
  { type, wish }: Act<Type>,
  store: EventStore,
): Promise<Managed> {
  const presented = presentedRat(request.authorization);
  return twice<Managed>(async () => {
    const { found, rat } = await readHolder(presented, store);
    try {
      // S-004: the token is good, and says nothing about what the URI names, whether that exists or not.
      if (request.clientId !== presented.agentId) throw unauthorized('rat_not_owner');
      const at = Math.floor(store.now());
      const [root, config] = await Promise.all([readRoot(found.state, store), readConfig(store, 'fresh')]);
      const gathered = { at, rat, iat: root.state, config: config.state };
      const gone = goneFor({ type, ...gathered }, found.state);
      if (gone) throw refusedManagement(gone);
      refuseProof(request.proof);
      refuseParameters(request.query);

      const decision = managing.decide({ ...wish(found.state, at), type, ...gathered } as Command<Type>, found.state);
      if (!decision.ok) throw refusedManagement(decision.refusal);

      if (decision.events.length > 0) {
        const recorded = await store.append({
          streams: [{ stream: found.guard.stream, expected: found.revision, events: decision.events }],
          unchanged: [root.guard, config.guard],
        });
        if (recorded.outcome !== 'recorded') return again;
      }
      return { state: decision.events.reduce(managing.evolve, found.state) as KnownAgent, rat: presented.token };
    } catch (error) {
      throw attribute(error, { agent: presented.agentId });
    }
  });
}

/** What an agent came from ends it. One that came from nothing has no token to manage it with, so that nobody asks. */
const readRoot = ({ iatId }: KnownAgent, store: EventStore): Promise<Folded<IatState>> =>
  store.fold(streamName('iat', iatId ?? 'nobody'), iat, 'fresh');
