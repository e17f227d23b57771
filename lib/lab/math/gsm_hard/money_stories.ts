import { type MathKind, sized } from "../math_kind.ts";
import { rational } from "../../../grading/rational.ts";
import { STORY_PLANS, STORY_THOUGHTS } from "../story_phrases.ts";

/** An estate shared out, less a fee. */
export const inheritance: MathKind = {
  name: "hard-inheritance",
  level: "4",
  templates: [
    "An estate is worth {t} dollars. A museum gets {c} dollars and {k} heirs share the rest equally. Each heir pays {b} dollars of tax. How many dollars does an heir keep?",
    "A film makes {t} dollars. The studio takes {c} dollars, the rest is split equally among {k} actors, and each actor gives {b} dollars to an agent. How many dollars does an actor keep?",
  ],
  draw(random) {
    const [k, share, c] = [random.integer(2, 9), sized(random, 5, 7), sized(random, 4, 7)];
    return { t: k * share + c, c, k, b: random.integer(1000, share - 1) };
  },
  solve: ({ t, c, k, b }) => (t - c) % k === 0n ? rational((t - c) / k - b) : null,
  thoughts: STORY_THOUGHTS,
  programs: ({ t, c, k, b }) => [
    `left = ${t} - ${c}\nshare = left // ${k}\nprint(share - ${b})`,
  ],
  plans: STORY_PLANS,
  work: ({ t, c, k, b }, s) => rational(s.subtract(s.divide(s.subtract(t, c), k), b)),
};

/** Tickets of an airline, some refunded. */
export const airline: MathKind = {
  name: "hard-airline",
  level: "3",
  templates: [
    "Each of the {k} planes of an airline carries {a} passengers a year. Of all passengers, {b} get a refund and the others pay {p} dollars. How many dollars does the airline receive?",
    "A toll road has {k} gates, and {a} cars use each gate in a year. {b} of the cars go free, all others pay {p} dollars. How many dollars are collected?",
  ],
  draw(random) {
    const [k, a] = [random.integer(2, 9), sized(random, 5, 7)];
    return { k, a, b: random.integer(1000, a), p: random.integer(2, 99) };
  },
  solve: ({ k, a, b, p }) => rational((k * a - b) * p),
  thoughts: STORY_THOUGHTS,
  programs: ({ k, a, b, p }) => [
    `total = ${k} * ${a}\nleft = total - ${b}\nprint(left * ${p})`,
  ],
  plans: STORY_PLANS,
  work: ({ k, a, b, p }, s) => rational(s.multiply(s.subtract(s.multiply(k, a), b), p)),
};

/** Seats at two prices. */
export const stadium: MathKind = {
  name: "hard-stadium",
  level: "4",
  templates: [
    "A festival sells {t} tickets. {b} of them cost {p} dollars each and all others cost {q} dollars each. How many dollars does it take in?",
    "A power plant delivers {t} units of energy. It is paid {p} dollars a unit for {b} units and {q} dollars a unit for the rest. How many dollars is it paid?",
  ],
  draw(random) {
    const t = sized(random, 5, 8);
    const [p, q] = [random.integer(2, 9), random.integer(2, 9)];
    return p === q ? null : { t, b: random.integer(1000, t - 1), p, q };
  },
  solve: ({ t, b, p, q }) => rational(b * p + (t - b) * q),
  thoughts: STORY_THOUGHTS,
  programs: ({ t, b, p, q }) => [
    `first = ${b} * ${p}\nsecond = (${t} - ${b}) * ${q}\nprint(first + second)`,
  ],
  plans: STORY_PLANS,
  work: ({ t, b, p, q }, s) => rational(s.sum(s.multiply(b, p), s.multiply(s.subtract(t, b), q))),
};

/** Donations, a cost, and a sponsor who doubles the rest. */
export const donations: MathKind = {
  name: "hard-donations",
  level: "3",
  templates: [
    "A charity has {a} donors who give {p} dollars each. It spends {c} dollars on a hospital. A sponsor then doubles what is left. How many dollars does the charity have?",
    "{a} investors pay {p} dollars each into a fund. The fund loses {c} dollars and then doubles in value. How many dollars is it worth?",
  ],
  draw(random) {
    const [a, p] = [sized(random, 5, 7), random.integer(3, 99)];
    return { a, p, c: random.integer(10_000, a * p - 1) };
  },
  solve: ({ a, p, c }) => rational((a * p - c) * 2n),
  thoughts: STORY_THOUGHTS,
  programs: ({ a, p, c }) => [
    `total = ${a} * ${p}\nleft = total - ${c}\nprint(left * 2)`,
  ],
  plans: STORY_PLANS,
  work: ({ a, p, c }, s) => rational(s.multiply(s.subtract(s.multiply(a, p), c), 2n)),
};

