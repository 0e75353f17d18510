export { decided, refuse, type Decision } from './decision.js';
export {
  classOf,
  config,
  resourceOf,
  type ConfigCommand,
  type ConfigRefusal,
  type ConfigState,
  type IatClass,
  type Resource,
} from './config/config.decider.js';
export { keyFits } from './config/key-fits.js';
export { exceedsOperator, type Giver, type OperatorsApi } from './config/operators-api.js';
export { iat, type IatCommand, type IatRefusal, type IatState, type KnownIat } from './iat/iat.decider.js';
export { agent, type AgentCommand, type AgentRefusal, type AgentState, type KnownAgent } from './agent/agent.decider.js';
export { departing, type DepartAgent, type DepartRefusal } from './agent/depart.js';
export { lapsing, type LapseLease, type LapseRefusal } from './agent/lapse.js';
export { goneFor, managing, type GoneRefusal, type ManageAgent, type ManageRefusal } from './agent/manage.js';
export { reissuing, type ReissueCredentials, type ReissueRefusal } from './agent/reissue.js';
export { registering, type RegisterAgent, type MetadataRefusal, type RegisterRefusal, type Registration } from './agent/register.js';
export { registrationEnd, rightsOf, standing, type Rights, type StandingRefusal } from './agent/rights.js';
export { issueToken, type IssueRefusal, type IssueToken } from './grant/issue-token.js';
export { exchangeToken, type ExchangeRefusal, type ExchangeToken, type SubjectToken } from './grant/exchange-token.js';
export { grant, type GrantCommand, type GrantRefusal, type GrantState } from './grant/grant.decider.js';
export { keyRing, latestNext, type KeyRefusal, type KeyRingCommand, type KeyRingState, type RingKey } from './key/key-ring.decider.js';
