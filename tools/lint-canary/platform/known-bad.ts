import * as a from '@chancery/registration';
import * as c from 'pg';

export const forbidden = [a, c];
