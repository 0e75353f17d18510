import type { Narrator } from './narrator.js';
import type { Stage } from './stage.js';
import { calls } from './steps/calls.js';
import { farewell } from './steps/farewell.js';
import { issuance } from './steps/issuance.js';
import { mint } from './steps/mint.js';
import { narrowing } from './steps/narrowing.js';
import { registration } from './steps/registration.js';
import { revocation } from './steps/revocation.js';

/** An agent's whole life. Answers how many milliseconds after the revocation's answer its tokens were dead. @throws NotHeld */
export async function story(stage: Stage, { step }: Narrator): Promise<number> {
  const iat = await step('An operator mints an initial access token (IAT)', (evidence) => mint(stage, evidence));
  const agent = await step('An agent makes a key and registers with it', (evidence) => registration(stage, iat, evidence));
  const parent = await step('It gets an access token that only its key can use', (evidence) => issuance(stage, agent, evidence));
  await step('It calls an API through the gateway', (evidence) => calls(stage, agent, parent, evidence));
  const child = await step('It narrows its token for one task', (evidence) => narrowing(agent, parent, evidence));
  const dead = await step("The operator revokes the parent's grant", (evidence) => revocation(stage, agent, { parent, child }, evidence));
  await step('The operator revokes the agent', (evidence) => farewell(stage, agent, evidence));
  return dead;
}
