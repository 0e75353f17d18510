import { generateKey } from '@chancery/oauth/client';
import { waitFor } from '@chancery/testing';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Answer,
  askToken,
  assertionOf,
  callApi,
  type Client,
  metadataOf,
  mintIat,
  newAgent,
  operatorFrom,
  proofAt,
  register,
} from '../spec-kit/clients.js';
import { atOnce, tally } from '../spec-kit/at-once.js';
import { type DurableDatabase, durableDatabase } from '../spec-kit/durable-database.js';
import { activityOf, eventsSince, newestPosition } from '../spec-kit/recorded.js';
import { type Replica, type Replicas, replicasOn } from '../spec-kit/replica.js';

const rounds = 100;
const callers = 50;
const losers = callers - 1;
// A bound against hanging. On two cores that nobody else wants, each of them takes a tenth of it.
const timeout = 300_000;

/** The proof of design §4, "reserve": two processes over one database with production settings, and the same artefact fifty ways at once. */
describe('what may be used once', () => {
  let database: DurableDatabase;
  let replicas: Replicas;
  let running: Replica[];
  let urls: string[];
  let operator: Client;
  let owner: pg.Client;
  beforeAll(async () => {
    database = await durableDatabase();
    replicas = await replicasOn(database.url);
    running = [await replicas.start(0), await replicas.start(1)];
    urls = running.map(({ url }) => url);
    operator = operatorFrom(running[0]?.operator ?? '');
    owner = new pg.Client({ connectionString: database.url });
    await owner.connect();
  }, 120_000);
  afterAll(async () => {
    await owner?.end();
    await replicas?.close();
    await database?.close();
  });

  /** One round after the other: `play` answers what was said, and the events that must be there then, and no other. */
  async function eachRound(
    play: (round: number) => Promise<{ answers: readonly Answer[]; events: readonly object[] }>,
    said: Record<string, number>,
  ) {
    for (let round = 0; round < rounds; round++) {
      const before = await newestPosition(owner);
      const { answers, events } = await play(round);
      expect(tally(answers), `round ${round}`).toEqual(said);
      expect(await eventsSince(owner, before), `round ${round}`).toMatchObject(events);
    }
  }

  /** The issuance that the one token of the answers came from. */
  const issuanceBehind = (answers: readonly Answer[], agentId: string): object[] =>
    answers
      .filter(({ status }) => status === 200)
      .map(({ body }) => {
        const { jti, grant_id } = JSON.parse(Buffer.from(String(body.access_token).split('.')[1] ?? '', 'base64url').toString()) as Record<
          string,
          string
        >;
        return { stream: `main/grant/${grant_id}`, type: 'grant.token-issued', data: { agentId, jti } };
      });

  /** A loser that authenticated has a record of its own, and nobody else has one. */
  const expectRecorded = async (agentId: string, refused: { reason: string; error: string; status: number }) => {
    await waitFor(async () => (await activityOf(owner, agentId)).reduce((sum, { count }) => sum + count, 0) >= rounds * losers);
    expect(await activityOf(owner, agentId)).toEqual([{ type: 'activity.refused', ...refused, count: rounds * losers }]);
  };

  it(
    'a DPoP proof gives one token, whichever replica sees it and whoever vouches for the client',
    async () => {
      const agent = await newAgent(operator);
      await eachRound(
        async () => {
          const proof = proofAt(`${replicas.issuer}/token`, agent.key);
          const answers = await atOnce(callers, urls, (at) => askToken(agent, { at, proof }));
          return { answers, events: issuanceBehind(answers, agent.clientId) };
        },
        { '200': 1, '400 invalid_dpop_proof': losers },
      );
      await expectRecorded(agent.clientId, { reason: 'proof_replayed', error: 'invalid_dpop_proof', status: 400 });
    },
    timeout,
  );

  it(
    'a client assertion gives one token, with a fresh proof each time',
    async () => {
      const agent = await newAgent(operator);
      await eachRound(
        async () => {
          const assertion = assertionOf(agent);
          const answers = await atOnce(callers, urls, (at) => askToken(agent, { at, assertion }));
          return { answers, events: issuanceBehind(answers, agent.clientId) };
        },
        { '200': 1, '401 invalid_client': losers },
      );
      await expectRecorded(agent.clientId, { reason: 'assertion_replayed', error: 'invalid_client', status: 401 });
    },
    timeout,
  );

  it(
    'the one use of an initial access token registers one of fifty agents with keys of their own',
    async () => {
      await eachRound(
        async () => {
          const { id, token } = await mintIat(operator);
          const keys = Array.from({ length: callers }, () => generateKey());
          const answers = await atOnce(callers, urls, (at, nth) =>
            register(replicas.issuer, token, metadataOf(keys[nth] ?? generateKey()), at),
          );
          const winner = answers.findIndex(({ status }) => status === 201);
          for (const { headers } of answers.filter(({ status }) => status === 401)) {
            expect(headers.get('www-authenticate')).toMatch(/^Bearer realm="chancery-registration", error="invalid_token"/);
          }
          const { x, y } = keys[winner]?.publicJwk as Record<string, string>;
          const registered = { agentId: answers[winner]?.body.client_id, iatId: id, slot: 1, jwks: [{ x, y }] };
          // Minting is the operator's token and the IAT.
          return {
            answers,
            events: [{ type: 'grant.token-issued' }, { type: 'iat.minted' }, { type: 'agent.registered', data: registered }],
          };
        },
        { '201': 1, '401 invalid_token': losers },
      );
    },
    timeout,
  );

  it(
    'a DPoP proof lets one call through one gateway',
    async () => {
      const agent = await newAgent(operator);
      const { access_token: token } = (await askToken(agent)).body as { access_token: string };
      await eachRound(
        async (round) => {
          const proof = proofAt(`${replicas.issuer}/demo/notes`, agent.key, token, 'GET');
          const gateway = urls.slice(round % 2, (round % 2) + 1);
          const answers = await atOnce(callers, gateway, (at) => callApi(agent, token, { at, proof }));
          for (const { headers } of answers.filter(({ status }) => status === 401)) {
            expect(headers.get('www-authenticate')).toMatch(/^DPoP (.*, )?error="invalid_dpop_proof"/);
          }
          // Each call is on record before it is answered.
          expect(await activityOf(owner, agent.clientId)).toEqual([
            { type: 'activity.allowed', reason: null, error: null, status: 200, count: round + 1 },
            { type: 'activity.denied', reason: 'proof_replayed', error: null, status: 401, count: (round + 1) * losers },
          ]);
          return { answers, events: [] };
        },
        { '200': 1, '401 invalid_dpop_proof': losers },
      );
    },
    timeout,
  );

  it(
    'was refused to every loser of an initial access token, counted to the last one when the replicas have stopped',
    async () => {
      await Promise.all(running.map((replica) => replica.stop()));
      const { rows } = await owner.query(
        `select said ->> 'endpoint' as endpoint, said ->> 'reason' as reason, sum((said ->> 'count')::integer)::integer as count
         from (select convert_from(data, 'utf8')::jsonb as said from bus.activity where type = 'activity.refusals-counted') record group by 1, 2`,
      );
      expect(rows).toEqual([{ endpoint: '/register', reason: 'iat_exhausted', count: rounds * losers }]);
    },
    timeout,
  );
});