/** Turnover over three years. */
export const turnover: MathKind = {
  name: "hard-turnover",
  level: "4",
  templates: [
    "A company sold goods for {a} dollars in its first year and for {b} dollars more in its second year. In its third year it sold {k} times as much as in the second. How many dollars is that in three years?",
    "A mine produced {a} tonnes in spring, {b} tonnes more than that in summer, and in autumn {k} times as much as in summer. How many tonnes did it produce in the three seasons?",
  ],
  draw: (random) => ({ a: sized(random, 5, 8), b: sized(random, 4, 7), k: random.integer(2, 9) }),
  solve: ({ a, b, k }) => rational(a + (a + b) * (k + 1n)),
  thoughts: STORY_THOUGHTS,
  programs: ({ a, b, k }) => [
    `first = ${a}\nsecond = first + ${b}\nthird = second * ${k}\nprint(first + second + third)`,
  ],
  plans: STORY_PLANS,
  work({ a, b, k }, s) {
    const second = s.sum(a, b);
    return rational(s.sum(a, second, s.multiply(second, k)));
  },
};

/** A raise in the middle of a contract. */
export const salary: MathKind = {
  name: "hard-salary",
  level: "4",
  templates: [
    "{name} is paid {a} dollars a month for {d} months. After a raise of {b} dollars a month, {name} stays for {e} more months. How many dollars is {name} paid in all?",
    "A flat costs {a} dollars of rent a year for {d} years. Then the rent goes up by {b} dollars a year and stays so for {e} years. How many dollars of rent is that altogether?",
  ],
  draw: (random) => ({
    a: sized(random, 5, 6),
    b: sized(random, 4, 5),
    d: random.integer(2, 9),
    e: random.integer(2, 9),
  }),
  solve: ({ a, b, d, e }) => rational(a * (d + e) + b * e),
  thoughts: STORY_THOUGHTS,
  programs: ({ a, b, d, e }) => [
    `first = ${a} * ${d}\nsecond = (${a} + ${b}) * ${e}\nprint(first + second)`,
  ],
  plans: STORY_PLANS,
  work: ({ a, b, d, e }, s) => rational(s.sum(s.multiply(a, d), s.multiply(s.sum(a, b), e))),
};

/** Votes for two candidates. */
export const election: MathKind = {
  name: "hard-election",
  level: "4",
  templates: [
    "In an election {t} people vote for one of two candidates. The winner gets {c} votes more than the loser. How many votes does the loser get?",
    "Two newspapers print {t} copies together, and one of them prints {c} copies more than the other. How many copies does the smaller one print?",
  ],
  draw(random) {
    const [less, c] = [sized(random, 5, 8), sized(random, 4, 7)];
    return { t: 2 * less + c, c };
  },
  solve: ({ t, c }) => (t - c) % 2n === 0n ? rational((t - c) / 2n) : null,
  thoughts: STORY_THOUGHTS,
  programs: ({ t, c }) => [`left = ${t} - ${c}\nprint(left // 2)`],
  plans: STORY_PLANS,
  work: ({ t, c }, s) => rational(s.divide(s.subtract(t, c), 2n)),
};

/** Value of the last day, given the average and the sum of the other days. */
export const lastDay: MathKind = {
  name: "hard-last-day",
  level: "3",
  templates: [
    "A fair counts {m} visitors a day on average over {k} days. On all days but the last it counts {t} visitors together. How many visitors come on the last day?",
    "A website is read {m} times a day on average during {k} days. Without the last day it is read {t} times in all. How often is it read on the last day?",
  ],
  draw(random) {
    const [m, k] = [sized(random, 5, 7), random.integer(3, 9)];
    const last = sized(random, 4, 5);
    return last >= m * k ? null : { m, k, t: m * k - last };
  },
  solve: ({ m, k, t }) => rational(m * k - t),
  thoughts: STORY_THOUGHTS,
  programs: ({ m, k, t }) => [`total = ${m} * ${k}\nprint(total - ${t})`],
  plans: STORY_PLANS,
  work: ({ m, k, t }, s) => rational(s.subtract(s.multiply(m, k), t)),
};
