import { type MathKind, sized } from "../math_kind.ts";
import { rational } from "../../../grading/rational.ts";
import { STORY_PLANS, STORY_THOUGHTS } from "../story_phrases.ts";

/** Water that flows in and is drawn off. */
export const reservoir: MathKind = {
  name: "hard-reservoir",
  level: "4",
  templates: [
    "A reservoir holds {a} litres of water. Rain adds {b} litres. Then {k} villages each draw {c} litres. How many litres are left in the reservoir?",
    "After a storm brought {b} litres into a lake of {a} litres, {k} farms took {c} litres each. How many litres does the lake hold now?",
  ],
  draw(random) {
    const [a, b, k] = [sized(random, 6, 9), sized(random, 5, 8), random.integer(2, 9)];
    return { a, b, k, c: random.integer(10_000, Math.floor((a + b) / k)) };
  },
  solve: ({ a, b, k, c }) => rational(a + b - k * c),
  thoughts: STORY_THOUGHTS,
  programs: ({ a, b, k, c }) => [
    `total = ${a} + ${b}\nused = ${k} * ${c}\nprint(total - used)`,
  ],
  plans: STORY_PLANS,
  work: ({ a, b, k, c }, s) => rational(s.subtract(s.sum(a, b), s.multiply(k, c))),
};

/** Baking, selling, and packing the rest. */
export const bakery: MathKind = {
  name: "hard-bakery",
  level: "4",
  templates: [
    "A bread factory bakes {a} loaves on each of {d} days and sells {c} loaves. The rest is frozen in packs of {k}. How many packs are there?",
    "For {d} days a mill fills {a} sacks a day. Of these, {c} go to bakeries and the others are stacked on pallets of {k} sacks. How many pallets are needed?",
  ],
  draw(random) {
    const [a, d, k] = [sized(random, 5, 7), random.integer(2, 9), random.integer(2, 9)];
    const packs = random.integer(1000, Math.floor(a * d / k) - 1);
    return { a, d, k, c: a * d - packs * k };
  },
  solve: ({ a, d, k, c }) => (a * d - c) % k === 0n ? rational(a * d - c, k) : null,
  thoughts: STORY_THOUGHTS,
  programs: ({ a, d, k, c }) => [
    `total = ${a} * ${d}\nleft = total - ${c}\nprint(left // ${k})`,
  ],
  plans: STORY_PLANS,
  work: ({ a, d, k, c }, s) => rational(s.divide(s.subtract(s.multiply(a, d), c), k)),
};

/** Books that move between branches. */
export const library: MathKind = {
  name: "hard-library",
  level: "3",
  templates: [
    "A national library owns {a} books. It sends {b} books to each of its {k} branches and then buys {c} new ones. How many books are in the main building?",
    "An archive of {a} files lends {b} files to each of {k} courts and receives {c} files from a ministry. How many files does it hold then?",
  ],
  draw(random) {
    const [a, k] = [sized(random, 6, 9), random.integer(2, 9)];
    return { a, b: random.integer(1000, Math.floor(a / k)), k, c: sized(random, 4, 7) };
  },
  solve: ({ a, b, k, c }) => rational(a - b * k + c),
  thoughts: STORY_THOUGHTS,
  programs: ({ a, b, k, c }) => [
    `sent = ${b} * ${k}\nleft = ${a} - sent\nprint(left + ${c})`,
  ],
  plans: STORY_PLANS,
  work: ({ a, b, k, c }, s) => rational(s.sum(s.subtract(a, s.multiply(b, k)), c)),
};

/** A part of a cargo unloaded, and new cargo. */
export const cargo: MathKind = {
  name: "hard-cargo",
  level: "3",
  templates: [
    "A ship carries {a} kilograms of grain. In the first port 1/{k} of it is unloaded. In the second port {b} kilograms are loaded. How many kilograms does it carry then?",
    "A silo contains {a} kilograms of rice. One {k}th of the rice is sold, and a delivery of {b} kilograms arrives. How many kilograms are in the silo?",
  ],
  draw(random) {
    const k = random.integer(4, 9);
    return { a: k * sized(random, 5, 8), k, b: sized(random, 5, 8) };
  },
  solve: ({ a, k, b }) => a % k === 0n ? rational(a - a / k + b) : null,
  thoughts: STORY_THOUGHTS,
  programs: ({ a, k, b }) => [`part = ${a} // ${k}\nleft = ${a} - part\nprint(left + ${b})`],
  plans: STORY_PLANS,
  work: ({ a, k, b }, s) => rational(s.sum(s.subtract(a, s.divide(a, k)), b)),
};

