import { type MathKind, sized } from "../math_kind.ts";
import { rational } from "../../../grading/rational.ts";
import { STORY_PLANS, STORY_THOUGHTS } from "../story_phrases.ts";

/** Buying, and the change from a payment. */
export const shopChange: MathKind = {
  name: "story-change",
  level: "2",
  templates: [
    "{name} buys {a} {thing} at {p} dollars each and pays with {m} dollars. How many dollars of change does {name} get?",
    "{name} had {m} dollars and bought {a} {thing} for {p} dollars apiece. How many dollars are left?",
    "A school has {m} dollars. It orders {a} {thing} that cost {p} dollars each. How many dollars remain?",
    "One of the {thing} costs {p} dollars. {name} takes {a} of them and hands over {m} dollars. How much comes back, in dollars?",
    "A budget of {m} dollars is used for {a} {thing} at a price of {p} dollars each. What is left of it, in dollars?",
    "{name} spends part of {m} dollars on {a} {thing}, each worth {p} dollars. How many dollars does {name} still have?",
  ],
  draw(random) {
    const [a, p] = [sized(random, 1, 4), sized(random, 1, 4)];
    return a < 2 || p < 2 ? null : { a, p, m: a * p + sized(random, 1, 5) };
  },
  solve: ({ a, p, m }) => rational(m - a * p),
  thoughts: STORY_THOUGHTS,
  programs: ({ a, p, m }) => [
    `cost = ${a} * ${p}\nprint(${m} - cost)`,
    `print(${m} - ${a} * ${p})`,
  ],
  plans: STORY_PLANS,
  work: ({ a, p, m }, s) => rational(s.subtract(m, s.multiply(a, p))),
};

/** Gains and losses. */
export const gainsAndLosses: MathKind = {
  name: "story-gains",
  level: "2",
  templates: [
    "{name} has {a} {thing}. {name} buys {b} more and then gives away {c}. How many {thing} does {name} have now?",
    "There are {a} {thing} in a box. {b} are added and {c} are taken out. How many {thing} are in the box?",
    "{name} collected {a} {thing} on Monday and {b} on Tuesday, and lost {c} on Wednesday. How many {thing} are left?",
    "A shop starts the day with {a} {thing}, receives {b} and sells {c}. How many {thing} does it have at the end of the day?",
    "{name} owns {a} {thing}, {name2} brings {b} more, and {name3} takes {c} of them. How many remain?",
    "{name} and {name2} put {a} and {b} {thing} together. Then {c} of them break. How many whole {thing} are there?",
  ],
  draw(random) {
    const [a, b] = [sized(random, 2, 6), sized(random, 2, 6)];
    return { a, b, c: random.integer(2, a + b - 1) };
  },
  solve: ({ a, b, c }) => rational(a + b - c),
  thoughts: STORY_THOUGHTS,
  programs: ({ a, b, c }) => [
    `total = ${a} + ${b}\nleft = total - ${c}\nprint(left)`,
    `print(${a} + ${b} - ${c})`,
  ],
  plans: STORY_PLANS,
  work: ({ a, b, c }, s) => rational(s.subtract(s.sum(a, b), c)),
};

/** A rate over hours and days, less some losses. */
export const production: MathKind = {
  name: "story-production",
  level: "3",
  templates: [
    "A machine makes {r} {thing} an hour and runs {h} hours a day for {d} days. {c} of the {thing} are faulty. How many good ones are there?",
    "A workshop turns out {r} {thing} per hour. It works {h} hours a day on {d} days and keeps {c} {thing}. How many can it sell?",
    "Each hour a printer finishes {r} {thing}. It is on for {h} hours on each of {d} days, and {c} {thing} are thrown away. How many are left?",
    "{name} paints {r} {thing} an hour, {h} hours a day, for {d} days, and then gives away {c}. How many {thing} does {name} have?",
    "A factory that makes {r} {thing} every hour is open {h} hours a day for {d} days. It ships {c} of them. How many {thing} stay in the factory?",
    "With {r} {thing} per hour, {h} hours per day and {d} days, how many {thing} are made in all if {c} are lost?",
  ],
  draw(random) {
    const [r, h, d] = [sized(random, 1, 4) + 1, random.integer(2, 12), random.integer(2, 40)];
    return { r, h, d, c: random.integer(1, r * h) };
  },
  solve: ({ r, h, d, c }) => rational(r * h * d - c),
  thoughts: STORY_THOUGHTS,
  programs: ({ r, h, d, c }) => [
    `total = ${r} * ${h} * ${d}\nleft = total - ${c}\nprint(left)`,
    `print(${r} * ${h} * ${d} - ${c})`,
  ],
  plans: STORY_PLANS,
  work: ({ r, h, d, c }, s) => rational(s.subtract(s.multiply(s.multiply(r, h), d), c)),
};

