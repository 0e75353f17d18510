import type { AgentEvent } from '@chancery/events';
import { classOf, type ConfigState, type IatClass } from '../config/config.decider.js';
import { type Decision, refuse } from '../decision.js';
import type { IatState, KnownIat } from '../iat/iat.decider.js';
import { agent, type AgentState, type KnownAgent } from './agent.decider.js';
import { exceedsApproved } from './exceeds-approved.js';
import { changesOften } from './managed.js';
import { judgeMetadata, type MetadataRefusal, type RegisterAgent } from './register.js';
import { registrationEnd } from './rights.js';

interface Managing {
  /** Seconds, by the database's clock. */
  readonly at: number;
  readonly iat: IatState;
  readonly config: ConfigState;
  /** Which of the agent's registration access tokens was shown. */
  readonly rat: 'current' | 'previous';
}

interface Rotating extends Managing {
  /** Of the registration access token that this act makes. */
  readonly ratHash: string;
  /** Seconds, exclusive: until when the one before it may read. */
  readonly previousRatEndsAt: number;
  /** The most changes in a minute. */
  readonly mostChanges: number;
}

export interface ReadRegistration extends Managing {
  readonly type: 'read-registration';
}

export interface ReplaceRegistration extends Rotating {
  readonly type: 'replace-registration';
  readonly asked: Omit<RegisterAgent['asked'], 'secretHash'>;
  /** Of a secret made for the case that the agent needs one and has none. */
  readonly newSecretHash: string;
  /** Thumbprints of keys that are registered and not among those that are asked for. */
  readonly keysRemoved: readonly string[];
}

export interface RotateSecret extends Rotating {
  readonly type: 'rotate-secret';
  readonly secretHash: string;
  /** Seconds, exclusive. */
  readonly previousSecretEndsAt: number;
}

export interface DeleteAgent extends Managing {
  readonly type: 'delete-agent';
}

export type ManageAgent = ReadRegistration | ReplaceRegistration | RotateSecret | DeleteAgent;

/** Why a registration access token opens nothing any more: the wire says one thing for all of them (MGT-02). */
export type GoneRefusal = 'agent_unknown' | 'agent_revoked' | 'agent_deleted' | 'iat_revoked' | 'grace_over' | 'rat_superseded';

export type ManageRefusal =
  | GoneRefusal
  | 'agent_suspended'
  | 'agent_pending'
  | 'changes_too_many'
  | 'lease_expired'
  | 'class_unknown'
  | 'secret_not_used'
  | MetadataRefusal;

/** What an agent does with its own registration (RFC 7592). */
export const managing = { ...agent, decide: manage };

function manage(command: ManageAgent, state: AgentState): Decision<AgentEvent, ManageRefusal> {
  const root = rootOf(command, state);
  if (!root.ok) return root;
  const { known, iat, iatClass } = root;
  switch (command.type) {
    case 'read-registration':
      return { ok: true, events: confirmation(command, known) };
    case 'delete-agent':
      return { ok: true, events: [{ type: 'agent.deleted', agentId: known.agentId, cause: 'client_request', by: known.agentId }] };
    default:
      // Whoever was suspended changes nothing of what is being looked into.
      if (known.status === 'suspended') return refuse('agent_suspended');
      // Nor whoever is being approved: it would be another one than the operator saw.
      if (known.status === 'pending') return refuse('agent_pending');
      if (!iatClass) return refuse('class_unknown');
      if (changesOften(known, command)) return refuse('changes_too_many');
      return command.type === 'replace-registration' ? replace(command, known, { iatClass, iat }) : rotate(command, known, iatClass);
  }
}

/** Why a token opens nothing any more, if so: said before anything else of the request is looked at (MGT-02). */
export function goneFor(act: Managing & Pick<ManageAgent, 'type'>, state: AgentState): GoneRefusal | undefined {
  const root = rootOf(act, state);
  return root.ok ? undefined : root.refusal;
}

interface Root {
  readonly iatClass: IatClass;
  readonly iat: KnownIat;
}

