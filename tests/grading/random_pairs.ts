import {
  addRationals,
  multiplyRationals,
  type Rational,
  rational,
} from "@potstill/grading/rational.ts";
import type { Random } from "@potstill/records/random.ts";

/** Two texts whose equality is known from how they were made. */
export interface Pair {
  readonly gold: string;
  readonly prediction: string;
  readonly isEqual: boolean;
}

/** The kinds of pairs, each with its maker. */
export const KINDS: Readonly<Record<string, (random: Random, isEqual: boolean) => Pair>> = {
  rational: rationalPair,
  huge: hugePair,
  symbolic: symbolicPair,
  sum: sumPair,
  set: setPair,
  matrix: matrixPair,
};

const int = (random: Random, low: number, high: number) =>
  low + Math.floor(random.next() * (high - low + 1));
const pick = <T>(random: Random, items: readonly T[]): T => items[int(random, 0, items.length - 1)];

function shuffled<T>(random: Random, items: readonly T[]): T[] {
  const left = [...items];
  return items.map(() => left.splice(int(random, 0, left.length - 1), 1)[0]);
}

function someRational(random: Random): Rational {
  return rational(BigInt(int(random, -30, 30)), BigInt(int(random, 1, 12)));
}

const minus = ({ num, den }: Rational): Rational => ({ num: -num, den });
const inverse = ({ num, den }: Rational): Rational => rational(den, num);

/** One spelling of a fraction. */
function plain(random: Random, { num, den }: Rational): string {
  if (den === 1n) return String(num);
  const [sign, size] = num < 0n ? ["-", -num] : ["", num];
  const whole = size / den;
  return pick(random, [
    `${sign}\\frac{${size}}{${den}}`,
    `\\dfrac{${num}}{${den}}`,
    `${num}/${den}`,
    `\\frac{${num * 3n}}{${den * 3n}}`,
    ...whole > 0n ? [`${sign}${whole}\\frac{${size % den}}{${den}}`] : [],
    ...den === 2n || den === 5n || den === 4n ? [String(Number(num) / Number(den))] : [],
  ]);
}

/** A formula with a given value, `depth` operations deep. */
function withValue(random: Random, value: Rational, depth: number): string {
  if (depth === 0) return plain(random, value);
  const inner = (v: Rational) => withValue(random, v, depth - 1);
  const other = someRational(random);
  switch (int(random, 0, 5)) {
    case 0:
      return `${inner(addRationals(value, minus(other)))}+(${inner(other)})`;
    case 1:
      return `(${inner(addRationals(value, other))})-\\left(${inner(other)}\\right)`;
    case 2:
      if (other.num === 0n) return inner(value);
      return `(${inner(multiplyRationals(value, inverse(other)))}) \\cdot (${inner(other)})`;
    case 3:
      if (other.num === 0n) return inner(value);
      return `\\frac{${inner(multiplyRationals(value, other))}}{${inner(other)}}`;
    case 4: {
      const n = int(random, 2, 6);
      const factorial = [1n, 1n, 2n, 6n, 24n, 120n, 720n][n];
      return `\\frac{${inner(multiplyRationals(value, rational(factorial)))}}{${n}!}`;
    }
    default: {
      const n = int(random, 3, 9);
      const choose = rational(BigInt(n * (n - 1) / 2));
      return `\\binom{${n}}{2}\\times(${inner(multiplyRationals(value, inverse(choose)))})`;
    }
  }
}

function rationalPair(random: Random, isEqual: boolean): Pair {
  const value = someRational(random);
  const step = rational(pick(random, [1n, -1n]), pick(random, [1n, value.den, value.den * 1000n]));
  const other = isEqual ? value : addRationals(value, step);
  return {
    gold: withValue(random, value, int(random, 0, 2)),
    prediction: withValue(random, other, int(random, 0, 3)),
    isEqual,
  };
}

