import { type Bus, openRevocationLane, type RevocationLane, type RevocationLaneOptions } from '@chancery/eventstore';
import { type Issuing, type Log, type OperatorDeps, type Refusals, silentLog, TokenEndpointModule } from '@chancery/platform';
import { type DynamicModule, Module } from '@nestjs/common';
import { AdminController } from './admin/admin.controller.js';
import { Operations } from './admin/operations.js';
import { clientCredentials } from './grants/client-credentials/grant.js';
import { Documents } from './metadata/documents.js';
import { MetadataController } from './metadata/metadata.controller.js';
import { type Acknowledged, acknowledgements } from './revocations/acknowledgements.js';
import { FeedController } from './revocations/feed.controller.js';
import { RevocationPublisher } from './revocations/publisher.js';
import { RevocationFeed } from './revocations/revocation-feed.js';
import { RevokeController } from './revoke/revoke.controller.js';
import { Revocations } from './revoke/revocations.js';

export interface TokenOptions extends Issuing {
  readonly fanOut: FanOut;
  readonly operators: OperatorDeps;
  readonly refusals: Refusals;
  /** Of the whole authorization server, whichever service answers them. */
  readonly grantTypes: readonly string[];
}

/** What the token service is made of. */
@Module({})
export class TokenModule {
  static with(options: TokenOptions): DynamicModule {
    const { store, keys, issuer, fanOut, operators, refusals, grantTypes } = options;
    const issuing: Issuing = { store, keys, issuer };
    const now = () => store.now();
    return {
      module: TokenModule,
      imports: [TokenEndpointModule.with({ grants: [clientCredentials(issuing)], store, issuer })],
      controllers: [RevokeController, MetadataController, FeedController, AdminController],
      providers: [
        { provide: Revocations, useFactory: () => new Revocations(issuing, refusals) },
        { provide: Documents, useFactory: () => new Documents(issuing, grantTypes) },
        { provide: RevocationFeed, useFactory: () => new RevocationFeed({ ...fanOut, now }, operators) },
        { provide: Operations, useFactory: () => new Operations(issuing, operators) },
      ],
    };
  }
}

/** The revocation lane with its signatures: the feed and the topic say the same. */
export interface FanOut {
  readonly lane: RevocationLane;
  readonly publisher: RevocationPublisher;
  /** Hears how far a gateway is that asks the feed. */
  readonly acknowledge: (said: Acknowledged) => void;
}

export function openFanOut(
  options: Omit<RevocationLaneOptions, 'onEntries' | 'onHeartbeat'> & Pick<Issuing, 'keys'> & { bus: Bus; log?: Log; now(): number },
): FanOut {
  const { keys, bus, now, log = silentLog, ...laneOptions } = options;
  const publisher = new RevocationPublisher({ bus, keys, now });
  const lane = openRevocationLane({
    ...laneOptions,
    onEntries: (entries) => publisher.entries(entries),
    onHeartbeat: (beat) => publisher.heartbeat(beat),
  });
  return { lane, publisher, acknowledge: acknowledgements({ bus, now, log }) };
}
