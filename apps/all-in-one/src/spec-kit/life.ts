import { type Behind, freshDatabase, lookBehind } from '@chancery/testing';
import { afterAll, beforeAll } from 'vitest';
import { administer, type Client, operatorFrom } from './clients.js';
import { replicasOn } from './replica.js';

export interface Entry {
  readonly position: number;
  readonly type: string;
  readonly stream: string;
  readonly data: Record<string, unknown>;
}

/** A running Chancery for one spec file, with its first operator and a look behind its back. */
export interface Life {
  readonly issuer: string;
  readonly operator: Client;
  readonly behind: Behind;
  /** The audit log, filtered. */
  log(filter: Record<string, string>): Promise<readonly Entry[]>;
}

/** Starts one before the specs of this file, with these settings besides, and ends it behind them. Read its members inside `it` only. */
export function aLife(settings: Readonly<Record<string, string>> = {}): Life {
  const life: { current?: Life; close?: () => Promise<void> } = {};
  const now = (): Life => {
    if (!life.current) throw new Error('not started yet');
    return life.current;
  };
  beforeAll(async () => {
    const database = await freshDatabase();
    const replicas = await replicasOn(database, settings);
    const behind = await lookBehind(database);
    life.close = async () => {
      await behind.close();
      await replicas.close();
    };
    const { issuer, operator: credential } = await replicas.start(0);
    const operator = operatorFrom(credential);
    const log = async (filter: Record<string, string>) => {
      const path = `/log?${new URLSearchParams(filter).toString()}`;
      const { body } = await administer(operator, { scope: 'chancery:audit', method: 'GET', path });
      return body.entries as readonly Entry[];
    };
    life.current = { issuer, operator, behind, log };
  }, 90_000);
  afterAll(async () => life.close?.());
  return {
    get issuer() {
      return now().issuer;
    },
    get operator() {
      return now().operator;
    },
    get behind() {
      return now().behind;
    },
    log: (filter) => now().log(filter),
  };
}
