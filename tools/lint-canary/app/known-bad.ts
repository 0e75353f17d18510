import * as a from '@chancery/domain';
import * as b from '@chancery/events';

export const forbidden = [a, b];
