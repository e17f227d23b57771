import { percent } from "./table.ts";

/**
 * The highest of a column's figures, to be set off: null when several are the highest as shown (one
 * decimal of a percent), when it is 0, or when there is but one.
 *
 * @param estimates shares from 0 to 1
 */
export function bestEstimate(estimates: readonly number[]): number | null {
  const finite = estimates.filter((estimate) => Number.isFinite(estimate));
  const highest = Math.max(...finite);
  if (finite.length < 2 || percent(highest) === percent(0)) return null;
  const isAlone = finite.filter((one) => percent(one) === percent(highest)).length === 1;
  return isAlone ? highest : null;
}