/** Powers far beyond a double's precision or range. */
function hugePair(random: Random, isEqual: boolean): Pair {
  const base = pick(random, [2, 3, 5, 6, 7, 10, 12]);
  const [a, b] = [int(random, 30, 900), int(random, 5, 60)];
  const off = isEqual ? 0 : pick(random, [1, -1]);
  const [gold, prediction] = pick(random, [
    [`${base}^{${a + b}}`, `${base}^{${a}}\\cdot ${base}^{${b + off}}`],
    [`\\frac{1}{${base}^{${a}}}`, `${base}^{${off - a}}`],
    [`${base}^{${a}}`, `${base}^{${a}}${off === 0 ? "" : off > 0 ? "+1" : "-1"}`],
    [`1-${base}^{-${a}}`, off === 0 ? `\\frac{${base}^{${a}}-1}{${base}^{${a}}}` : "1"],
    [`\\sqrt{${base}^{${2 * a}}}`, `${base}^{${a + off}}`],
    [
      `\\sqrt{2}\\cdot ${base}^{-${a}}`,
      `\\frac{\\sqrt{${off === 0 ? 8 : 7}}}{2\\cdot ${base}^{${a}}}`,
    ],
    [`\\frac{${b}!}{${b - 1}!\\cdot ${base}^{${a}}}`, `\\frac{${b + off}}{${base}^{${a}}}`],
    [`e^{-${a}}`, `\\frac{1}{e^{${a + off}}}`],
    [`\\log_{${base}} ${base}^{${a}}`, `${a + off}`],
  ]);
  return { gold, prediction, isEqual };
}

const NAMES = ["x", "y", "a", "n", "t"];

/** A polynomial in two symbols as coefficients by exponents. */
type Polynomial = Map<string, number>;

function somePolynomial(random: Random): Polynomial {
  const terms = Array.from({ length: int(random, 1, 3) }, () =>
    [
      `${int(random, 0, 2)},${int(random, 0, 2)}`,
      pick(random, [-5, -3, -2, -1, 1, 2, 3, 4, 7]),
    ] as const);
  return new Map(terms);
}

function times(a: Polynomial, b: Polynomial): Polynomial {
  const product: Polynomial = new Map();
  for (const [p, c] of a) {
    for (const [q, d] of b) {
      const [[i, j], [k, l]] = [p, q].map((e) => e.split(",").map(Number));
      const key = `${i + k},${j + l}`;
      product.set(key, (product.get(key) ?? 0) + c * d);
    }
  }
  return product;
}

function written(random: Random, polynomial: Polynomial, [u, v]: readonly string[]): string {
  const isPython = random.next() < 0.3;
  const power = (name: string, exponent: number) =>
    exponent === 0 ? [] : [
      exponent === 1
        ? name
        : `${name}${isPython ? "**" : "^"}${isPython ? exponent : `{${exponent}}`}`,
    ];
  const terms = shuffled(random, [...polynomial].filter(([, c]) => c !== 0)).map(([key, c]) => {
    const [i, j] = key.split(",").map(Number);
    const factors = [...power(u, i), ...power(v, j)];
    const isBare = Math.abs(c) === 1 && factors.length > 0;
    const parts = [...isBare ? [] : [String(Math.abs(c))], ...factors];
    return `${c < 0 ? "-" : "+"}${parts.join(isPython ? "*" : pick(random, ["", " ", "\\cdot "]))}`;
  });
  return terms.length === 0 ? "0" : terms.join("").replace(/^\+/, "");
}

/** Another polynomial that looks much the same. */
function altered(random: Random, polynomial: Polynomial): Polynomial {
  const entries = [...polynomial].filter(([, c]) => c !== 0);
  if (entries.length === 0) return new Map([["0,0", 1]]);
  const [key, c] = pick(random, entries);
  const copy = new Map(entries);
  const [i, j] = key.split(",").map(Number);
  const moved = `${i + 1},${j}`;
  if (random.next() < 0.5 || copy.has(moved)) copy.set(key, c + pick(random, [1, -1]));
  else {
    copy.delete(key);
    copy.set(moved, c);
  }
  return copy;
}

const WRAPPINGS: readonly ((inner: string) => string)[] = [
  (inner) => inner,
  (inner) => `\\sqrt{(${inner})^2+1}`,
  (inner) => `e^{${inner}}`,
  (inner) => `\\sin\\left(${inner}\\right)+2`,
  (inner) => `\\frac{3}{(${inner})^2+2}`,
  (inner) => `|${inner}|`,
  (inner) => `(${inner})\\pi`,
];

function symbolicPair(random: Random, isEqual: boolean): Pair {
  const names = shuffled(random, NAMES).slice(0, 2);
  const [a, b] = [somePolynomial(random), somePolynomial(random)];
  const product = times(a, b);
  const wrap = pick(random, WRAPPINGS);
  let other = isEqual ? product : altered(random, product);
  if (!isEqual && wrap("0") === "|0|" && isOpposite(product, other)) other = new Map([["9,9", 1]]);
  return {
    gold: wrap(`(${written(random, a, names)})(${written(random, b, names)})`),
    prediction: wrap(written(random, other, names)),
    isEqual,
  };
}

