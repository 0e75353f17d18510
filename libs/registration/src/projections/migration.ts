import { databaseRole } from '@chancery/eventstore';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The read models of registration: lists for people. Security never reads them (design §3). */
class RegistrationLists1790000003000 implements MigrationInterface {
  readonly name = 'RegistrationLists1790000003000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create schema registration;
      create table registration.agent (
        tenant text collate "C" not null, agent_id text collate "C" not null, name text, profile text not null, status text not null,
        class text, iat_id text collate "C", lease_ends_at bigint, scope text[] not null, registered_at timestamptz not null,
        primary key (tenant, agent_id));
      create index agent_by_time on registration.agent (tenant, registered_at, agent_id);
      create index agent_by_iat on registration.agent (tenant, iat_id);
      create table registration.iat (
        tenant text collate "C" not null, iat_id text collate "C" not null, class text not null, status text not null, uses int not null,
        used int not null, expires_at bigint not null, note text, minted_by text not null, minted_at timestamptz not null,
        primary key (tenant, iat_id));
      grant usage on schema registration to ${databaseRole('registration')};
      grant select, insert, update, delete, truncate on all tables in schema registration to ${databaseRole('registration')};`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop schema registration cascade');
  }
}

/** For `migrate`, after the event store's own. */
export const registrationMigrations = [RegistrationLists1790000003000];
