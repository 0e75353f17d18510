/** What came of looking. */
export type Verdict =
  | {
      readonly verified: true;
      readonly from: number;
      readonly to: number;
      /** Entries of the roll at the newest checkpoint that was looked at. */
      readonly size: number;
      readonly checkpoints: number;
    }
  | {
      readonly verified: false;
      /** The first entry that is not proven: missing, changed, moved, or under no checkpoint of a known key. */
      readonly position: number;
      readonly reason: string;
    };
