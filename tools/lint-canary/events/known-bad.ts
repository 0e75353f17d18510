import * as a from '@chancery/domain';
import * as b from 'jose';
import * as c from 'node:crypto';

export const forbidden = [a, b, c];
