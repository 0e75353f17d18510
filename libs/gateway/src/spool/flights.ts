import { type Bus, type BusRecord, StoreUnavailable } from '@chancery/eventstore';
import type { Unrecorded } from './spool.js';

export interface FlightsDeps {
  readonly bus: Pick<Bus, 'publish'>;
  /** Milliseconds the bus may take. */
  readonly patience: number;
  /** Where records go that the bus did not take. */
  readonly land: (records: readonly BusRecord[]) => Promise<void>;
}

type Publish = (records: readonly BusRecord[], unrecorded: Unrecorded) => Promise<void>;

/**
 * Publishes, and gives the bus so long. As soon as it fails one of those that may land, all of them land, in the order they were sent: what comes
 * after them goes there too, and may not overtake them. One that the bus takes all the same is there twice, under one id.
 * @throws what `land` throws; for `deny` StoreUnavailable; TypeError for a record that no bus takes
 */
export function flights({ bus, patience, land }: FlightsDeps): Publish {
  const aloft = new Set<() => void>();
  const landAll = (): void => {
    for (const each of aloft) each();
    aloft.clear();
  };

  return (records, unrecorded) =>
    new Promise((resolve, reject) => {
      const mayLand = unrecorded === 'spool';
      const landing = (): void => {
        clearTimeout(timer);
        land(records).then(resolve, reject);
      };
      const failed = (cause?: unknown): void => {
        if (!mayLand) {
          clearTimeout(timer);
          return reject(new StoreUnavailable('the bus did not take the records', { cause }));
        }
        // Another one's failure may have brought it down already.
        if (aloft.has(landing)) landAll();
      };
      const settled = (): void => {
        clearTimeout(timer);
        aloft.delete(landing);
      };
      const timer = setTimeout(failed, patience);
      if (mayLand) aloft.add(landing);
      publishOn(bus, records).then(
        () => resolve(settled()),
        (error: unknown) => {
          if (!(error instanceof TypeError)) return failed(error);
          settled();
          reject(error);
        },
      );
    });
}

const publishOn = async (bus: FlightsDeps['bus'], records: readonly BusRecord[]): Promise<void> => bus.publish(records);
