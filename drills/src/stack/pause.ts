import { setTimeout as sleep } from 'node:timers/promises';

/** How long a fault lasts is part of the fault, and no condition. */
export const lasting = (seconds: number): Promise<void> => sleep(seconds * 1_000);
