import type { IncomingMessage } from 'node:http';

/** Where somebody in front leaves a body that had to be read already; the content-type parser takes it from there. */
export const doorBody: unique symbol = Symbol('body read by the door');

/** Where the door leaves the request's id. */
export const doorRequestId: unique symbol = Symbol('request id given by the door');

/** Where the door of a service leaves the network address that the public door took a request from. */
export const doorSource: unique symbol = Symbol('source told by the public door');

export type DoorRequest = IncomingMessage & { [doorBody]?: Buffer; [doorRequestId]?: string; [doorSource]?: string };
