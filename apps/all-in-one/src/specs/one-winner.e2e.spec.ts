import { type ClientKey, generateKey } from '@chancery/oauth/client';
import { type Behind, lookBehind, waitFor } from '@chancery/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { activityOf, refusedBehindIats } from '../spec-kit/activity.js';
import { atOnce, tally } from '../spec-kit/at-once.js';
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
import { type DurableDatabase, durableDatabase } from '../spec-kit/durable-database.js';
import { type Replica, type Replicas, replicasOn } from '../spec-kit/replica.js';

const rounds = 100;
const callers = 50;
const losers = callers - 1;
// A bound against hanging: on two cores that nobody else wants, each takes a fraction of it.
const timeout = 300_000;

/** The proof of design §4, "reserve": two processes over one database with production settings, and the same artefact fifty ways at once. */
describe('what may be used once', () => {
  let database: DurableDatabase;
  let replicas: Replicas;
  let running: Replica[];
  let urls: string[];
  let operator: Client;
  let behind: Behind;
  beforeAll(async () => {
    database = await durableDatabase();
    replicas = await replicasOn(database.url);
    running = [await replicas.start(0), await replicas.start(1)];
    urls = running.map(({ url }) => url);
    operator = operatorFrom(running[0]?.operator ?? '');
    behind = await lookBehind(database.url);
  }, 120_000);
  afterAll(async () => {
    await behind?.close();
    await replicas?.close();
    await database?.close();
  });

  /** One round after the other: what was said to fifty, and exactly what was recorded then. */
  async function expectEachRound(
    said: Record<string, number>,
    play: (round: number) => Promise<readonly Answer[]>,
    recorded: (answers: readonly Answer[], round: number) => readonly object[],
  ): Promise<void> {
    for (let round = 0; round < rounds; round++) {
      const { result: answers, events } = await behind.during(() => play(round));
      expect(tally(answers), `round ${round}`).toEqual(said);
      expect(events, `round ${round}`).toMatchObject(recorded(answers, round));
    }
  }

  /** Every loser that authenticated has a record of its own. */
  const refusalsOf = async ({ clientId }: Client) => {
    await waitFor(async () => (await activityOf(behind, clientId)).reduce((sum, { count }) => sum + count, 0) >= rounds * losers);
    return activityOf(behind, clientId);
  };

  it(
    'a DPoP proof gives one token, whichever replica sees it, with a fresh assertion each time',
    async () => {
      const agent = await newAgent(operator);
      await expectEachRound(
        { '200': 1, '400 invalid_dpop_proof': losers },
        () => {
          const proof = proofAt(`${replicas.issuer}/token`, agent.key);
          return atOnce(callers, urls, (at) => askToken(agent, { at, proof }));
        },
        (answers) => issuanceBehind(answers, agent),
      );
      const refused = { type: 'activity.refused', reason: 'proof_replayed', error: 'invalid_dpop_proof', status: 400 };
      expect(await refusalsOf(agent)).toEqual([{ ...refused, count: rounds * losers }]);
    },
    timeout,
  );

  it(
    'a client assertion gives one token, with a fresh proof each time',
    async () => {
      const agent = await newAgent(operator);
      await expectEachRound(
        { '200': 1, '401 invalid_client': losers },
        () => {
          const assertion = assertionOf(agent);
          return atOnce(callers, urls, (at) => askToken(agent, { at, assertion }));
        },
        (answers) => issuanceBehind(answers, agent),
      );
      const refused = { type: 'activity.refused', reason: 'assertion_replayed', error: 'invalid_client', status: 401 };
      expect(await refusalsOf(agent)).toEqual([{ ...refused, count: rounds * losers }]);
    },
    timeout,
  );

  it(
    'the one use of an initial access token registers one of fifty agents with keys of their own',
    async () => {
      const iats = await Promise.all(Array.from({ length: rounds }, () => mintIat(operator)));
      const keys: ClientKey[] = Array.from({ length: callers }, () => generateKey());
      const challenges = new Set<string | null>();
      await expectEachRound(
        { '201': 1, '401 invalid_token': losers },
        async (round) => {
          const metadata = keys.map((key) => metadataOf(key));
          const answers = await atOnce(callers, urls, (at, nth) =>
            register(replicas.issuer, iats[round]?.token ?? '', metadata[nth] ?? {}, at),
          );
          for (const { status, headers } of answers) if (status === 401) challenges.add(headers.get('www-authenticate'));
          return answers;
        },
        (answers, round) => {
          const winner = answers.findIndex(({ status }) => status === 201);
          const jwks = [keys[winner]?.publicJwk];
          return [{ type: 'agent.registered', data: { agentId: answers[winner]?.body.client_id, iatId: iats[round]?.id, slot: 1, jwks } }];
        },
      );
      expect([...challenges]).toEqual([expect.stringMatching(/^Bearer realm="chancery-registration", error="invalid_token"/)]);
    },
    timeout,
  );

  it(
    'a DPoP proof lets one call through one gateway',
    async () => {
      const agent = await newAgent(operator);
      const { access_token: token } = (await askToken(agent)).body as { access_token: string };
      const challenges = new Set<string | null>();
      await expectEachRound(
        { '200': 1, '401 invalid_dpop_proof': losers },
        async (round) => {
          const proof = proofAt(`${replicas.issuer}/demo/notes`, agent.key, token, 'GET');
          const answers = await atOnce(callers, urls.slice(round % 2).slice(0, 1), (at) => callApi(agent, token, { at, proof }));
          for (const { status, headers } of answers) if (status === 401) challenges.add(headers.get('www-authenticate'));
          // Each call is on record before it is answered.
          expect(await activityOf(behind, agent.clientId)).toEqual([
            { type: 'activity.allowed', reason: null, error: null, status: 200, count: round + 1 },
            { type: 'activity.denied', reason: 'proof_replayed', error: null, status: 401, count: (round + 1) * losers },
          ]);
          return answers;
        },
        () => [],
      );
      expect([...challenges]).toEqual([expect.stringMatching(/^DPoP (.*, )?error="invalid_dpop_proof"/)]);
    },
    timeout,
  );

  it(
    'was refused to every loser of an initial access token: each has its record, the last one too, when the replicas have stopped',
    async () => {
      await Promise.all(running.map((replica) => replica.stop()));
      expect(await refusedBehindIats(behind)).toEqual([
        { endpoint: '/register', reason: 'iat_exhausted', count: rounds * losers, iats: rounds },
      ]);
    },
    timeout,
  );
});

/** The issuances that the tokens of these answers came from. */
const issuanceBehind = (answers: readonly Answer[], { clientId: agentId }: Client): object[] =>
  answers
    .filter(({ status }) => status === 200)
    .map(({ body }) => {
      const payload = Buffer.from(String(body.access_token).split('.')[1] ?? '', 'base64url').toString();
      const { jti, grant_id } = JSON.parse(payload) as Record<string, string>;
      return { stream: `main/grant/${grant_id}`, type: 'grant.token-issued', data: { agentId, jti } };
    });
