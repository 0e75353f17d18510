import { OAuthError } from '../errors.js';
import { type EntryPoint, type VerifierRules, verifierFor } from '../verifiers.js';

/** Where an access token comes in. The subject token of an exchange is answered `invalid_request`. */
export type AccessTokenEntry = Extract<EntryPoint, 'access-token' | 'subject-token'>;

const rules = { 'access-token': verifierFor('access-token'), 'subject-token': verifierFor('subject-token') };

export const rulesOf = (entry: AccessTokenEntry): VerifierRules => rules[entry];

/** A token that has the form and our signature, and is refused all the same. */
export const refuse = ({ code }: VerifierRules, refusal: string, detail?: string): OAuthError =>
  new OAuthError(code, { refusal, ...(detail !== undefined && { detail }) });
