import { streamName, type ChanceryEvent } from '@chancery/events';
import type { Append } from '../contract.js';
import {
  agentRegistered,
  agentResumed,
  agentSuspended,
  grantRevoked,
  newGrantId,
  newId,
  tokenExchanged,
  tokenIssued,
} from './sample-events.js';

export const agentStream = (id: string) => streamName('agent', id);
export const grantStream = (id: string) => streamName('grant', id);

type Rest = Omit<Append, 'streams'>;

const toStream = (stream: string, expected: number, event: ChanceryEvent, rest: Rest = {}): Append => ({
  streams: [{ stream, expected, events: [event] }],
  ...rest,
});

/** The ordinary issuance: a new grant, resting on whatever a spec names. */
export const issue = (rest: Rest = {}, grantId = newGrantId()): Append => toStream(grantStream(grantId), 0, tokenIssued(grantId), rest);
export const exchange = (grantId = newGrantId()): Append => toStream(grantStream(grantId), 0, tokenExchanged(grantId, newGrantId()));
export const revokeGrant = (grantId: string, expected = 1): Append => toStream(grantStream(grantId), expected, grantRevoked(grantId));

export const register = (agentId = newId('ag'), rest: Rest = {}): Append =>
  toStream(agentStream(agentId), 0, agentRegistered(agentId), rest);
export const suspend = (agentId: string, expected = 1): Append => toStream(agentStream(agentId), expected, agentSuspended(agentId));
export const resume = (agentId: string, expected: number): Append => toStream(agentStream(agentId), expected, agentResumed(agentId));