/** Packing, and selling what was packed. */
export const packing: MathKind = {
  name: "story-packing",
  level: "3",
  templates: [
    "{a} {thing} are packed into {box} of {k}. Every full set is sold for {p} dollars. How many dollars does that bring?",
    "{name} puts {a} {thing} into {box}, {k} in each, and sells them for {p} dollars apiece. How much money does {name} get, in dollars?",
    "A farm fills {box} with {k} {thing} each until all {a} {thing} are packed. It earns {p} dollars for each of the {box}. What does it earn in dollars?",
    "The {a} {thing} are divided into sets of {k}. Each set costs {p} dollars. What do all sets cost together, in dollars?",
    "How many dollars do {a} {thing} cost if they are sold in {box} of {k} at {p} dollars for each of the {box}?",
    "A dealer splits {a} {thing} into groups of {k} and gets {p} dollars for every group. How many dollars is that?",
  ],
  draw(random) {
    const k = random.integer(2, 60);
    return { a: k * sized(random, 1, 4), k, p: sized(random, 1, 3) + 1 };
  },
  solve: ({ a, k, p }) => k === 0n || a % k !== 0n ? null : rational(a * p, k),
  thoughts: STORY_THOUGHTS,
  programs: ({ a, k, p }) => [
    `groups = ${a} // ${k}\nprint(groups * ${p})`,
    `print(${a} // ${k} * ${p})`,
  ],
  plans: STORY_PLANS,
  work: ({ a, k, p }, s) => rational(s.multiply(s.divide(a, k), p)),
};

/** Sharing equally after something was added. */
export const sharing: MathKind = {
  name: "story-sharing",
  level: "3",
  templates: [
    "{name} has {a} {thing} and finds {b} more. They are shared equally among {k} children. How many {thing} does each child get?",
    "{k} friends put together {a} {thing} and {b} {thing} and share them equally. How many does each friend get?",
    "{name} earns {a} dollars and {name2} earns {b} dollars. They split the sum equally among {k} people. How many dollars does each get?",
    "A box of {a} {thing} and a box of {b} {thing} are emptied and divided evenly over {k} shelves. How many {thing} are on each shelf?",
    "{a} red and {b} blue {thing} are mixed and dealt out evenly to {k} players. How many does every player have?",
    "Two teams bring {a} and {b} {thing}. All of them are divided equally into {k} parts. How large is each part?",
  ],
  draw(random) {
    const [k, each] = [random.integer(2, 60), sized(random, 1, 4) + 1];
    const a = random.integer(1, k * each - 1);
    return { a, b: k * each - a, k };
  },
  solve: ({ a, b, k }) => k === 0n || (a + b) % k !== 0n ? null : rational(a + b, k),
  thoughts: STORY_THOUGHTS,
  programs: ({ a, b, k }) => [
    `total = ${a} + ${b}\nprint(total // ${k})`,
    `print((${a} + ${b}) // ${k})`,
  ],
  plans: STORY_PLANS,
  work: ({ a, b, k }, s) => rational(s.divide(s.sum(a, b), k)),
};

/** Ages. */
export const ages: MathKind = {
  name: "story-ages",
  level: "3",
  templates: [
    "{name} is {k} times as old as {name2}. In {y} years their ages will add up to {t}. How old is {name2} now?",
    "In {y} years, {name} and {name2} will be {t} years old together. Today {name} is {k} times as old as {name2}. What is the age of {name2} today?",
    "The age of {name} is {k} times the age of {name2}. {y} years from now the sum of their ages is {t}. Find the present age of {name2}.",
    "{name2} is some years old and {name} is {k} times that old. After {y} years their ages sum to {t}. How old is {name2} now?",
    "A tower is {k} times as old as a bridge. In {y} years their ages will have the sum {t}. How many years old is the bridge now?",
    "Now {name}'s age is {k} times {name2}'s age. In {y} years the two ages total {t}. How old is {name2} at present?",
  ],
  draw(random) {
    const [x, k, y] = [random.integer(2, 40), random.integer(2, 9), random.integer(2, 60)];
    return { k, y, t: x * (k + 1) + 2 * y };
  },
  solve({ k, y, t }) {
    const x = rational(t - 2n * y, k + 1n);
    return x.den === 1n && x.num > 0n ? x : null;
  },
  thoughts: ["I set up an equation.", "I solve for the age."],
  programs: ({ k, y, t }) => [
    `total = ${t} - 2 * ${y}\nprint(total // (${k} + 1))`,
    `for x in range(1, ${t}):\n    if x + ${y} + ${k} * x + ${y} == ${t}:\n        print(x)`,
  ],
  plans: ["I take the years off both ages and divide the rest."],
  work({ k, y, t }, s) {
    const now = s.subtract(t, s.multiply(2n, y));
    return rational(s.divide(now, k + 1n));
  },
};

