/** A namespace to warm up in, as the runner's start takes it. */
export const WARM_UP_CONFIG: string = JSON.stringify({
  imports: ["math"],
  packages: [],
  maxLogChars: 1000,
  maxOutputChars: 1000,
  recursionLimit: 1000,
  seed: 0,
  tools: [],
});
/**
 * Code of the kinds that most steps run: prints, comprehensions, functions, an error, wrong
 * syntax.
 */
export const WARM_UP: readonly string[] = [
  "import math\nx = [i * 2 for i in range(9)]\nprint(f'{sum(x)} {x[1:3]}', math.sqrt(2))\nlen(x)",
  "def f(n):\n  return n if n < 2 else f(n - 1) + f(n - 2)\nd = {'a': f(5)}\nd['a'] / 2",
  "d['b']",
  "f(",
];
