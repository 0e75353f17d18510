import * as a from '@chancery/eventstore';
import * as b from '@nestjs/common';
import * as c from 'zod';
import * as d from 'node:crypto';

export const forbidden = [a, b, c, d];

export const when = Date;
