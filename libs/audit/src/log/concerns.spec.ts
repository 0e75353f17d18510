import { describe, expect, it } from 'vitest';
import { allowed, exchanged, issued } from '../spec-kit/records.js';
import { concernsOf } from './concerns.js';

describe('what an entry is about', () => {
  it('is agent, subject, grant and IAT, under whichever name', () => {
    expect(concernsOf(issued())).toEqual({ agent: 'ag_1', subject: 'ag_1', grant: 'gr_1', iat: 'it_1', agents: ['ag_1'] });
    expect(concernsOf(allowed(1, { grant: 'gr_1', lineage: ['gr_0'] }))).toEqual({ agent: 'ag_1', grant: 'gr_1', agents: ['ag_1'] });
    expect(concernsOf({ type: 'iat.closed', iatId: 'it_1', reason: 'done', by: 'op_1' })).toEqual({ iat: 'it_1', agents: [] });
  });

  it('is every agent of the lineage, each once', () => {
    expect(concernsOf(exchanged).agents).toEqual(['ag_2', 'ag_3', 'ag_1']);
  });
});
