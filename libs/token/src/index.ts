export { type FanOut, type FanOutOptions, openFanOut } from './revocations/fan-out.js';
export { TokenModule, type TokenOptions } from './token.module.js';