/** A sum shared in a ratio. */
export const ratio: MathKind = {
  name: "story-ratio",
  level: "2",
  templates: [
    "{name} and {name2} share {t} dollars in the ratio {a} to {b}. How many dollars does {name2} get?",
    "{t} {thing} are divided between {name} and {name2} in the ratio {a}:{b}. How many does {name2} get?",
    "The ratio of cats to dogs in a town is {a} to {b}, and there are {t} cats and dogs in all. How many dogs are there?",
    "Paint is mixed from {a} parts of blue and {b} parts of white. How many litres of white are in {t} litres of paint?",
    "In a school of {t} pupils the ratio of girls to boys is {a} : {b}. How many boys are there?",
    "A rope of {t} cm is cut into two pieces whose lengths are in the ratio {a} to {b}. How many cm long is the second piece?",
  ],
  draw(random) {
    const [a, b] = [random.integer(2, 30), random.integer(2, 30)];
    return a === b ? null : { a, b, t: (a + b) * (sized(random, 1, 4) + 1) };
  },
  solve: ({ a, b, t }) => t % (a + b) === 0n ? rational(t * b, a + b) : null,
  thoughts: ["I find the size of one part.", "I divide by all parts."],
  programs: ({ a, b, t }) => [
    `part = ${t} // (${a} + ${b})\nprint(part * ${b})`,
    `print(${t} * ${b} // (${a} + ${b}))`,
  ],
  plans: ["I find the size of one part first."],
  work: ({ a, b, t }, s) => rational(s.multiply(s.divide(t, s.sum(a, b)), b)),
};

/** Two stretches at different speeds. */
export const travel: MathKind = {
  name: "story-travel",
  level: "2",
  templates: [
    "A train travels at {v} km per hour for {t} hours and then at {w} km per hour for {u} hours. How many km does it travel?",
    "{name} rides {v} km an hour for {t} hours, then {w} km an hour for {u} hours. How long is the whole way in km?",
    "A pump moves {v} litres a minute for {t} minutes and then {w} litres a minute for {u} minutes. How many litres is that?",
    "{name} earns {v} dollars a day for {t} days and {w} dollars a day for the next {u} days. How many dollars does {name} earn in all?",
    "A theatre sells {t} tickets at {v} dollars and {u} tickets at {w} dollars. How many dollars does it take in?",
    "{name} buys {t} {thing} at {v} dollars each and {u} others at {w} dollars each. What is the total cost in dollars?",
  ],
  draw: (random) => ({
    v: sized(random, 2, 4),
    t: sized(random, 1, 3) + 1,
    w: sized(random, 2, 4),
    u: sized(random, 1, 2) + 1,
  }),
  solve: ({ v, t, w, u }) => rational(v * t + w * u),
  thoughts: STORY_THOUGHTS,
  programs: ({ v, t, w, u }) => [
    `first = ${v} * ${t}\nsecond = ${w} * ${u}\nprint(first + second)`,
    `print(${v} * ${t} + ${w} * ${u})`,
  ],
  plans: STORY_PLANS,
  work: ({ v, t, w, u }, s) => rational(s.sum(s.multiply(v, t), s.multiply(w, u))),
};

/** Rest after a percentage is taken away. */
export const percentLeft: MathKind = {
  name: "story-percent",
  level: "2",
  templates: [
    "A shop has {a} {thing} and sells {p} percent of them. How many {thing} are left?",
    "{p}% of the {a} {thing} in a store are damaged. How many are not damaged?",
    "A town of {a} people loses {p}% of them. How many people remain?",
    "A jacket costs {a} cents and is marked down by {p} percent. What is the new price in cents?",
    "{name} reads {p}% of a book with {a} pages. How many pages are still to be read?",
    "Of {a} voters, {p} percent vote yes and all others vote no. How many vote no?",
  ],
  draw(random) {
    const [a, p] = [sized(random, 2, 6), random.integer(2, 98)];
    return (a * p) % 100 === 0 ? { a, p } : null;
  },
  solve: ({ a, p }) => a * p % 100n === 0n ? rational(a * (100n - p), 100n) : null,
  thoughts: ["I take the percentage.", ...STORY_THOUGHTS],
  programs: ({ a, p }) => [
    `part = ${a} * ${p} // 100\nprint(${a} - part)`,
    `print(${a} * (100 - ${p}) // 100)`,
  ],
  plans: ["I find the percentage and subtract it."],
  work: ({ a, p }, s) => rational(s.subtract(a, s.divide(s.multiply(a, p), 100n))),
};

