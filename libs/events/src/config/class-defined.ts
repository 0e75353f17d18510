import { z } from 'zod';
import { defineEvent } from '../define-event.js';
import { authMethod, by, grantType, id, keyAlgorithm, positive, profile, scope, seconds, uri } from '../fields.js';

/** An IAT class says this from now on. Narrowing one narrows each of its agents at its next token. */
export const classDefined = defineEvent({
  type: 'config.class-defined',
  // Any redefinition may narrow: whoever decided by the old one reads again.
  fence: true,
  schema: {
    class: id,
    profile,
    /** Who answers for it, for people. */
    owner: z.string().min(1).max(128).exactOptional(),
    scope,
    /** What a registration gets that names no scope; absent: all of `scope`. */
    defaultScope: scope.exactOptional(),
    audiences: z.array(uri).min(1).max(64),
    grantTypes: z.array(grantType).min(1).max(8),
    authMethods: z.array(authMethod).min(1).max(8),
    /** What a registered key may be for; absent: every algorithm that is verified here. */
    keyAlgorithms: z.array(keyAlgorithm).min(1).max(8).exactOptional(),
    /** The least an RSA key has; absent: 2048. Other keys have the size of their curve. */
    minRsaBits: z.number().int().min(2_048).max(4_096).exactOptional(),
    /** False: bearer tokens were allowed, on purpose. */
    dpopRequired: z.boolean(),
    /** Seconds an access token lives, 300 to 900. */
    accessTokenLifetime: z.number().int().min(300).max(900),
    /** Seconds a registration lives. */
    lease: z.number().int().min(60).max(31_536_000),
    /** Seconds after its lease for which a registration may still be renewed; absent: none. */
    grace: seconds.max(31_536_000).exactOptional(),
    /** The most agents that live under it at once; absent: any number. */
    maxAgents: positive.max(10_000_000).exactOptional(),
    /** The most registrations in one hour of the clock (UTC); absent: any number. */
    registrationsPerHour: positive.max(1_000_000).exactOptional(),
    /** Its agents serve many users; absent: one each. */
    shared: z.boolean().exactOptional(),
    /** A registration waits for an operator's word; absent: it does not. */
    approvalRequired: z.boolean().exactOptional(),
    /** What an agent may use up at gateways, calls and model tokens: in a minute, and under the whole of one mandate. Absent members: any number. */
    budgets: z
      .strictObject({
        callsPerMinute: positive.exactOptional(),
        tokensPerMinute: positive.exactOptional(),
        callsPerMandate: positive.exactOptional(),
        tokensPerMandate: positive.exactOptional(),
      })
      .exactOptional(),
    /** The most registrations one IAT of this class may open. */
    maxUses: z.number().int().min(1).max(10_000),
    /** The longest an IAT of this class may wait, in seconds. */
    maxIatLifetime: seconds.min(60),
    by,
  },
});
