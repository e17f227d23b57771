import { binomial } from "../integers.ts";
import type { MathKind } from "../math_kind.ts";
import { rational } from "../../../grading/rational.ts";

/** The number of ways to choose some of many. */
export const choose: MathKind = {
  name: "choose",
  level: "3",
  templates: [
    "In how many ways can a committee of {k} people be chosen from {a} people?",
    "Compute $\\binom{{a}}{{k}}$.",
    "How many subsets with {k} elements does a set with {a} elements have?",
    "{name} picks {k} of {a} {thing}. How many different selections are possible if order does not matter?",
    "How many ways are there to select {k} cards from {a} different cards, in any order?",
    "A club with {a} members sends {k} of them to a meeting. How many groups are possible?",
  ],
  phrase: "the number of ways to choose {k} of {a} people",
  draw: (random) => ({ a: random.integer(10, 99), k: random.integer(2, 6) }),
  solve: ({ a, k }) => rational(binomial(a, k)),
  thoughts: ["I use math.comb.", "Order does not matter."],
  programs: ({ a, k }) => [`print(math.comb(${a}, ${k}))`],
  plans: ["I use the binomial coefficient.", "Order does not matter, so I choose."],
  work({ a, k }, scribe) {
    let value = a;
    for (let i = 2n; i <= k; i++) {
      value = scribe.divide(scribe.multiply(value, a - i + 1n), i);
    }
    return rational(value);
  },
};

/** The number of ordered selections. */
export const arrange: MathKind = {
  name: "arrange",
  level: "3",
  templates: [
    "In how many ways can the first {k} places of a race with {a} runners be taken?",
    "How many ways are there to fill {k} different offices from {a} people, one person to each?",
    "{name} lines up {k} of {a} different {thing} in a row. How many rows are possible?",
    "How many words of {k} different letters can be formed from an alphabet of {a} letters?",
    "From {a} songs, a list of {k} different songs is made, in order. How many lists are possible?",
    "How many injective functions are there from a set with {k} elements to a set with {a} elements?",
  ],
  phrase: "the number of ordered lists of {k} of {a} people",
  draw: (random) => ({ a: random.integer(10, 200), k: random.integer(2, 5) }),
  solve({ a, k }) {
    let count = 1n;
    for (let i = 0n; i < k; i++) count *= a - i;
    return rational(count);
  },
  thoughts: ["I use math.perm.", "Order matters."],
  programs: ({ a, k }) => [`print(math.perm(${a}, ${k}))`],
  plans: ["Order matters, so I multiply the choices for each place."],
  work({ a, k }, scribe) {
    let value = a;
    for (let i = 1n; i < k; i++) value = scribe.multiply(value, a - i);
    return rational(value);
  },
};

/** A choice from each of two groups. */
export const chooseFromTwo: MathKind = {
  name: "choose-two-groups",
  level: "4",
  templates: [
    "A team of {j} women and {k} men is chosen from {a} women and {b} men. How many teams are possible?",
    "How many ways are there to choose {j} of {a} apples and {k} of {b} pears, all different?",
    "An exam has {a} questions in part A and {b} in part B. {j} of part A and {k} of part B must be answered. In how many ways can they be chosen?",
    "From {a} red and {b} blue cards, all different, {name} draws {j} red and {k} blue ones. How many hands are possible?",
    "A jury takes {j} of {a} teachers and {k} of {b} doctors. How many juries can be formed?",
    "Compute $\\binom{{a}}{{j}} \\cdot \\binom{{b}}{{k}}$.",
  ],
  draw: (random) => ({
    a: random.integer(5, 30),
    b: random.integer(5, 30),
    j: random.integer(1, 4),
    k: random.integer(1, 4),
  }),
  solve: ({ a, b, j, k }) => rational(binomial(a, j) * binomial(b, k)),
  thoughts: ["I choose from each group.", "I multiply the two choices."],
  programs: ({ a, b, j, k }) => [`print(math.comb(${a}, ${j}) * math.comb(${b}, ${k}))`],
  plans: ["I choose from each group and multiply."],
  work({ a, b, j, k }, scribe) {
    const [first, second] = [binomial(a, j), binomial(b, k)];
    scribe.say(`C(${a}, ${j}) = ${first}\nC(${b}, ${k}) = ${second}`);
    return rational(scribe.multiply(first, second));
  },
};

/** A probability as a fraction. */
export const drawProbability: MathKind = {
  name: "probability",
  level: "4",
  templates: [
    "A bag has {a} red and {b} blue balls. Two balls are drawn at random without putting back. What is the probability that both are red, as a fraction?",
    "{a} white and {b} black socks lie in a drawer. Two are taken at random. Find the probability that both are white.",
    "A class has {a} girls and {b} boys. Two children are picked at random. What is the probability that both are girls? Give a fraction.",
    "Of {name}'s {thing}, {a} are new and {b} are old. Two are picked at random. What is the probability that both are new?",
    "A box has {a} good and {b} broken lamps. Two lamps are chosen at random. What is the probability that both are good, as a fraction?",
    "Two letters are drawn without replacement from {a} vowels and {b} consonants. Find the probability that both are vowels.",
  ],
  draw: (random) => ({ a: random.integer(3, 60), b: random.integer(2, 60) }),
  solve: ({ a, b }) => rational(binomial(a, 2n), binomial(a + b, 2n)),
  thoughts: ["I divide the good cases by all cases.", "I count good pairs and all pairs."],
  programs: ({ a, b }) => [
    `p = math.comb(${a}, 2)\nq = math.comb(${a} + ${b}, 2)\ng = math.gcd(p, q)\nprint(f"{p // g}/{q // g}")`,
  ],
  plans: ["I multiply the chances of the first and the second draw."],
  work({ a, b }, s) {
    const all = s.sum(a, b);
    return rational(s.multiply(a, a - 1n), s.multiply(all, all - 1n) || 1n);
  },
};