/** Several times as many, and fewer. */
export const comparison: MathKind = {
  name: "story-comparison",
  level: "3",
  templates: [
    "{name} has {a} {thing}. {name2} has {k} times as many, and {name3} has {c} fewer than {name2}. How many {thing} do they have together?",
    "{name} found {a} {thing}, {name2} found {k} times as many as {name}, and {name3} found {c} less than {name2}. How many {thing} were found in all?",
    "A red box holds {a} {thing}, a blue box {k} times as many, and a green box {c} fewer than the blue one. How many {thing} are in the three boxes?",
    "{name} scored {a} points. {name2} scored {k} times that, and {name3} scored {c} points fewer than {name2}. What is the sum of their points?",
    "Team A ran {a} km, team B {k} times as far, and team C {c} km less than team B. How many km did the three teams run?",
    "{name3} has {c} {thing} fewer than {name2}, who has {k} times as many as {name}. {name} has {a}. How many have all three together?",
  ],
  draw(random) {
    const [a, k] = [sized(random, 2, 5), random.integer(2, 12)];
    return { a, k, c: random.integer(2, a * k - 1) };
  },
  solve: ({ a, k, c }) => rational(a + 2n * a * k - c),
  thoughts: STORY_THOUGHTS,
  programs: ({ a, k, c }) => [
    `first = ${a}\nsecond = first * ${k}\nthird = second - ${c}\nprint(first + second + third)`,
  ],
  plans: STORY_PLANS,
  work({ a, k, c }, s) {
    const second = s.multiply(a, k);
    return rational(s.sum(a, second, s.subtract(second, c)));
  },
};

/** The value that brings a mean to a target. */
export const neededForMean: MathKind = {
  name: "story-mean",
  level: "3",
  templates: [
    "{name} scored {a}, {b} and {c} points in three games. How many points are needed in the fourth game for a mean of {m}?",
    "The average of {a}, {b}, {c} and x is {m}. What is x?",
    "Three parcels weigh {a}, {b} and {c} grams. What must a fourth one weigh, in grams, so that the average weight is {m} grams?",
    "{name} sold {a}, {b} and {c} {thing} on three days. How many must be sold on the fourth day so that the daily average is {m}?",
    "Find the number that together with {a}, {b} and {c} has the arithmetic mean {m}.",
    "Four numbers have the mean {m}. Three of them are {a}, {b} and {c}. What is the fourth?",
  ],
  draw(random) {
    const size = random.integer(2, 4);
    const [a, b, c] = [1, 2, 3].map(() => sized(random, size, size));
    const x = sized(random, size, size);
    return (a + b + c + x) % 4 === 0 ? { a, b, c, m: (a + b + c + x) / 4 } : null;
  },
  solve: ({ a, b, c, m }) => rational(4n * m - a - b - c),
  thoughts: ["The sum must be four times the mean.", "I subtract from four times the mean."],
  programs: ({ a, b, c, m }) => [
    `total = 4 * ${m}\nprint(total - ${a} - ${b} - ${c})`,
    `print(4 * ${m} - (${a} + ${b} + ${c}))`,
  ],
  plans: ["All four must add up to four times the mean."],
  work: ({ a, b, c, m }, s) => rational(s.subtract(s.multiply(4n, m), s.sum(a, b, c))),
};

/** Weekly income less spending. */
export const savings: MathKind = {
  name: "story-savings",
  level: "3",
  templates: [
    "{name} earns {r} dollars an hour and works {h} hours a week. How many dollars are left after {w} weeks if {name} spends {c} dollars every week?",
    "Every week {name} works {h} hours for {r} dollars an hour and pays {c} dollars for rent. How many dollars does {name} save in {w} weeks?",
    "A driver makes {h} trips a week at {r} dollars each and pays {c} dollars a week for fuel. What is the profit after {w} weeks, in dollars?",
    "A shop sells {h} {thing} a day at {r} dollars each and has costs of {c} dollars a day. What is its profit in {w} days, in dollars?",
    "{name} sells {h} {thing} each month for {r} dollars apiece and spends {c} dollars each month. How much money is saved in {w} months?",
    "For {w} weeks a club collects {r} dollars from each of its {h} members every week and spends {c} dollars a week. How many dollars does it have then?",
  ],
  draw(random) {
    const [r, h] = [sized(random, 1, 3) + 1, sized(random, 1, 3) + 1];
    return { r, h, c: random.integer(1, r * h - 1), w: random.integer(2, 52) };
  },
  solve: ({ r, h, c, w }) => rational((r * h - c) * w),
  thoughts: STORY_THOUGHTS,
  programs: ({ r, h, c, w }) => [
    `income = ${r} * ${h}\nleft = income - ${c}\nprint(left * ${w})`,
    `print((${r} * ${h} - ${c}) * ${w})`,
  ],
  plans: STORY_PLANS,
  work: ({ r, h, c, w }, s) => rational(s.multiply(s.subtract(s.multiply(r, h), c), w)),
};
