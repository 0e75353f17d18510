import * as a from '@chancery/domain';
import * as b from '@chancery/eventstore/embedded';

export const forbidden = [a, b];
