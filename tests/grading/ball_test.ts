import assert from "node:assert/strict";
import {
  addBalls,
  type Ball,
  ballOf,
  bitLength,
  divideBalls,
  integerRoot,
  sqrtBall,
} from "@potstill/grading/math/ball.ts";
import {
  atanBall,
  cosSinBall,
  expBall,
  lnBall,
  piBall,
} from "@potstill/grading/math/elementary.ts";

const BITS = 200;
/** Function, numerator and denominator of its argument, and its value by mpmath 1.3.0. */
const GOLDEN_VALUES: readonly (readonly [string, number, number, string])[] = [
  ["pi", 0, 1, "3.1415926535897932384626433832795028841971693993751058"],
  ["exp", 1, 3, "1.395612425086089528628125319602586837597906515199406982618"],
  ["exp", -7, 2, "0.03019738342231850073978629236361984507166053224765700667134"],
  ["exp", 0, 1, "1.000000000000000000000000000000000000000000000000000000000"],
  ["exp", 5, 1, "148.4131591025766034211155800405522796234876675938789890468"],
  ["exp", 1, 1000000, "1.000001000000500000166666708333341666668055555753968278770"],
  ["ln", 2, 1, "0.6931471805599453094172321214581765680755001343602552541207"],
  ["ln", 1, 3, "-1.098612288668109691395245236922525704647490557822749451735"],
  ["ln", 1000000, 1, "13.81551055796427410410794872810618524560660893177263785620"],
  ["ln", 1000001, 1000000, "0.0000009999995000003333330833335333331666668095236845239206347887"],
  ["sqrt", 2, 1, "1.414213562373095048801688724209698078569671875376948073177"],
  ["sqrt", 1, 7, "0.3779644730092272272145165362341800608157513118689214543383"],
  ["sin", 1, 1, "0.8414709848078965066525023216302989996225630607983710656728"],
  ["sin", 22, 7, "-0.001264488930377353400360350475645932491773911391197603392517"],
  ["sin", -100, 1, "0.5063656411097587936565576104597854320650327212906573234434"],
  ["sin", 1000000, 1, "-0.3499935021712929521176524867807714690614066053287162738571"],
  ["sin", 1, 1000, "0.0009999998333333416666664682539710097001513147348086584190048"],
  ["cos", 1, 1, "0.5403023058681397174009366074429766037323104206179222276701"],
  ["cos", 11, 7, "-0.0006322445915532736545183507752145567303142029199635075036033"],
  ["cos", -1000000, 1, "0.9367521275331447869385325350749187757080978042123658797206"],
  ["atan", 1, 1, "0.7853981633974483096156608458198757210492923498437764552437"],
  ["atan", -1, 3, "-0.3217505543966421934014046143586613190207552955576561914328"],
  ["atan", 1000, 1, "1.569796327128229752564797882004830898086963765133284897396"],
  ["atan", -7, 3, "-1.165904540509813195919248762630308825546698063501877292820"],
];

/** The ball in units of 10^-49: [low, high]. */
function bounds({ m, r, e }: Ball): readonly [bigint, bigint] {
  const scale = 10n ** 49n;
  const at = (n: bigint) => e >= 0 ? (n * scale) << BigInt(e) : (n * scale) >> BigInt(-e);
  return [at(m - r) - 1n, at(m + r) + 1n];
}

function units(decimal: string): bigint {
  const [whole, fraction] = decimal.replace("-", "").split(".");
  const size = BigInt(whole + fraction.slice(0, 49).padEnd(49, "0"));
  return decimal.startsWith("-") ? -size : size;
}

Deno.test("balls hold the true values, and are narrow", () => {
  for (const [name, num, den, decimal] of GOLDEN_VALUES) {
    const x = ballOf(BigInt(num), BigInt(den), BITS);
    const ball = name === "pi"
      ? piBall(BITS)
      : name === "exp"
      ? expBall(x, BITS)
      : name === "ln"
      ? lnBall(x, BITS)
      : name === "sqrt"
      ? sqrtBall(x, BITS)
      : name === "atan"
      ? atanBall(x, BITS)
      : cosSinBall(x, BITS)[name === "cos" ? 0 : 1];
    const [low, high] = bounds(ball);
    const value = units(decimal);
    assert.ok(low <= value && value <= high, `${name}(${num}/${den})`);
    assert.ok(high - low <= 4n, `${name}(${num}/${den}) is ${high - low} wide`);
  }
});

Deno.test("a divisor that may be zero has no quotient", () => {
  const one = ballOf(1n, 1n, BITS);
  assert.equal(divideBalls(one, { m: 1n, r: 1n, e: -50 }, BITS), null);
  assert.equal(divideBalls(one, ballOf(0n, 1n, BITS), BITS), null);
});

Deno.test("whole roots are exact", () => {
  for (const n of [2, 3, 7]) {
    for (const base of [0n, 1n, 2n, 10n ** 30n + 7n]) {
      const power = base ** BigInt(n);
      assert.equal(integerRoot(power, n), base);
      if (base > 1n) assert.equal(integerRoot(power - 1n, n), base - 1n);
    }
  }
});

Deno.test("a sum is never written out to the place of a number that is far smaller", () => {
  const tiny: Ball = { m: 3n, r: 1n, e: -4_000_000_000 };
  for (const r of [1n, 5n, 1n << 60n]) {
    for (const m of [0n, 1n, -7n]) {
      for (const [a, b] of [[{ m, r, e: -190 }, tiny], [tiny, { m, r, e: -190 }]]) {
        const sum = addBalls(a, b, BITS);
        assert.ok(bitLength(sum.m) <= BITS && bitLength(sum.r) <= BITS);
        // The sum lies within what is known of it.
        const unit = BigInt(sum.e + 190 + 2 * BITS);
        assert.ok(unit >= 0n);
        const [low, high] = [(sum.m - sum.r) << unit, (sum.m + sum.r) << unit];
        const scale = BigInt(2 * BITS);
        assert.ok(low <= ((m - r) << scale) && high > ((m + r) << scale));
      }
    }
  }
  const zero: Ball = { m: 0n, r: 0n, e: 0 };
  assert.deepEqual(addBalls(zero, tiny, BITS), tiny);
  assert.deepEqual(addBalls(tiny, zero, BITS), tiny);
});
