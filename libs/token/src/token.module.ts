import { type OperatorDeps, type Refusals, type RemoteKeys, TokenEndpointModule } from '@chancery/platform';
import { type DynamicModule, Module } from '@nestjs/common';
import { AdminController } from './admin/admin.controller.js';
import { type KeyedIssuing, Operations } from './admin/operations.js';
import { clientCredentials } from './grants/client-credentials/grant.js';
import { Documents } from './metadata/documents.js';
import { MetadataController } from './metadata/metadata.controller.js';
import { Proofs } from './proofs/proofs.js';
import { ProofsController } from './proofs/proofs.controller.js';
import type { FanOut } from './revocations/fan-out.js';
import { FeedController } from './revocations/feed.controller.js';
import { RevocationFeed } from './revocations/revocation-feed.js';
import { RevokeController } from './revoke/revoke.controller.js';
import { Revocations } from './revoke/revocations.js';

export interface TokenOptions extends KeyedIssuing {
  readonly fanOut: FanOut;
  readonly operators: OperatorDeps;
  readonly remoteKeys: RemoteKeys;
  readonly refusals: Refusals;
  /** Of the whole authorization server, whichever service answers them. */
  readonly grantTypes: readonly string[];
}

/** What the token service is made of. */
@Module({})
export class TokenModule {
  static with(options: TokenOptions): DynamicModule {
    const { store, keys, issuer, fanOut, operators, refusals, remoteKeys, grantTypes } = options;
    const issuing: KeyedIssuing = { store, keys, issuer };
    const now = () => store.now();
    return {
      module: TokenModule,
      imports: [TokenEndpointModule.with({ grants: [clientCredentials(issuing)], store, issuer, remoteKeys })],
      controllers: [RevokeController, MetadataController, FeedController, ProofsController, AdminController],
      providers: [
        { provide: Revocations, useFactory: () => new Revocations({ ...issuing, remoteKeys }, refusals) },
        { provide: Documents, useFactory: () => new Documents(issuing, grantTypes) },
        { provide: RevocationFeed, useFactory: () => new RevocationFeed({ ...fanOut, now }, operators) },
        { provide: Proofs, useFactory: () => new Proofs(store, operators) },
        { provide: Operations, useFactory: () => new Operations(issuing, operators) },
      ],
    };
  }
}