function isOpposite(a: Polynomial, b: Polynomial): boolean {
  return [...new Set([...a.keys(), ...b.keys()])].every((k) =>
    (a.get(k) ?? 0) === -(b.get(k) ?? 0)
  );
}

/** A telescoping sum: its terms are F(k) - F(k - 1), multiplied out. */
function sumPair(random: Random, isEqual: boolean): Pair {
  const [p, q, r] = [int(random, 1, 4), int(random, -3, 3), int(random, -4, 4)];
  const k = pick(random, ["k", "i", "j"]);
  // F(n) = p n^3 + q n^2 + r n
  const body = `${3 * p}${k}^2+(${2 * q - 3 * p})${k}+(${p - q + r})`;
  const from = int(random, 1, 3);
  const before = from - 1;
  const start = p * before ** 3 + q * before ** 2 + r * before;
  const off = isEqual ? 0 : pick(random, [1, -1]);
  const top = random.next() < 0.5 ? "n" : String(int(random, 4, 30));
  const closed = random.next() < 0.5 || isEqual
    ? `${p}${top === "n" ? "n" : `\\cdot ${top}`}^3+(${q})\\cdot ${top}^2+(${r})\\cdot ${top}-(${
      start + off
    })`
    : `${p + off}\\cdot ${top}^3+(${q})\\cdot ${top}^2+(${r})\\cdot ${top}-(${start})`;
  return {
    gold: `\\sum_{${k}=${from}}^{${top}} \\left(${body}\\right)`,
    prediction: closed.replaceAll(/(\d+)\^(\d)/g, "{$1}^{$2}"),
    isEqual,
  };
}

function distinctRationals(random: Random, count: number): Rational[] {
  const found = new Map<string, Rational>();
  while (found.size < count) {
    const value = someRational(random);
    found.set(`${value.num}/${value.den}`, value);
  }
  return [...found.values()];
}

function setPair(random: Random, isEqual: boolean): Pair {
  const values = distinctRationals(random, int(random, 2, 5));
  let members = shuffled(random, values);
  if (isEqual) {
    if (random.next() < 0.3) members.push(pick(random, values));
  } else if (random.next() < 0.5) members = members.slice(1);
  else {
    const fresh = addRationals(members[0], rational(1n, 13n));
    members = [fresh, ...members.slice(1)];
  }
  const text = (list: readonly Rational[]) => list.map((value) => plain(random, value)).join(", ");
  const isSet = random.next() < 0.5;
  return {
    gold: isSet ? `\\{${text(values)}\\}` : text(values),
    prediction: random.next() < 0.5 ? `\\left\\{${text(members)}\\right\\}` : text(members),
    isEqual,
  };
}

function matrixPair(random: Random, isEqual: boolean): Pair {
  const [height, width] = [int(random, 2, 3), int(random, 2, 3)];
  const rows = Array.from(
    { length: height },
    () => Array.from({ length: width }, () => someRational(random)),
  );
  const other = rows.map((row) => [...row]);
  if (!isEqual) {
    const [i, j] = [int(random, 0, height - 1), int(random, 0, width - 1)];
    other[i][j] = addRationals(other[i][j], rational(pick(random, [1n, -1n]), 6n));
  }
  const factor = rational(BigInt(pick(random, [2, 3, -4])), 5n);
  const isScaled = random.next() < 0.4;
  const kind = pick(random, ["pmatrix", "bmatrix"]);
  const shown = isScaled
    ? other.map((row) => row.map((cell) => multiplyRationals(cell, inverse(factor))))
    : other;
  const latex = (list: readonly (readonly Rational[])[]) =>
    list.map((row) => row.map((cell) => plain(random, cell)).join(" & ")).join(" \\\\ ");
  const python = shown.map((row) =>
    `[${row.map((c) => `Rational(${c.num}, ${c.den})`).join(", ")}]`
  );
  return {
    gold: `\\begin{pmatrix} ${latex(rows)} \\end{pmatrix}`,
    prediction: isScaled
      ? `\\frac{${factor.num}}{${factor.den}}\\begin{${kind}} ${latex(shown)} \\end{${kind}}`
      : random.next() < 0.3
      ? `Matrix([${python.join(", ")}])`
      : `\\begin{${kind}}${latex(shown)}\\end{${kind}}`,
    isEqual,
  };
}
