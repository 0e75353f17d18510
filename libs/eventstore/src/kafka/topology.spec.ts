import { topics } from '@chancery/events';
import { describe, expect, it } from 'vitest';
import { loadTopology } from './topology.js';

const [production, development] = [loadTopology('production'), loadTopology('development')];
const configOf = (name: string) => production.topics.find((topic) => topic.name === name)?.config ?? {};

describe('the declared topics', () => {
  it('are those the bus knows, and the one for SIEMs', () => {
    expect(production.topics.map(({ name }) => name).toSorted()).toEqual([...Object.values(topics), 'chancery.siem.ocsf'].toSorted());
  });

  it('survive the loss of a broker outside development, and nowhere take an unclean leader', () => {
    expect(production.topics.map(({ replicationFactor, config }) => [replicationFactor, config['min.insync.replicas']])).toEqual(
      production.topics.map(() => [3, '2']),
    );
    expect(development.topics.map(({ replicationFactor }) => replicationFactor)).toEqual(development.topics.map(() => 1));
    expect(new Set([...production.topics, ...development.topics].map(({ config }) => config['unclean.leader.election.enable']))).toEqual(
      new Set(['false']),
    );
  });

  it('give revocations one partition, compaction, and a life far beyond the longest token', () => {
    expect(production.topics.find(({ name }) => name === topics.revocations)?.partitions).toBe(1);
    expect(configOf(topics.revocations)['cleanup.policy']).toBe('compact,delete');
    expect(Number(configOf(topics.revocations)['retention.ms'])).toBeGreaterThan(100 * 960_000);
  });

  it('never lose by age what waits in quarantine, and keep it in one order', () => {
    expect(configOf(topics.quarantine)['retention.ms']).toBe('-1');
    expect(production.topics.find(({ name }) => name === topics.quarantine)?.partitions).toBe(1);
  });

  it('are those of a named environment only', () => {
    expect(() => loadTopology('staging')).toThrow(/staging/);
  });
});

describe('the declared rights', () => {
  const { principals } = production;
  const writers = (topic: string) => Object.keys(principals).filter((name) => principals[name]?.write.includes(topic));

  it('let nobody but the relay write what the store is the truth of', () => {
    for (const topic of [topics.registry, topics.issuance, topics.revocations]) expect(writers(topic)).toEqual(['svc-relay']);
    expect(writers('chancery.siem.ocsf')).toEqual(['svc-audit']);
  });

  it('let each service write activity and quarantine', () => {
    const services = Object.keys(principals).filter((name) => name !== 'svc-relay');
    for (const topic of [topics.activity, topics.quarantine]) expect(writers(topic)).toEqual(services);
  });

  it('let the gateway read revocations alone', () => {
    expect(principals['svc-gateway']?.read).toEqual([topics.revocations]);
  });

  it('are about declared topics only', () => {
    const names = new Set(production.topics.map(({ name }) => name));
    const used = Object.values(principals).flatMap(({ read, write }) => [...read, ...write]);
    expect(used.filter((name) => !names.has(name))).toEqual([]);
  });

  it('keeps nothing compressed: a small record that grows to fill a reader is refused by the broker', () => {
    for (const environment of ['production', 'development'])
      for (const { name, config } of loadTopology(environment).topics)
        expect([name, config['compression.type']]).toEqual([name, 'uncompressed']);
  });
});
