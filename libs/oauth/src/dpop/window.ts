/** How old or how early a proof may be, and how long its single use is remembered. All in seconds. */
export interface ProofWindow {
  readonly past: number;
  readonly future: number;
  /**
   * A proof is remembered until `iat + kept`. A constant of the kind of place, never of configuration: replicas and releases with
   * different windows must agree where one proof is remembered. The gateway's when absent.
   */
  readonly kept?: number;
}

/** RFC 9449 §11.1, FAPI 2.0: the authorization server's own endpoints. */
export const serverWindow = { past: 60, future: 10, kept: 70 } as const satisfies ProofWindow;

/** The widest window of a gateway's route; a route may narrow `past` and `future`. */
export const gatewayWindow = { past: 300, future: 60, kept: 360 } as const satisfies ProofWindow;

/**
 * Seconds to remember a proof beyond its `iat`.
 * @throws RangeError when the window is wider than the memory, which would let a proof in twice: a mistake in configuration
 */
export function memoryOf(window: ProofWindow): number {
  const kept = window.kept ?? gatewayWindow.kept;
  if (!(window.past >= 0 && window.future >= 0 && window.past + window.future <= kept))
    throw new RangeError(`a proof window of -${window.past}/+${window.future} s exceeds the ${kept} s proofs are remembered`);
  return kept;
}
