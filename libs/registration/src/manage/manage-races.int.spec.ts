import 'reflect-metadata';
import { describe, expect, it } from 'vitest';
import { commandAgent } from '../agents/agents.js';
import { at, put, registered, twoReplicas, typesOf } from '../spec-kit/agents.js';
import { type Answer } from '../spec-kit/replicas.js';

const world = twoReplicas();

/** Sixteen at once over two replicas. */
const atOnce = <T>(ask: (replica: 0 | 1, n: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: 16 }, (_, n) => ask((n % 2) as 0 | 1, n)));
const statuses = (answers: readonly Answer[]) => answers.map(({ status }) => status).toSorted((a, b) => a - b);

describe('of many at once over two replicas', () => {
  it('one replaces with a token, and one rotates (MGT-07, S-005)', async () => {
    const agent = await registered({});
    const body = { client_id: agent.id };
    const replacing = await atOnce((replica) => at(agent, agent.rat, { method: 'PUT', body, replica }));
    expect(statuses(replacing)).toEqual([200, ...Array.from({ length: 15 }, () => 401)]);
    const won = replacing.find(({ status }) => status === 200)?.body.registration_access_token;
    const rotating = await atOnce((replica) => at(agent, won, { method: 'POST', path: `/register/${agent.id}/secret`, replica }));
    expect(statuses(rotating)).toEqual([200, ...Array.from({ length: 15 }, () => 401)]);
    const types = await typesOf(agent);
    expect(types.filter((type) => type === 'agent.registration-replaced')).toHaveLength(1);
    expect(types.filter((type) => type === 'agent.secret-rotated')).toHaveLength(1);
  });

  it('a renewal or a deletion wins, never both', async () => {
    for (let round = 0; round < 5; round++) {
      const agent = await registered();
      const answers = await atOnce((replica, n) =>
        n % 4 < 2 ? put(agent, agent.rat, {}, replica) : at(agent, agent.rat, { method: 'DELETE', replica }),
      );
      expect(answers.filter(({ status }) => status < 300)).toHaveLength(1);
      expect(answers.filter(({ status }) => status === 401)).toHaveLength(15);
      const types = (await typesOf(agent)).slice(1);
      expect(types[0] === 'agent.deleted' ? types : types.filter((type) => type === 'agent.registration-replaced')).toHaveLength(1);
      expect(types).not.toEqual(expect.arrayContaining(['agent.registration-replaced', 'agent.deleted']));
    }
  });

  it('a revocation is the last word, whoever replaces meanwhile', async () => {
    const operator = { clientId: 'op_1', scope: [], grantId: 'gr_1', jti: 'tk_1', iat: 1, kid: 'k1', profile: 'service' } as never;
    for (let round = 0; round < 5; round++) {
      const agent = await registered();
      const revoke = () => commandAgent({ type: 'revoke-agent', agentId: agent.id, reason: 'race' }, operator, world().stores[1]);
      const [ended, ...answers] = await Promise.all([revoke(), put(agent, agent.rat), put(agent, agent.rat, {}, 1)]);
      expect(ended).toMatchObject({ already: false });
      expect(answers.filter(({ status }) => status !== 200 && status !== 401)).toEqual([]);
      expect((await typesOf(agent)).at(-1)).toBe('agent.revoked');
      expect((await at(agent, agent.rat)).status).toBe(401);
    }
  });
});
