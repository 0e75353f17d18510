import type { AgentEvent } from '@chancery/events';
import { classOf, type ConfigState, type IatClass } from '../config/config.decider.js';
import { keyFits, remoteKeysFit } from '../config/key-fits.js';
import { refuse } from '../decision.js';
import type { IatState, KnownIat } from '../iat/iat.decider.js';
import { both, within } from '../sets.js';
import { agent, type AgentState } from './agent.decider.js';

type Registered = Extract<AgentEvent, { type: 'agent.registered' }>;

export interface RegisterAgent {
  readonly type: 'register-agent';
  /** Seconds, by the database's clock. */
  readonly at: number;
  readonly agentId: string;
  readonly iat: IatState;
  readonly config: ConfigState;
  /** Which use of the IAT this registration tries to take, from 1. */
  readonly slot: number;
  /** Where its class counts who lives under it: the how manieth counted one it tries to be, and what there was and is besides. */
  readonly admission?: {
    readonly number: number;
    /** Who registered before the class counted. */
    readonly uncounted: number;
    /** Who has left it, counted or not. */
    readonly departed: number;
  };
  /** Where its class has a rate: which registration of this hour it tries to be. */
  readonly ofHour?: number;
  readonly ratHash: string;
  /** What was asked for, after RFC 7591's own defaults; absent members mean the class's default, never everything. */
  readonly asked: {
    readonly name?: string;
    readonly authMethod: Registered['authMethod'];
    /** Of these two at most one. */
    readonly jwks?: Registered['jwks'];
    readonly jwksUri?: string;
    readonly signingAlg?: string;
    readonly secretHash?: string;
    readonly grantTypes?: readonly string[];
    readonly scope?: readonly string[];
    readonly dpopBound?: boolean;
    readonly profile?: string;
  };
}

export type RegisterRefusal =
  | 'iat_unknown'
  | 'iat_closed'
  | 'iat_revoked'
  | 'iat_expired'
  | 'iat_exhausted'
  | 'class_unknown'
  | 'agent_exists'
  | 'registrations_too_many'
  | 'class_full'
  | MetadataRefusal;

/** What is wrong with the agent that would be. */
export type MetadataRefusal =
  | 'auth_method_not_allowed'
  | 'keys_missing'
  | 'keys_in_two_places'
  | 'key_not_allowed'
  | 'grant_not_allowed'
  | 'scope_not_allowed'
  | 'audience_not_allowed'
  | 'binding_required'
  | 'profile_not_allowed';

/** One agent, or a decided "no". */
export type Registration =
  | { readonly ok: true; readonly events: readonly [Registered] }
  | { readonly ok: false; readonly refusal: RegisterRefusal };

/** How an agent begins. Judges the agent that would be, never the members that were sent (S-003, DCR-13). */
export const registering = { ...agent, decide: register };

function register(command: RegisterAgent, state: AgentState): Registration {
  const { iat, asked, at } = command;
  if (iat.status === 'unknown') return refuse('iat_unknown');
  if (iat.status === 'revoked') return refuse('iat_revoked');
  if (iat.status === 'closed') return refuse('iat_closed');
  if (iat.expiresAt <= at) return refuse('iat_expired');
  if (command.slot > iat.uses) return refuse('iat_exhausted');
  const iatClass = classOf(command.config, iat.class);
  if (!iatClass) return refuse('class_unknown');
  if (state.status !== 'unknown') return refuse('agent_exists');
  const judged = judgeMetadata(asked, iatClass, iat);
  if (!judged.ok) return judged;
  const crowd = judgeQuota(command, iatClass);
  if (crowd) return refuse(crowd);
  const leaseEndsAt = at + iatClass.lease;
  const event: Registered = {
    type: 'agent.registered',
    agentId: command.agentId,
    iatId: iat.iatId,
    slot: command.slot,
    class: iatClass.class,
    ...judged.metadata,
    ratHash: command.ratHash,
    leaseEndsAt,
    ...(iatClass.grace !== undefined && { graceEndsAt: leaseEndsAt + iatClass.grace }),
    ...(iatClass.approvalRequired && { awaitsApproval: true }),
    ...(command.admission && { admission: command.admission.number }),
    registeredAt: at,
    by: iat.iatId,
  };
  return { ok: true, events: [event] };
}

