/** The database roles of design §4, "Streams and roles". They belong to the whole cluster; everything else here to one database. */
export const serviceRoles = ['registration', 'token', 'exchange', 'audit', 'relay'] as const;

export type ServiceRole = (typeof serviceRoles)[number];

export const databaseRole = (role: ServiceRole) => `chancery_${role}`;

/** Another database of the cluster may make the same role at the same moment. */
const createRole = (role: string) => `
  do $$ begin
    create role ${role} login;
  exception when duplicate_object or unique_violation then null;
  end $$;
`;

/**
 * Limits of a session. A stuck holder of a stripe stops that stripe, so waits are short; the longest statement must end before a
 * bucket of the ring can be truncated. Set for this database: the role may serve others differently.
 */
const limits = (role: string) => `
  do $$ begin
    execute format('alter role ${role} in database %I set statement_timeout = ''10s''', current_database());
    execute format('alter role ${role} in database %I set lock_timeout = ''5s''', current_database());
    execute format('alter role ${role} in database %I set idle_in_transaction_session_timeout = ''10s''', current_database());
  end $$;
`;

export const createRoles = serviceRoles.map((role) => createRole(databaseRole(role)) + limits(databaseRole(role))).join('');

const everyone = serviceRoles.map(databaseRole).join(', ');

/** Everything a role may do in the store. Nobody may update or delete; nobody reads a reservation. */
export const grants = `
  revoke all on schema es from public;
  revoke all on all functions in schema es from public;
  grant usage on schema es to ${everyone};
  grant select on es.event, es.revocation, es.meta to ${everyone};
  grant execute on function es.now to ${everyone};
  grant execute on function es.append_registration to chancery_registration;
  grant execute on function es.append_token to chancery_token;
  grant execute on function es.append_exchange to chancery_exchange;
  grant execute on function es.ensure_partitions, es.truncate_ring to chancery_relay;
`;
