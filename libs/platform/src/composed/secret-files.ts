/** The files of a service's folder of secrets. */
export type SecretName =
  | 'database-url'
  | 'relay-database-url'
  | 'sealing-keys.json'
  | 'service.jwk'
  | 'roll.jwk'
  | 'revocation-keys.json'
  | 'mac-keys.json'
  | 'kafka.json'
  | 'relay-kafka.json';
