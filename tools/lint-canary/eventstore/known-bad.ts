import * as a from '@chancery/domain';
import * as b from '@chancery/platform';
import * as c from '@nestjs/common';

export const forbidden = [a, b, c];
