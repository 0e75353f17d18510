import type { AgentEvent } from '@chancery/events';
import { given } from '@chancery/testing';
import { describe, expect, it } from 'vitest';
import {
  confirmed,
  deleted,
  firstSecret,
  fold,
  iat,
  nextRat,
  nextSecret,
  registered,
  replaced,
  revoked,
  rotated,
  suspended,
  withSecret,
} from '../spec-kit/managed.js';
import { type ReissueCredentials, reissuing } from './reissue.js';

const ask: ReissueCredentials = { type: 'reissue-credentials', at: 1_119, iat, window: 120, ratHash: nextRat, secretHash: nextSecret };
const reissued: AgentEvent = { type: 'agent.credentials-reissued', agentId: 'ag_1', ratHash: nextRat, by: 'it_1' };

describe('the answer to a registration', () => {
  it('is given again for as long as the window is, with a secret where there is one', () => {
    given(reissuing, registered).when(ask).then(reissued);
    given(reissuing, withSecret)
      .when(ask)
      .then({ ...reissued, secretHash: nextSecret });
    given(reissuing, registered)
      .when({ ...ask, at: 1_120 })
      .thenRefused('not_a_retry');
    given(reissuing, registered, reissued).when(ask).then(reissued);
  });

  it('is not given again once it arrived: by its first token something was changed', () => {
    given(reissuing, registered, replaced).when(ask).thenRefused('not_a_retry');
    given(reissuing, registered, replaced, confirmed).when(ask).thenRefused('not_a_retry');
    given(reissuing, withSecret, rotated).when(ask).thenRefused('not_a_retry');
  });

  it.each([suspended, revoked, deleted])('is not given of an agent after $type', (event) => {
    given(reissuing, registered, event).when(ask).thenRefused('not_a_retry');
  });

  it('is not given of an agent whose lease ended meanwhile, or that made room for another', () => {
    given(reissuing, { ...registered, leaseEndsAt: 1_119 })
      .when(ask)
      .thenRefused('not_a_retry');
    const departed = { type: 'agent.departed', agentId: 'ag_1', class: 'writers', departure: 1, by: 'system' } as const;
    given(reissuing, registered, departed).when(ask).thenRefused('not_a_retry');
  });

  it('is given of one that waits for approval', () => {
    given(reissuing, { ...registered, awaitsApproval: true })
      .when(ask)
      .then(reissued);
  });

  it('is given to the initial access token that made the agent, unless that was revoked', () => {
    given(reissuing).when(ask).thenRefused('not_a_retry');
    given(reissuing, registered)
      .when({ ...ask, iat: { ...iat, iatId: 'it_2' } })
      .thenRefused('not_a_retry');
    given(reissuing, registered)
      .when({ ...ask, iat: { ...iat, status: 'revoked' } })
      .thenRefused('iat_revoked');
  });

  it('voids what the first one gave, at once', () => {
    const again = fold(withSecret, { ...reissued, secretHash: nextSecret });
    expect(again).toMatchObject({ ratHash: nextRat, secretHash: nextSecret });
    expect(JSON.stringify(again)).not.toContain(firstSecret);
    expect(again).not.toHaveProperty('previousRat');
    expect(again).not.toHaveProperty('previousSecret');
  });
});
