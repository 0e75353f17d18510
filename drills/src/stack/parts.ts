export const services = ['registration', 'token', 'exchange', 'audit', 'gateway'] as const;
export type Service = (typeof services)[number];

export const parts = [...services, 'kafka'] as const;
export type Part = (typeof parts)[number];