/** What of an agent its registration says, and replacing it can change. */
export type Metadata = Pick<
  Registered,
  'name' | 'profile' | 'authMethod' | 'jwks' | 'jwksUri' | 'signingAlg' | 'secretHash' | 'grantTypes' | 'scope' | 'audiences' | 'dpopBound'
>;

/** The agent that would be, under what its class says now and its IAT allows; the same for registering and for replacing (MGT-05). */
export function judgeMetadata(
  asked: RegisterAgent['asked'],
  iatClass: IatClass,
  iat: KnownIat,
): { readonly ok: true; readonly metadata: Metadata } | { readonly ok: false; readonly refusal: MetadataRefusal } {
  const unfit = judge(asked, iatClass);
  if (unfit) return refuse(unfit);
  // DCR-11: what is asked becomes the part that the class allows; what the answer shows is what is registered.
  const allowed = bounded(iatClass.scope, iat.scope);
  const scope = both(asked.scope ?? iatClass.defaultScope ?? allowed, allowed);
  if (scope.length === 0) return refuse('scope_not_allowed');
  const audiences = bounded(iatClass.audiences, iat.audiences);
  if (audiences.length === 0) return refuse('audience_not_allowed');
  const metadata: Metadata = {
    ...(asked.name !== undefined && { name: asked.name }),
    profile: iatClass.profile,
    authMethod: asked.authMethod,
    ...(asked.jwks && { jwks: asked.jwks }),
    ...(asked.jwksUri !== undefined && { jwksUri: asked.jwksUri }),
    ...(asked.signingAlg !== undefined && { signingAlg: asked.signingAlg }),
    ...(asked.secretHash !== undefined && { secretHash: asked.secretHash }),
    grantTypes: (asked.grantTypes ?? iatClass.grantTypes) as Registered['grantTypes'],
    scope: [...scope],
    audiences: [...audiences],
    dpopBound: asked.dpopBound ?? iatClass.dpopRequired,
  };
  return { ok: true, metadata };
}

/** What the class says now, cut to what it said when the token was minted. */
const bounded = (now: readonly string[], atMinting: readonly string[] | undefined): readonly string[] =>
  atMinting ? both(now, atMinting) : now;

function judge(asked: RegisterAgent['asked'], iatClass: IatClass): MetadataRefusal | undefined {
  if (!iatClass.authMethods.includes(asked.authMethod)) return 'auth_method_not_allowed';
  if (asked.jwks && asked.jwksUri !== undefined) return 'keys_in_two_places';
  if (asked.authMethod === 'private_key_jwt' && !asked.jwks?.length && asked.jwksUri === undefined) return 'keys_missing';
  if (asked.jwks?.some((jwk) => !keyFits(jwk, iatClass)) || !remoteKeysFit(asked, iatClass)) return 'key_not_allowed';
  if (asked.grantTypes && (asked.grantTypes.length === 0 || !within(asked.grantTypes, iatClass.grantTypes))) return 'grant_not_allowed';
  if (asked.dpopBound === false && iatClass.dpopRequired) return 'binding_required';
  if (asked.profile !== undefined && asked.profile !== iatClass.profile) return 'profile_not_allowed';
  return undefined;
}

/** Whoever is there stays; a class that is full, by what it says now, takes in nobody else (DCR-17). */
function judgeQuota({ admission, ofHour }: RegisterAgent, { maxAgents, registrationsPerHour }: IatClass): RegisterRefusal | undefined {
  if (registrationsPerHour !== undefined && (ofHour ?? Infinity) > registrationsPerHour) return 'registrations_too_many';
  if (maxAgents === undefined) return undefined;
  // Uncounted would be unbounded.
  if (!admission || admission.uncounted + admission.number - admission.departed > maxAgents) return 'class_full';
  return undefined;
}
