import { describe, expect, it } from 'vitest';
import type { AccessTokenClaims } from './access-token/claims.js';
import { restsOn } from './rests-on.js';

const plain: AccessTokenClaims = {
  iss: 'https://id.example',
  sub: 'ag_1',
  aud: 'https://id.example/demo',
  exp: 2,
  iat: 1,
  jti: 'tk_1',
  client_id: 'ag_1',
  sub_profile: 'ai_agent',
  grant_id: 'gr_1',
  txn: 'tx_1',
};
const asked = (claims: AccessTokenClaims): string[] => restsOn(claims, 'k1').map(({ kind, id }) => `${kind}/${id}`);

describe('what a token rests on', () => {
  it('is its grant, its agent and the key it was signed with, each once', () => {
    expect(asked(plain)).toEqual(['grant/gr_1', 'agent/ag_1', 'key/k1']);
  });

  it.each<[string, Partial<AccessTokenClaims>, string]>([
    ['the key it is bound to', { cnf: { jkt: 'J' } }, 'instance/J'],
    ['that key in the hands of its agent', { cnf: { jkt: 'J' } }, 'instance/ag_1.J'],
    ['the user behind it', { sub: 'u_1', sub_profile: 'user' }, 'user/u_1'],
    ['another agent it is about', { sub: 'ag_9' }, 'agent/ag_9'],
    ['the initial access token its agent came from', { iat_id: 'it_1' }, 'iat/it_1'],
    ['the software its agent runs', { sw: 'cal@1' }, 'software/cal@1'],
    ['an actor', { act: { iss: 'https://id.example', sub: 'ag_2', sub_profile: 'ai_agent' } }, 'agent/ag_2'],
    [
      'an actor behind an actor',
      {
        act: {
          iss: 'https://id.example',
          sub: 'ag_2',
          sub_profile: 'ai_agent',
          act: { iss: 'https://id.example', sub: 'u_3', sub_profile: 'user' },
        },
      },
      'user/u_3',
    ],
  ])('is also %s', (_name, change, expected) => {
    expect(asked(plain)).not.toContain(expected);
    expect(asked({ ...plain, ...change })).toContain(expected);
  });

  it('is the agent that holds it too, when it is about a user: either end ends it', () => {
    expect(asked({ ...plain, sub: 'u_1', sub_profile: 'user' })).toEqual(['grant/gr_1', 'agent/ag_1', 'user/u_1', 'key/k1']);
  });

  it('is everything of every ancestor (GW-05)', () => {
    const lineage = [
      { grant: 'gr_2', agent: 'ag_2', key: 'J2', iat_id: 'it_2', kid: 'k2', sw: 'cal@2' },
      { grant: 'gr_3', agent: 'ag_3', kid: 'k3', src: 'https://other.example' },
    ];
    expect(asked({ ...plain, lineage })).toEqual([
      'grant/gr_1',
      'agent/ag_1',
      'key/k1',
      'grant/gr_2',
      'agent/ag_2',
      'instance/J2',
      'instance/ag_2.J2',
      'iat/it_2',
      'key/k2',
      'software/cal@2',
      'grant/gr_3',
      'agent/ag_3',
      'key/k3',
      'issuer/https://other.example',
    ]);
  });

  it('is not an actor that another issuer names, though one behind it is', () => {
    const act = {
      iss: 'https://other.example',
      sub: 'ag_8',
      sub_profile: 'ai_agent',
      act: { iss: 'https://id.example', sub: 'ag_2', sub_profile: 'ai_agent' },
    };
    expect(asked({ ...plain, act })).toEqual(['grant/gr_1', 'agent/ag_1', 'key/k1', 'agent/ag_2']);
  });
});
