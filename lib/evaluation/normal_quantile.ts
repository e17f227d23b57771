// By hand: @stdlib's quantile brings 137 packages (18 MB), and the probit of simple-statistics is right to
// three digits (1.957 for 1.960).

/**
 * The standard normal distribution's quantile at `p`, to about 1e-12, by bisection of
 * {@link normalCdf}: it is called a few times per table.
 *
 * @throws {RangeError} when `p` is not between 0 and 1
 */
export function normalQuantile(p: number): number {
  if (!(p > 0 && p < 1)) throw new RangeError(`Cannot take the normal quantile at ${p}`);
  let [low, high] = [-40, 40];
  for (let i = 0; i < 80; i++) {
    const middle = (low + high) / 2;
    if (normalCdf(middle) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** The standard normal distribution function, by its series (|x| < 6) or its asymptotic fraction. */
export function normalCdf(x: number): number {
  if (x < 0) return 1 - normalCdf(-x);
  const density = Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
  if (x < 6) {
    let term = x;
    let sum = x;
    for (let k = 1; k < 200 && term > sum * 1e-17; k++) {
      term *= (x * x) / (2 * k + 1);
      sum += term;
    }
    return 0.5 + density * sum;
  }
  let fraction = x;
  for (let k = 40; k > 0; k--) fraction = x + k / fraction;
  return 1 - density / fraction;
}