/** Whether there is still something to manage, by what the streams say now and not by what a reaper has got round to. */
function rootOf(
  { at, iat, config, rat, type }: Managing & Pick<ManageAgent, 'type'>,
  known: AgentState,
):
  | { readonly ok: true; readonly known: KnownAgent; readonly iat: KnownIat; readonly iatClass: IatClass | undefined }
  | { readonly ok: false; readonly refusal: GoneRefusal } {
  if (known.status === 'unknown') return refuse('agent_unknown');
  if (known.status === 'revoked') return refuse('agent_revoked');
  if (known.status === 'deleted') return refuse('agent_deleted');
  if (iat.status === 'unknown' || iat.status === 'revoked') return refuse('iat_revoked');
  const iatClass = known.class === undefined ? undefined : classOf(config, known.class);
  const end = registrationEnd(known);
  // Who has made room for another one does not come back.
  if (known.departed || (end !== undefined && end <= at)) return refuse('grace_over');
  if (rat === 'previous' && (type !== 'read-registration' || (known.previousRat?.endsAt ?? 0) <= at)) return refuse('rat_superseded');
  return { ok: true, known, iat, iatClass };
}

/** MGT-07: with the first use of the newest token the one before it is over; that is worth an event only while it would have worked. */
const confirmation = ({ rat, at }: Managing, { agentId, previousRat }: KnownAgent): readonly AgentEvent[] =>
  rat === 'current' && previousRat && previousRat.endsAt > at ? [{ type: 'agent.rat-confirmed', agentId, by: agentId }] : [];

function replace(command: ReplaceRegistration, known: KnownAgent, { iatClass, iat }: Root): Decision<AgentEvent, ManageRefusal> {
  const { at, asked, ratHash, previousRatEndsAt } = command;
  const { agentId } = known;
  const secretHash = asked.authMethod === 'client_secret_basic' ? (known.secretHash ?? command.newSecretHash) : undefined;
  const judged = judgeMetadata({ ...asked, ...(secretHash !== undefined && { secretHash }) }, iatClass, iat);
  if (!judged.ok) return judged;
  const leaseEndsAt = at + iatClass.lease;
  // A class may have come to give shorter leases; tokens were issued for the longer one, so a renewal takes nothing away.
  const renewed = known.leaseEndsAt !== undefined && leaseEndsAt > known.leaseEndsAt;
  return {
    ok: true,
    events: [
      {
        type: 'agent.registration-replaced',
        agentId,
        ...judged.metadata,
        // What an operator let in was the agent he saw (S-003).
        ...(iatClass.approvalRequired && exceedsApproved(known, judged.metadata) && { awaitsApproval: true as const }),
        ratHash,
        previousRatEndsAt,
        by: agentId,
      },
      ...(renewed ? [{ type: 'agent.renewed' as const, agentId, leaseEndsAt, ...graceAfter(leaseEndsAt, iatClass), by: agentId }] : []),
      ...command.keysRemoved.map((thumbprint) => ({ type: 'agent.key-removed' as const, agentId, thumbprint, by: agentId })),
    ],
  };
}

const graceAfter = (leaseEndsAt: number, { grace }: IatClass) => (grace === undefined ? {} : { graceEndsAt: leaseEndsAt + grace });

function rotate(command: RotateSecret, known: KnownAgent, iatClass: IatClass): Decision<AgentEvent, ManageRefusal> {
  const { at, secretHash, previousSecretEndsAt, ratHash, previousRatEndsAt } = command;
  const { agentId } = known;
  if (known.leaseEndsAt !== undefined && known.leaseEndsAt <= at) return refuse('lease_expired');
  if (known.authMethod !== 'client_secret_basic') return refuse('secret_not_used');
  if (!iatClass.authMethods.includes(known.authMethod)) return refuse('auth_method_not_allowed');
  return {
    ok: true,
    events: [{ type: 'agent.secret-rotated', agentId, secretHash, previousSecretEndsAt, ratHash, previousRatEndsAt, by: agentId }],
  };
}
