export { GatewayModule } from './gateway.module.js';
export { Gateway, openGateway } from './gateway.js';
export type { GatewayOptions } from './options.js';
export type { AlarmReason } from './revocations/alarm.js';
export { type FeedAsk, type FeedPage, type HttpFeed, httpFeed, type RevocationFeed } from './revocations/feed.js';
export { httpJwks } from './keys/http-jwks.js';
export { adminRoute } from './routes/admin.js';
export { demoRoute } from './routes/demo.js';
export type { Budgets, Operation, Route, Upstream } from './routes/route.js';
