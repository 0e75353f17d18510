import * as a from '@chancery/events';
import * as b from 'pg';
import * as c from 'fastify';

export const forbidden = [a, b, c];
