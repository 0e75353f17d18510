import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { activityRecords, events } from './catalogue.js';
import { defineEvent, type EventDefinition } from './define-event.js';

/** Words that name what works as a credential, or prompt text (EVT-05, S-137). */
const secretWords = new Set(
  `token tokens secret secrets proof proofs assertion code password passwd passphrase pwd credential credentials
  authorization auth jwt jws dpop cookie session bearer key keys private seed salt nonce verifier prompt completion content
  message body signature sig mac pin otp handle device refresh access rat`.split(/\s+/),
);
/** Private members of a JWK (RFC 7518 §6.2.2, §6.3.2, §6.4.1). */
const privateJwkMembers = new Set(['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']);

/** Fields that are named like a secret and are none, each with what it holds instead. A new line here needs a reviewer who agrees. */
const waivers: Record<string, string> = {
  'iat.minted tokenHash': 'SHA-256 of 256 random bits: cannot be turned back',
  'agent.registered secretHash': 'SHA-256 of 256 random bits: cannot be turned back',
  'agent.registration-replaced secretHash': 'SHA-256 of 256 random bits: cannot be turned back',
  'agent.secret-rotated secretHash': 'SHA-256 of 256 random bits: cannot be turned back',
  'agent.secret-rotated previousSecretEndsAt': 'seconds',
  'agent.registered ratHash': 'SHA-256 of 256 random bits: cannot be turned back',
  'agent.registration-replaced previousRatEndsAt': 'seconds',
  'agent.secret-rotated previousRatEndsAt': 'seconds',
  'agent.registration-replaced ratHash': 'SHA-256 of 256 random bits: cannot be turned back',
  'agent.secret-rotated ratHash': 'SHA-256 of 256 random bits: cannot be turned back',
  'agent.registration-replaced authMethod': 'the name of an authentication method',
  'agent.registration-replaced dpopBound': 'yes or no',
  'agent.credentials-reissued ratHash': 'SHA-256 of 256 random bits: cannot be turned back',
  'agent.credentials-reissued secretHash': 'SHA-256 of 256 random bits: cannot be turned back',
  'agent.registered authMethod': 'the name of an authentication method',
  'agent.registered dpopBound': 'yes or no',
  'config.class-defined authMethods': 'names of authentication methods',
  'config.class-defined keyAlgorithms': 'names of algorithms',
  'config.class-defined accessTokenLifetime': 'seconds',
  'config.class-defined budgets.tokensPerMinute': 'a limit',
  'config.class-defined budgets.tokensPerMandate': 'a limit',
  'config.class-defined dpopRequired': 'yes or no',
  'grant.token-issued proofKey': 'thumbprint of a public key',
  'grant.token-exchanged proofKey': 'thumbprint of a public key',
  'grant.token-exchanged subjectProofKey': 'thumbprint of a public key',
  'grant.token-exchanged lineage[].key': 'thumbprint of a public key',
  'activity.quarantine-decided key': 'what the order of records is kept by: a stream or an agent',
};

interface JsonSchema {
  properties?: Record<string, JsonSchema>;
  items?: JsonSchema;
  additionalProperties?: unknown;
  type?: string;
}

/** Every field of a schema by its path, and every object that would take fields nobody listed. */
function walk(schema: JsonSchema, path = ''): { fields: string[]; open: string[] } {
  const below = Object.entries(schema.properties ?? {}).map(([name, field]) => {
    const here = path ? `${path}.${name}` : name;
    const inside = walk(field, here);
    return { fields: [here, ...inside.fields], open: inside.open };
  });
  if (schema.items) below.push(walk(schema.items, `${path}[]`));
  const open = schema.type === 'object' && schema.additionalProperties !== false ? [path] : [];
  return { fields: below.flatMap(({ fields }) => fields), open: [...open, ...below.flatMap((part) => part.open)] };
}

const fieldsOf = (definition: EventDefinition) => walk(z.toJSONSchema(definition.schema) as JsonSchema);

function namedLikeSecret(path: string): boolean {
  const name = path.split('.').at(-1)?.replace('[]', '') ?? '';
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[\s_-]+/);
  return privateJwkMembers.has(name) || words.some((word) => secretWords.has(word));
}

const suspects = (definitions: readonly EventDefinition[]) =>
  definitions.flatMap((definition) =>
    fieldsOf(definition)
      .fields.filter(namedLikeSecret)
      .map((path) => `${definition.type} ${path}`),
  );

const all = [...events, ...activityRecords] as unknown as readonly EventDefinition[];

describe('event fields', () => {
  it('are never named like a secret without a written waiver (S-137)', () => {
    expect(suspects(all).filter((field) => !(field in waivers))).toEqual([]);
  });

  it('are all listed: no object in an event takes a field that is not', () => {
    expect(all.flatMap((definition) => fieldsOf(definition).open.map((path) => `${definition.type} ${path}`))).toEqual([]);
  });

  it('have no waiver left over from a field that is gone', () => {
    expect(Object.keys(waivers).filter((field) => !suspects(all).includes(field))).toEqual([]);
  });
});

describe('the search for secret names', () => {
  const field = z.string().optional();
  const careless = defineEvent({
    type: 'letter.sealed',
    schema: {
      letter: field,
      refreshToken: field,
      user_code: field,
      hops: z.array(z.strictObject({ apiSecret: field, agent: field })).optional(),
      jwk: z.strictObject({ kty: field, d: field }).optional(),
      context: z.looseObject({ promptText: field }),
    },
  }) as unknown as EventDefinition;

  it('looks into words, lists and objects', () => {
    expect(suspects([careless])).toEqual([
      'letter.sealed refreshToken',
      'letter.sealed user_code',
      'letter.sealed hops[].apiSecret',
      'letter.sealed jwk.d',
      'letter.sealed context.promptText',
    ]);
  });

  it('finds objects that would take anything', () => {
    expect(fieldsOf(careless).open).toEqual(['context']);
  });
});
