import { waitFor } from '@chancery/testing';
import type { TestProject } from 'vitest/node';
import { administer, type Operator, operatorFrom } from './operator.js';
import { type OwnServer, startOwnServer } from './own-server.js';
import type { Target } from './target.js';

// What stays of a run when it is over: nothing that works.
const opened: { server?: OwnServer; operator?: Operator; iatId?: string } = {};

/** Finds out whom to test, and mints what the specs register with: `CHANCERY_CONFORMANCE_ISSUER` with `_OPERATOR`, else a server of our own. */
export async function setup(project: TestProject): Promise<void> {
  try {
    project.provide('conformance', await open());
  } catch (error) {
    await teardown();
    throw error;
  }
}

async function open(): Promise<Target> {
  const { issuer, operator } = await target();
  const first = operatorFrom(operator);
  if (first.issuer !== issuer) throw new Error('CHANCERY_CONFORMANCE_OPERATOR is the credential of another issuer');
  opened.operator = first;
  // A gateway that has just begun refuses what may have been used before (ADR 0015), so that it lets nobody in at once.
  const minted = await waitFor(
    async () => {
      const body = { class: 'default', uses: 1_000, expires_in: 3_600, note: 'conformance specs' };
      const { status, body: iat } = await administer(first, { scope: 'chancery:registry', path: '/iats', body });
      return status === 201 && (iat as { id: string; initial_access_token: string });
    },
    { timeout: 60_000, every: 200 },
  );
  opened.iatId = minted.id;
  return { issuer, operator, iat: { id: minted.id, token: minted.initial_access_token } };
}

/** Ends every agent, grant and token of this run with one act. */
export async function teardown(): Promise<void> {
  const { server, operator, iatId } = opened;
  try {
    if (operator && iatId !== undefined)
      await administer(operator, {
        scope: 'chancery:revoke',
        path: `/iats/${iatId}/revoke`,
        body: { reason: 'end of the conformance specs' },
      });
  } finally {
    await server?.stop();
  }
}

async function target(): Promise<{ issuer: string; operator: string }> {
  const { CHANCERY_CONFORMANCE_ISSUER: issuer, CHANCERY_CONFORMANCE_OPERATOR: operator } = process.env;
  if (issuer && operator) return { issuer, operator };
  if (issuer || operator) throw new Error('CHANCERY_CONFORMANCE_ISSUER and CHANCERY_CONFORMANCE_OPERATOR go together');
  opened.server = await startOwnServer();
  return opened.server;
}
