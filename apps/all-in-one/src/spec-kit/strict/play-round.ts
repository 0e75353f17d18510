import { setImmediate as turn } from 'node:timers/promises';
import { waitFor } from '@chancery/testing';
import { spell } from '../at-once.js';
import { type Answer, askToken, callApi, narrow } from '../clients.js';
import { grantOf, type Kind, prepare, type Racer, type Subject } from './kinds.js';
import { patiently } from './patiently.js';
import type { Plan } from './plan.js';
import type { World } from './world.js';

/** What came of a round. Every deviation is one sentence. */
export interface Played {
  readonly kind: Kind;
  /** Racers that had their token, were refused, or were told to come again. */
  readonly raced: { readonly given: number; readonly refused: number; readonly again: number };
  readonly deviations: readonly string[];
}

const busy = '503 temporarily_unavailable';

/**
 * One interleaving: racers and the act are started in the order of the plan. In the moment the act is answered the same requests
 * are sent anew, while racers may still be under way; then every token there is, is tried.
 */
export async function playRound(plan: Plan, world: World): Promise<Played> {
  const { kind, number } = plan;
  const issuer = world.replicas[0];
  const subject = await prepare(kind, world, { issuer, number });
  const racers = kind.racers(subject);
  const deviations: string[] = [];
  const expectAnswer = (what: string, answer: Answer, ...expected: string[]) => {
    if (!expected.includes(spell(answer))) deviations.push(`round ${number}, ${kind.name}: ${what} was answered ${spell(answer)}`);
  };

  const { acted, behind, raced } = await race(plan, { subject, racers, world });
  expectAnswer('the act', acted, '200');
  for (const [nth, answer] of behind.entries()) expectAnswer(`${racers[nth]?.what} behind the act`, answer, refusal(kind, racers[nth]));
  for (const [nth, answer] of raced.entries())
    expectAnswer(`a raced ${racers[nth]?.what}`, answer, '200', '201', busy, refusal(kind, racers[nth]), lateRefusal(racers[nth]));

  const given = raced.flatMap(({ body }) => (typeof body?.access_token === 'string' ? [body.access_token as string] : []));
  const tokens = [subject.token, subject.child, ...given];
  if (kind.kills) await heard(subject, world);
  await Promise.all(tokens.map((token) => (kind.kills ? expectDead : expectNarrowed)(token, { plan, subject, world, expectAnswer })));
  for (const clientId of raced.flatMap(({ body }) => (typeof body?.client_id === 'string' ? [body.client_id as string] : []))) {
    const newcomer = { ...subject.client, clientId };
    expectAnswer('a raced newcomer', await patiently(() => askToken(newcomer, { at: issuer })), kind.refused.issue ?? '');
  }
  if (kind.kills) {
    const second = await patiently(() => kind.act(subject, world, world.replicas[1 - plan.actAt] ?? issuer));
    // RFC 7009 §2.2 has no body; an operator is told that it was so already.
    if (spell(second) !== '200' || (second.body !== undefined && second.body.already !== true)) expectAnswer('a second revocation', second);
  }
  const again = raced.filter((answer) => spell(answer) === busy).length;
  const won = raced.filter(({ status }) => status < 300).length;
  return { kind, raced: { given: won, again, refused: raced.length - won - again }, deviations };
}

const refusal = ({ refused }: Kind, racer: Racer | undefined): string => (racer && refused[racer.what]) ?? 'nothing is expected';

/** An exchange that was decided before the act and recorded behind it hears that something of its chain ended, not what. */
const lateRefusal = (racer: Racer | undefined): string => (racer?.what === 'exchange' ? '400 invalid_request' : '200');

interface Start {
  readonly subject: Subject;
  readonly racers: readonly Racer[];
  readonly world: World;
}

async function race({ kind, actAt, racersAt, order, turns }: Plan, { subject, racers, world }: Start) {
  const replica = (index: number | undefined) => world.replicas[index ?? 0] ?? world.replicas[0];
  const raced: Promise<Answer>[] = [];
  let acting: Promise<{ acted: Answer; behind: Answer[] }> | undefined;
  const act = async () => {
    const acted = await patiently(() => kind.act(subject, world, replica(actAt)));
    const behind = racers.map((racer, nth) => patiently(() => racer.ask(replica(1 - (racersAt[nth] ?? 0)))));
    return { acted, behind: await Promise.all(behind) };
  };
  for (const [nth, place] of order.entries()) {
    for (let left = turns[nth] ?? 0; left > 0; left--) await turn();
    const racer = racers[place - 1];
    if (place === 0) acting = act();
    else if (racer) raced[place - 1] = racer.ask(replica(racersAt[place - 1]));
  }
  const [{ acted, behind }, ...answers] = await Promise.all([acting ?? act(), ...raced]);
  return { acted, behind, raced: answers };
}

interface Trial {
  readonly plan: Plan;
  readonly subject: Subject;
  readonly world: World;
  readonly expectAnswer: (what: string, answer: Answer, ...expected: string[]) => void;
}

/** Both gateways have heard: what ends a tree is one entry of their sets, so that one of its tokens stands for all. */
const heard = ({ client, token }: Subject, { replicas }: World): Promise<unknown> =>
  Promise.all(replicas.map((at) => waitFor(async () => (await callApi(client, token, { at })).status === 401, { timeout: 30_000 })));

/** Refused at both gateways, and no parent of anything. */
async function expectDead(token: string, { plan, subject, world, expectAnswer }: Trial): Promise<void> {
  const at = world.replicas[plan.actAt] ?? subject.client.issuer;
  const [exchanged, ...calls] = await Promise.all([
    patiently(() => narrow(subject.client, token, { at })),
    ...world.replicas.map((gateway) => callApi(subject.client, token, { at: gateway })),
  ]);
  expectAnswer('an exchange of a dead token', exchanged, plan.kind.refused.exchange ?? '');
  for (const call of calls) expectAnswer('a call with a dead token', call, '401 invalid_token');
}

/** Good for what the class still allows, and for no child with more. */
async function expectNarrowed(token: string, { plan, subject, world, expectAnswer }: Trial): Promise<void> {
  const at = world.replicas[plan.actAt] ?? subject.client.issuer;
  const widely = await patiently(() => narrow(subject.client, token, { at, form: { scope: 'demo:write' } }));
  expectAnswer('a wide child behind the act', widely, '400 invalid_scope');
  const child = await patiently(() => narrow(subject.client, token, { at }));
  expectAnswer('a child within the class', child, '200');
  if (child.body?.scope !== 'demo:read') expectAnswer(`a child of ${grantOf(token)} with ${String(child.body?.scope)}`, child);
}
