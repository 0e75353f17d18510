import { describe, expect, it } from 'vitest';
import { parseForm } from './form.js';
import { knownParameters } from './known-parameters.js';
import { refuseForeignParameters, refuseQuery } from './parameters.js';
import { refusalOf } from './spec-kit/refused.js';

const allowed = ['grant_type', 'scope', 'resource'];
const form = (text: string) => parseForm(Buffer.from(text));

describe('parameters of a request', () => {
  it('are allowed by name; unknown ones are ignored', () => {
    expect(() => refuseForeignParameters(form('grant_type=x&scope=a&utm_source=b&subject_token='), allowed)).not.toThrow();
  });

  it.each([...knownParameters].filter((name) => !allowed.includes(name)))(
    'refuses %s where it has no meaning (WIRE-04, WIRE-20)',
    (name) => {
      expect(refusalOf(() => refuseForeignParameters(form(`grant_type=x&${name}=1`), allowed))).toEqual({
        code: 'invalid_request',
        refusal: 'parameter_not_allowed',
      });
    },
  );

  it.each(['actor_token', 'resource', 'audience', 'requested_token_type', 'authorization_details', 'scope', 'requested_expires_in'])(
    'know %s, which changes what a request means (WIRE-20)',
    (name) => {
      expect(knownParameters.has(name)).toBe(true);
    },
  );
});

describe('the query of an endpoint that reads its body', () => {
  it.each(['', '?', '?x=1', 'x=1&y'])('may be %j', (search) => {
    expect(() => refuseQuery(search)).not.toThrow();
  });

  it.each(['?scope=a', '?x=1&client_id=b', 'grant_type', '?sc%6fpe=a', '?scope[]=a', '?access_token=t', '?%zz=1'])(
    'never carries an OAuth parameter: %s (WIRE-02, S-124)',
    (search) => {
      expect(refusalOf(() => refuseQuery(search))).toEqual({ code: 'invalid_request', refusal: 'parameter_in_query' });
    },
  );
});
