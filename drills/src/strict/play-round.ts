import { setImmediate as turn } from 'node:timers/promises';
import { type Random, waitFor } from '@chancery/testing';
import { spell } from '../client/at-once.js';
import { type Answer, callApi } from '../client/client.js';
import { type Operator, patiently } from '../client/operator.js';
import type { World } from '../drill.js';
import { type Kind, newSubject, type Racer, type Subject } from './kinds.js';

export interface Round {
  readonly number: number;
  readonly kind: Kind;
  readonly doors: readonly [string, string];
  readonly operator: Operator;
  /** Milliseconds. */
  readonly bound: number;
  /** Its own, so that a seed gives the same round however rounds overlap. */
  readonly random: Random;
}

/** How many racers had what they asked for, were refused, or were told to come again. */
export interface Played {
  readonly given: number;
  readonly refused: number;
  readonly again: number;
}

const busy = '503 temporarily_unavailable';

/** One interleaving: racers and the act are started in the order of the seed; in the moment the act is answered all is asked anew; then every token is tried. */
export async function playRound(world: World, round: Round): Promise<Played> {
  const { kind, doors, operator, number, random } = round;
  const subject = await newSubject(operator, random.pick(doors), number);
  const racers = kind.racers(subject);
  const { acted, answeredAt, behind, raced } = await raceWith(round, subject, racers);
  const named = (what: string, answer: Answer): string => `round ${number}, ${kind.name}: ${what} was answered ${spell(answer)}`;
  world.hold('every act is answered', acted.status === 200 ? [] : [named('the act', acted)]);
  const after = behind
    .map((answer, nth) => [racers[nth], answer] as const)
    .filter(([racer, answer]) => spell(answer) !== refusal(kind, racer));
  world.hold(
    'nothing is issued behind an act that has answered',
    after.map(([racer, answer]) => named(`${racer?.what} behind it`, answer)),
  );
  const odd = raced.filter((answer, nth) => !['200', '201', busy, refusal(kind, racers[nth]), late(racers[nth])].includes(spell(answer)));
  world.hold(
    'racers are served or refused, and told nothing else',
    odd.map((answer) => named('a racer', answer)),
  );

  const given = raced.flatMap(({ body }) => (typeof body?.access_token === 'string' ? [body.access_token as string] : []));
  if (kind.kills)
    for (const token of [subject.token, subject.child, ...given])
      world.hold('no revoked token accepted after the bound', await outlived(round, { subject, token, answeredAt }));
  const again = raced.filter((answer) => spell(answer) === busy).length;
  const won = raced.filter(({ status }) => status < 300).length;
  return { given: won, again, refused: raced.length - won - again };
}

const refusal = ({ refused }: Kind, racer: Racer | undefined): string => (racer && refused[racer.what]) ?? 'nothing is expected';

/** An exchange that was decided before the act and recorded behind it hears that something of its chain ended, not what. */
const late = (racer: Racer | undefined): string => (racer?.what === 'exchange' ? '400 invalid_request' : '200');

async function raceWith({ kind, doors, operator, random }: Round, subject: Subject, racers: readonly Racer[]) {
  const raced: Promise<Answer>[] = [];
  let acting: Promise<{ acted: Answer; answeredAt: number; behind: Answer[] }> | undefined;
  const [at, doorsOfRacers] = [random.pick(doors), racers.map(() => random.pick(doors))];
  const act = async () => {
    const acted = await patiently(() => kind.act(subject, operator, at));
    const answeredAt = performance.now();
    // At the other door: what one replica has answered, the other must know.
    const asked = racers.map((racer, nth) => patiently(() => racer.ask(doors.find((door) => door !== doorsOfRacers[nth]) ?? at)));
    return { acted, answeredAt, behind: await Promise.all(asked) };
  };
  for (const place of random.shuffle([...racers.keys(), racers.length])) {
    for (let left = random.int(8); left > 0; left--) await turn();
    const racer = racers[place];
    if (racer) raced[place] = racer.ask(doorsOfRacers[place] ?? at);
    else acting = act();
  }
  const [ended, ...answers] = await Promise.all([acting ?? act(), ...raced]);
  return { ...ended, raced: answers };
}

/** Where a token was accepted later than the bound, at whichever gateway; it is tried until each has refused it. */
async function outlived(
  { doors, bound, number }: Round,
  { subject, token, answeredAt }: { subject: Subject; token: string; answeredAt: number },
): Promise<string[]> {
  const tooLate: string[] = [];
  const refusedAt = (door: string) =>
    waitFor(
      async () => {
        const began = performance.now() - answeredAt;
        const { status } = await callApi(subject.client, token, { at: door });
        if (status === 200 && began > bound) tooLate.push(`round ${number}: ${Math.round(began)} ms behind its end, at ${door}`);
        return status === 401;
      },
      { timeout: bound + 60_000 },
    );
  await Promise.all(doors.map(refusedAt));
  return tooLate;
}
