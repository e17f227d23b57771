/** The parts of a Vega-Lite channel that show shares (0 to 1) in percent. */
export interface ShareAxis {
  /** Labels, also of what a screen reader says of a mark, with at most one decimal. */
  readonly axis: { readonly format: ".1~%" };
  /** A scale that is not of one point when every value is 0. */
  readonly scale: { readonly domain?: readonly [number, number] };
}

/** An axis of percent for the values drawn on it, intervals included. */
export function shareAxis(values: Iterable<number | null>): ShareAxis {
  let largest = 0;
  for (const value of values) {
    if (value !== null && Number.isFinite(value)) largest = Math.max(largest, Math.abs(value));
  }
  return { axis: { format: ".1~%" }, scale: largest === 0 ? { domain: [0, 0.1] } : {} };
}
