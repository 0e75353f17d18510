import { databaseRole, serviceRoles } from './roles.js';

const everyone = serviceRoles.map(databaseRole).join(', ');

/** Row policies narrow the updates to a role's own rows; nobody deletes. */
export const readersMay = `
  grant usage on schema es, bus to ${everyone};
  grant select, insert on es.checkpoint, es.leader, bus.activity, bus.quarantine, bus.consumer_offset to ${everyone};
  grant update (epoch, tx, position) on es.checkpoint, bus.consumer_offset to ${everyone};
  grant update (generation) on es.leader to ${everyone};
  grant update (state, cause) on bus.quarantine to ${everyone};
  grant execute on function es.prune_revocations to chancery_relay;
`;
