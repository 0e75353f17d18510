import { type Issuing, type RemoteKeys, TokenEndpointModule } from '@chancery/platform';
import { type DynamicModule, Module } from '@nestjs/common';
import { tokenExchange } from './grants/token-exchange/grant.js';

export interface ExchangeOptions extends Issuing {
  readonly remoteKeys: RemoteKeys;
}

/** What the exchange service is made of. */
@Module({})
export class ExchangeModule {
  static with({ store, keys, issuer, remoteKeys }: ExchangeOptions): DynamicModule {
    const issuing: Issuing = { store, keys, issuer };
    return {
      module: ExchangeModule,
      imports: [TokenEndpointModule.with({ grants: [tokenExchange(issuing)], store, issuer, remoteKeys })],
    };
  }
}
