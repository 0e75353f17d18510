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

/** Who is under which class; a projection of its own, so that lists can be made anew without it. */
class ClassMembers1790000003500 implements MigrationInterface {
  readonly name = 'ClassMembers1790000003500';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table registration.class_member (
        tenant text collate "C" not null, agent_id text collate "C" not null, class text not null, iat_id text collate "C", admission bigint,
        ends_at bigint, ended boolean not null, departed boolean not null, primary key (tenant, agent_id));
      create index class_member_leaving on registration.class_member (tenant, class, ends_at) where not departed;
      create index class_member_uncounted on registration.class_member (tenant, class) where admission is null;
      create index class_member_by_iat on registration.class_member (tenant, iat_id);
      grant select, insert, update, delete, truncate on registration.class_member to ${databaseRole('registration')};`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table registration.class_member');
  }
}

/** When to look at an agent's lease next. The list is made anew under another name, for what it holds does not say that. */
class AgentLeases1790000004000 implements MigrationInterface {
  readonly name = 'AgentLeases1790000004000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      truncate registration.agent;
      alter table registration.agent add column grace_ends_at bigint, add column due_at bigint;
      create index agent_by_due on registration.agent (tenant, due_at, agent_id)
        where due_at is not null and status not in ('revoked', 'deleted');`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table registration.agent drop column grace_ends_at, drop column due_at');
  }
}

/** For `migrate`, after the event store's own. */
export const registrationMigrations = [RegistrationLists1790000003000, ClassMembers1790000003500, AgentLeases1790000004000];
