import type { Category } from './stream.js';

/** The topics of design §5. */
export const topics = {
  registry: 'chancery.registry',
  issuance: 'chancery.issuance',
  revocations: 'chancery.revocations',
  activity: 'chancery.activity',
  quarantine: 'chancery.quarantine',
} as const;

export type Topic = (typeof topics)[keyof typeof topics];

/** For security teams: issuances and revocations as OCSF. No topic of the bus: its records are theirs in form, and none of ours reads it. */
export const siemTopic = 'chancery.siem.ocsf';

/** Where the events of a stream category are published. */
export const topicOf: Record<Category, Topic> = {
  agent: topics.registry,
  instance: topics.registry,
  iat: topics.registry,
  config: topics.registry,
  key: topics.registry,
  operator: topics.registry,
  grant: topics.issuance,
  user: topics.issuance,
};
