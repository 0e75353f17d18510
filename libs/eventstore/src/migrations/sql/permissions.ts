import { typesOf, type Category, type RevocationKind } from '@chancery/events';
import type { Permission } from './append.js';
import type { ServiceRole } from './roles.js';

/** The services that append. */
export type WritingRole = Extract<ServiceRole, 'registration' | 'token' | 'exchange'>;

const of = (...categories: Category[]) => categories.flatMap((category) => typesOf(category));
const kinds = (...revokes: RevocationKind[]) => revokes;

/** Design §4, "Streams and roles": whose password is stolen can write no more than this. */
export const permissions: Record<WritingRole, Permission> = {
  registration: {
    types: of('agent', 'instance', 'iat', 'config', 'operator'),
    revokes: kinds('agent', 'instance', 'iat', 'software', 'issuer'),
  },
  token: { types: of('grant', 'user', 'key'), revokes: kinds('grant', 'instance', 'user', 'key') },
  exchange: { types: ['grant.token-exchanged'], revokes: [] },
};
