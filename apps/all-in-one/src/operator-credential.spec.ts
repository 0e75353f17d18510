import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DataFolderHeldError } from '@chancery/eventstore/embedded';
import { openMemoryStore } from '@chancery/eventstore/memory';
import { seed } from '@chancery/registration';
import { temporaryFolder } from '@chancery/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { draftOperator, oneAtATime, operatorFile, takeUpDraft } from './operator-credential.js';

const issuer = 'https://id.example';

function world() {
  const folder = temporaryFolder();
  onTestFinished(() => folder.remove());
  const path = operatorFile(folder.path);
  return { data: folder.path, path, draft: `${path}.draft`, store: openMemoryStore() };
}

describe('the draft of a credential', () => {
  it('becomes the credential, for its owner alone, once its operator is there', async () => {
    const { path, draft, store } = world();
    const operator = draftOperator(issuer, path);
    expect([existsSync(path), statSync(draft).mode & 0o777]).toEqual([false, 0o600]);
    await seed(store, issuer, operator);
    await takeUpDraft(path, store);
    expect([existsSync(draft), statSync(path).mode & 0o777]).toEqual([false, 0o600]);
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ issuer, client_id: operator.clientId });
  });

  it.each(['of an operator that was never made', 'that was not written to its end'])('goes when it is one %s', async (what) => {
    const { path, draft, store } = world();
    draftOperator(issuer, path);
    if (what.endsWith('its end')) writeFileSync(draft, readFileSync(draft, 'utf8').slice(0, 40));
    await takeUpDraft(path, store);
    expect([existsSync(draft), existsSync(path)]).toEqual([false, false]);
  });
});

describe('making an operator', () => {
  it('is done by one at a time, and by the next one afterwards', async () => {
    const { data } = world();
    await oneAtATime(data, async () => {
      await expect(oneAtATime(data, () => Promise.resolve('second'))).rejects.toThrow(DataFolderHeldError);
    });
    await expect(oneAtATime(data, () => Promise.resolve('next'))).resolves.toBe('next');
    expect(existsSync(join(data, 'operator.lock'))).toBe(false);
  });
});
