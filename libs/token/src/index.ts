export { type FanOut, openFanOut, TokenModule, type TokenOptions } from './token.module.js';
