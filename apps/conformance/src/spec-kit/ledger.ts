import { generateKey } from '@chancery/oauth/client';
import { waitFor } from '@chancery/testing';
import { askToken, callApi, type Client, exchange, tokenOf } from './clients.js';
import type { Answer } from './http.js';
import { secretsIn } from './secrets.js';
import { act, newAgent } from './world.js';

export interface Entry {
  readonly position: number;
  readonly type: string;
  readonly stream: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Everything the audit log has about an agent, oldest first. */
export async function logOf(filter: { agent?: string; type?: string; since?: number }): Promise<readonly Entry[]> {
  const entries: Entry[] = [];
  for (;;) {
    const since = entries.at(-1)?.position ?? filter.since ?? 0;
    const { agent, type } = filter;
    const query = new URLSearchParams({ ...(agent && { agent }), ...(type && { type }), since: String(since), limit: '1000' });
    const { status, body } = await act({ scope: 'chancery:audit', method: 'GET', path: `/log?${query.toString()}` });
    if (status !== 200) throw new Error(`the log was not answered: ${status}`);
    entries.push(...(body.entries as Entry[]));
    if (body.entries.length < 1_000) return entries;
  }
}

/** Milliseconds until a record has travelled to the log. */
export const patience = { timeout: 45_000, every: 100 };

/** A position behind which everything lies that is recorded from now on: a log may be long before the specs come. */
export async function logPosition(): Promise<number> {
  const { clientId } = await newAgent();
  const [registered] = await waitFor(async () => {
    const found = await logOf({ agent: clientId });
    return found.length > 0 && found;
  }, patience);
  return registered?.position ?? 0;
}

/** One line a refusal: where, and what was answered. A gateway's record of a call has no error code. */
type Line = string;

const lineOf = ({ where, status, error }: { where: unknown; status: unknown; error: unknown }): Line =>
  [where, status, ...(error === undefined ? [] : [error])].join(' ');

/** Of the services themselves; everything else is a call through the gateway. */
const ownEndpoints = new Set(['/token', '/revoke', '/register']);

/** What the records of one agent's refusals must come to. */
export interface Ledger {
  /** Keeps in mind that this was refused to the agent, and answers the same. */
  note(endpoint: string, answer: Answer): Answer;
  /** The same, where the record says more than the answer did. */
  noteLine(line: Line): void;
  /** The lines that were noted, and those that the log has, once nothing that was refused until now can still be on its way. */
  settle(): Promise<{ noted: readonly Line[]; recorded: readonly Line[]; secrets: number }>;
}

export function aLedger(agent: Client): Ledger {
  const noted: Line[] = [];
  return {
    note(endpoint, answer) {
      noted.push(lineOf({ where: endpoint, status: answer.status, error: ownEndpoints.has(endpoint) ? answer.body?.error : undefined }));
      return answer;
    },
    noteLine: (line) => void noted.push(line),
    async settle() {
      const last = await lastRefusals(agent);
      const refused = await waitFor(async () => {
        const entries = (await logOf({ agent: agent.clientId })).filter(
          ({ type }) => type === 'activity.refused' || type === 'activity.denied',
        );
        const seen = new Set(entries.map(({ data }) => [data['service'] ?? 'gateway', data['instance']].join(' ')));
        return last.every((one) => seen.has(one)) && entries;
      }, patience);
      const own = refused.filter(({ data }) => data['status'] !== 503 && !last.some((one) => one.endsWith(` ${String(data['instance'])}`)));
      const recorded = own.map(({ data }) =>
        lineOf({ where: data['endpoint'] ?? data['path'], status: data['status'], error: data['error'] }),
      );
      return { noted: noted.toSorted(), recorded: recorded.toSorted(), secrets: secretsIn(JSON.stringify(refused)) };
    },
  };
}

/**
 * One more refusal by each service, each known by a key of its own: a service's records about one agent arrive in their order, so that
 * none of it is on its way any more when these are there.
 */
async function lastRefusals(agent: Client): Promise<readonly string[]> {
  const [atToken, atExchange, atGateway] = [generateKey(), generateKey(), generateKey()];
  const subject = await tokenOf(agent, { form: { scope: 'demo:read' }, proofKey: atExchange });
  const call = await tokenOf(agent, { form: { scope: 'demo:read' }, proofKey: atGateway });
  await askToken(agent, { form: { scope: 'demo:nothing' }, proofKey: atToken });
  await exchange(agent, subject, { form: { scope: 'demo:nothing' }, proofKey: atExchange });
  await callApi({ ...agent, key: atGateway }, call, { method: 'POST', body: { text: 'no' } });
  return [`token ${atToken.thumbprint}`, `exchange ${atExchange.thumbprint}`, `gateway ${atGateway.thumbprint}`];
}
