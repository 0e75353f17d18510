import * as a from '@chancery/token';
import * as c from 'pg';

export const forbidden = [a, c];

export const secret = process.env['SECRET'];
