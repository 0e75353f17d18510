import { type AdminApi, adminScopesIn } from '../admin.js';
import type { Instant } from '../instant.js';

/** Members of a class as the API takes and shows them. */
export type Definition = Readonly<Record<string, unknown>>;

export interface Change {
  readonly member: string;
  readonly from?: unknown;
  readonly to?: unknown;
}

export interface ShownClass {
  readonly class: string;
  readonly version: number;
  readonly defined_at: Instant;
  readonly defined_by: string;
  readonly definition: Definition;
}

export interface Version {
  readonly version: number;
  readonly defined_at: Instant;
  readonly defined_by: string;
  readonly changes: readonly Change[];
}

/** What a definition would change; `version` is the one it would follow, 0 for a class that is not there. */
export interface Preview {
  readonly class: string;
  readonly version: number;
  readonly changes: readonly Change[];
}

const unknown = 'there is no such class; `npx chancery class list` lists them';
const pathOf = (name: string): string => `/classes/${encodeURIComponent(name)}`;

export const readClasses = (admin: AdminApi): Promise<{ classes: readonly Pick<ShownClass, 'class' | 'definition'>[] }> =>
  admin.call({ act: 'list the classes', scope: 'chancery:registry', method: 'GET', path: '/classes' });

export const readClass = (admin: AdminApi, name: string): Promise<ShownClass> =>
  admin.call({ act: `show class ${name}`, unknown, scope: 'chancery:registry', method: 'GET', path: pathOf(name) });

export const readVersions = (admin: AdminApi, name: string): Promise<{ class: string; versions: readonly Version[] }> =>
  admin.call({ act: `show class ${name}`, unknown, scope: 'chancery:registry', method: 'GET', path: `${pathOf(name)}/versions` });

export const previewClass = (admin: AdminApi, name: string, definition: Definition): Promise<Preview> =>
  admin.call({
    act: `define class ${name}`,
    scope: definersScope(definition),
    method: 'POST',
    path: `${pathOf(name)}/diff`,
    body: definition,
  });

export const defineClass = (admin: AdminApi, name: string, definition: Definition): Promise<{ at?: string; position?: string }> =>
  admin.call({ act: `define class ${name}`, scope: definersScope(definition), method: 'PUT', path: pathOf(name), body: definition });

/** Nobody gives more of the operators' API than his own token holds. */
const definersScope = ({ scope }: Definition) => [
  'chancery:policy' as const,
  ...adminScopesIn(Array.isArray(scope) ? scope.map(String) : []),
];
