/** A `user` of OCSF. Its uid is the pseudonymous id that the event holds; there is no other name. */
export interface OcsfUser {
  readonly uid: string;
  readonly type_id: number;
  readonly type: string;
}

// SIEM-04. Of the schema's own types the words are the schema's.
export const aiAgent = (uid: string): OcsfUser => ({ uid, type_id: 99, type: 'AI Agent' });
const service = (uid: string): OcsfUser => ({ uid, type_id: 4, type: 'Service' });
export const initialAccessToken = (uid: string): OcsfUser => ({ uid, type_id: 99, type: 'Initial Access Token' });
export const signingKey = (uid: string): OcsfUser => ({ uid, type_id: 99, type: 'Signing Key' });

/** Whoever an event's `by` names where operators act: one of them, or Chancery itself. */
export const operator = (by: string): OcsfUser =>
  by === 'system' ? { uid: by, type_id: 3, type: 'System' } : { uid: by, type_id: 2, type: 'Admin' };

/** The subject of a token. */
export const subjectOf = ({ subject, subjectProfile }: { subject: string; subjectProfile: 'ai_agent' | 'service' }): OcsfUser =>
  subjectProfile === 'service' ? service(subject) : aiAgent(subject);