/** Files of equal size, some of them deleted. */
export const server: MathKind = {
  name: "hard-server",
  level: "3",
  templates: [
    "A server stores {a} pictures of {b} kilobytes each. {c} of the pictures are deleted. How many kilobytes do the remaining pictures take?",
    "A satellite takes {a} measurements of {b} bytes each, but {c} measurements are lost on the way. How many bytes arrive?",
  ],
  draw(random) {
    const a = sized(random, 5, 9);
    return { a, b: random.integer(2, 99), c: random.integer(1000, a - 1) };
  },
  solve: ({ a, b, c }) => rational((a - c) * b),
  thoughts: STORY_THOUGHTS,
  programs: ({ a, b, c }) => [`left = ${a} - ${c}\nprint(left * ${b})`],
  plans: STORY_PLANS,
  work: ({ a, b, c }, s) => rational(s.multiply(s.subtract(a, c), b)),
};

/** A share of the land, and the rest divided. */
export const farmland: MathKind = {
  name: "hard-farmland",
  level: "4",
  templates: [
    "A province has {a} hectares of farmland. Wheat grows on {p} percent of it. The rest is divided equally among {k} villages. How many hectares does each village get?",
    "A forest of {a} trees loses {p}% of its trees to a fire. The trees that are left are cared for by {k} rangers in equal numbers. How many trees does each ranger have?",
  ],
  draw(random) {
    const [p, k] = [random.integer(11, 89), random.integer(2, 9)];
    return { a: 100 * k * sized(random, 3, 6), p, k };
  },
  solve({ a, p, k }) {
    const share = rational(a * (100n - p), 100n * k);
    return share.den === 1n && a * p % 100n === 0n ? share : null;
  },
  thoughts: STORY_THOUGHTS,
  programs: ({ a, p, k }) => [
    `part = ${a} * ${p} // 100\nleft = ${a} - part\nprint(left // ${k})`,
  ],
  plans: STORY_PLANS,
  work: ({ a, p, k }, s) => {
    const part = s.divide(s.multiply(a, p), 100n);
    return rational(s.divide(s.subtract(a, part), k));
  },
};

/** Births and deaths over several years. */
export const population: MathKind = {
  name: "hard-population",
  level: "3",
  templates: [
    "A country has {a} inhabitants. Every year {b} children are born there and {c} people die. How many inhabitants does it have after {d} years?",
    "A lake contains {a} fish. Each year {b} young fish are released and {c} fish are caught. How many fish are in the lake after {d} years?",
  ],
  draw(random) {
    const c = sized(random, 4, 6);
    return {
      a: sized(random, 6, 9),
      b: c + random.integer(100, 90_000),
      c,
      d: random.integer(2, 9),
    };
  },
  solve: ({ a, b, c, d }) => rational(a + d * (b - c)),
  thoughts: STORY_THOUGHTS,
  programs: ({ a, b, c, d }) => [`growth = ${b} - ${c}\nprint(${a} + growth * ${d})`],
  plans: STORY_PLANS,
  work: ({ a, b, c, d }, s) => rational(s.sum(a, s.multiply(s.subtract(b, c), d))),
};

/** Bees of two kinds. */
export const hive: MathKind = {
  name: "hard-hive",
  level: "4",
  templates: [
    "A region has {t} bees. There are {k} times as many workers as drones, and no other bees. How many workers are there?",
    "In an army of {t} soldiers there are {k} times as many privates as officers, and nobody else. How many privates are there?",
  ],
  draw(random) {
    const k = random.integer(2, 9);
    return { t: (k + 1) * sized(random, 4, 8), k };
  },
  solve: ({ t, k }) => t % (k + 1n) === 0n ? rational(t * k, k + 1n) : null,
  thoughts: STORY_THOUGHTS,
  programs: ({ t, k }) => [`part = ${t} // (${k} + 1)\nprint(part * ${k})`],
  plans: STORY_PLANS,
  work: ({ t, k }, s) => rational(s.multiply(s.divide(t, k + 1n), k)),
};
