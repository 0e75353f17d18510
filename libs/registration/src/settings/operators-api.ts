import type { OperatorsApi } from '@chancery/domain';

export const operatorScopes = ['chancery:registry', 'chancery:revoke', 'chancery:audit', 'chancery:policy'] as const;

/** The protected resource that operators act at (design §11). */
export const operatorsApiOf = (issuer: string): OperatorsApi => ({ resource: `${issuer}/admin`, scope: operatorScopes });
