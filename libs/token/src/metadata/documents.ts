import { authorizationServerMetadata, jwksDocument } from '@chancery/oauth';
import { type Issuing, readConfig } from '@chancery/platform';

/** Made from what is switched on and registered, so that nothing off is named and nothing named is off (META-04). */
export class Documents {
  constructor(
    private readonly deps: Issuing,
    /** Of the whole authorization server, whichever service answers them. */
    private readonly grantTypes: readonly string[],
  ) {}

  async server(): Promise<Record<string, unknown>> {
    const { state } = await readConfig(this.deps.store, 'fresh');
    const resources = Object.values(state.resources);
    return authorizationServerMetadata({
      issuer: this.deps.issuer,
      endpoints: ['register', 'revoke'],
      grantTypes: this.grantTypes,
      authMethods: ['private_key_jwt', 'client_secret_basic'],
      scopes: [...new Set(resources.flatMap(({ scope }) => scope))],
      protectedResources: resources.map(({ resource }) => resource),
    });
  }

  jwks(): Record<string, unknown> {
    return jwksDocument(this.deps.keys.published('access-token').map(({ jwk }) => jwk));
  }
}
