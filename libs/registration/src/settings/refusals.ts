import type { ConfigRefusal } from '@chancery/domain';
import type { RefusalTable } from '@chancery/platform';

export const configRefusals = {
  resource_unknown: ['invalid_request', 'audiences has one that is no registered resource'],
  scope_unknown: ['invalid_request', 'scope has one that no audience of the class knows'],
  default_scope_exceeds: ['invalid_request', 'default_scope has one that is not in scope'],
  scope_exceeds_operator: ['insufficient_scope', "a class gives no scope of the operators' API that the token of its definer lacks"],
  resource_not_canonical: ['invalid_request', 'resource is not in its canonical spelling: lower case, no default port, no lone slash'],
  admin_scope_needed: ['invalid_request', "the operators' API keeps every scope it was made with"],
} as const satisfies RefusalTable<ConfigRefusal>;
