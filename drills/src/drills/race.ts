import { type Behind, claimsOf } from '@chancery/testing';
import { generateKey } from '@chancery/oauth/client';
import { atOnce, spell } from '../client/at-once.js';
import { type Answer, askToken, assertionOf, callApi, type Client, metadataOf, narrow, proofAt, register } from '../client/client.js';
import { type Operator, patiently } from '../client/operator.js';
import type { Drill, World } from '../drill.js';
import { checkAll } from '../invariants/check-all.js';
import { doubled } from '../stack/replicas.js';
import { openSite, type Site } from '../stack/site.js';

/** How an artefact that serves once is shown by many at once. */
interface Artefact {
  readonly name: string;
  /** What a loser is told. */
  readonly refused: string;
  /** The events that come of it, each with one winner; none where nothing is recorded. */
  readonly leaves?: string;
  prepare(site: Scene): Promise<(at: string) => Promise<Answer>>;
}

interface Scene {
  readonly operator: Operator;
  readonly agent: Client;
}

const artefacts: readonly Artefact[] = [
  {
    name: 'a proof for a token',
    refused: '400 invalid_dpop_proof',
    leaves: 'grant.token-issued',
    async prepare({ agent }) {
      const proof = proofAt(agent, `${agent.issuer}/token`);
      return (at) => askToken(agent, { at, proof });
    },
  },
  {
    name: 'an assertion',
    refused: '401 invalid_client',
    leaves: 'grant.token-issued',
    async prepare({ agent }) {
      const assertion = assertionOf(agent);
      return (at) => askToken(agent, { at, assertion });
    },
  },
  {
    name: 'a proof for an exchange',
    refused: '400 invalid_dpop_proof',
    leaves: 'grant.token-exchanged',
    async prepare({ agent }) {
      const { body } = await patiently(() => askToken(agent));
      const proof = proofAt(agent, `${agent.issuer}/token`);
      return (at) => narrow(agent, body.access_token, { at, proof });
    },
  },
  {
    name: 'an initial access token of one use',
    refused: '401 invalid_token',
    leaves: 'agent.registered',
    async prepare({ operator }) {
      const iat = await operator.mintIat();
      return (at) => register(operator.issuer, iat.token, metadataOf(generateKey()), at);
    },
  },
];

/** REL-F4. A proof for a call is remembered by each gateway for itself, so it is raced at one. */
const proofForACall: Artefact = {
  name: 'a proof for a call',
  refused: '401 invalid_dpop_proof',
  async prepare({ agent }) {
    const { body } = await patiently(() => askToken(agent));
    const proof = proofAt(agent, `${agent.issuer}/demo/notes`, { token: body.access_token, method: 'GET' });
    return (at) => callApi(agent, body.access_token, { at, proof });
  },
};

export const race: Drill = {
  name: 'race',
  what: 'every artefact that serves once, shown 16 to 64 ways at once at two replicas of everything: one winner each',
  times: 200,
  seconds: 1,
  async run(world) {
    const site = await openSite(world);
    const { doors } = await doubled(world, site);
    const scene = { operator: site.operator, agent: await site.operator.newAgent() };
    const answers = new Map<string, number>();
    for (let round = 0; round < world.times; round++) {
      if (round % 10 === 0) world.say(`round ${round + 1} of ${world.times}`);
      for (const artefact of world.random.shuffle([...artefacts, proofForACall])) {
        const at = artefact.leaves === undefined ? [world.random.pick(doors)] : doors;
        const said = await raceOnce(world, site, { artefact, doors: at, scene });
        for (const answer of said) answers.set(`${artefact.name}: ${answer}`, (answers.get(`${artefact.name}: ${answer}`) ?? 0) + 1);
      }
    }
    for (const [answer, count] of [...answers].toSorted(([a], [b]) => a.localeCompare(b))) world.count(answer, count);
    await checkAll(world, site);
  },
};

async function raceOnce(
  world: World,
  { behind }: Site,
  { artefact, doors, scene }: { artefact: Artefact; doors: readonly string[]; scene: Scene },
): Promise<readonly string[]> {
  const ask = await artefact.prepare(scene);
  const before = await behindBy(behind, artefact.leaves);
  const answers = await atOnce(16 + world.random.int(49), doors, ask);
  const won = answers.filter(({ status }) => status < 300);
  const recorded = (await behindBy(behind, artefact.leaves)).filter((id) => !before.includes(id));
  const said = answers.map(spell);
  const expected = new Set(['200', '201', artefact.refused]);
  world.hold('one winner for each artefact', won.length === 1 ? [] : [`${artefact.name}: ${won.length} of ${answers.length}`]);
  world.hold(
    'every loser is told so',
    said.filter((each) => !expected.has(each)).map((each) => `${artefact.name}: ${each}`),
  );
  if (artefact.leaves === undefined) return said;
  const winners = won.map(({ body }) =>
    artefact.leaves === 'agent.registered' ? String(body.client_id) : String(claimsOf(body.access_token)['jti']),
  );
  const same = recorded.length === winners.length && recorded.every((id) => winners.includes(id));
  world.hold('exactly the winner is recorded', same ? [] : [`${artefact.name}: ${recorded.length} recorded, ${winners.length} won`]);
  return said;
}

/** What every event of that type gave: a token's `jti`, or an agent. */
async function behindBy(behind: Behind, type: string | undefined): Promise<readonly string[]> {
  if (type === undefined) return [];
  const rows = await behind.query<{ id: string }>(
    `select coalesce(convert_from(data, 'utf8')::jsonb ->> 'jti', convert_from(data, 'utf8')::jsonb ->> 'agentId') as id from es.event where type = $1`,
    [type],
  );
  return rows.map(({ id }) => id);
}
