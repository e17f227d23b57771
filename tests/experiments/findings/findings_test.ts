import assert from "node:assert/strict";
import { NO_ERRORS } from "../../../lib/evaluation/evaluation_row.ts";
import {
  allFindings,
  findingOf,
  findingsTable,
} from "../../../lib/experiments/findings/all_findings.ts";
import { ofSystems, testClaim } from "../../../lib/experiments/findings/claim.ts";
import { accuracy, ratio } from "../../../lib/experiments/findings/measured.ts";
import { bySize, systemRows } from "../../../lib/experiments/findings/finding_input.ts";
import { systemIdOf } from "../../../lib/evaluation/system_id.ts";
import { sagCurve } from "../../../lib/experiments/findings/f3_sag.ts";
import { trajectoryCurve } from "../../../lib/experiments/findings/f8_trajectories.ts";
import {
  type Finding,
  type FindingPart,
  makeFinding,
  type Threshold,
} from "../../../lib/experiments/findings/finding.ts";
import {
  pairedDifference,
  seededAccuracy,
} from "../../../lib/experiments/findings/seeded_tasks.ts";
import type { StoredCell } from "../../../lib/experiments/sweep/stored_cell.ts";
import { type Attempt, cell, first, reference, rowsOf, seeds } from "./synthetic_cells.ts";

const input = (...cells: StoredCell[][]) => ({ cells: cells.flat(), reference, resamples: 500 });
const near = (actual: number | null | undefined, wanted: number) =>
  assert.ok(
    actual != null && Math.abs(actual - wanted) < 1e-9,
    `${actual} where ${wanted} was wanted`,
  );
const part = (finding: Finding, name: string) => {
  const found = finding.parts.find((one) => one.name === name);
  assert.ok(found, `no figure ${name} among ${finding.parts.map((one) => one.name).join("; ")}`);
  return found.interval?.estimate;
};
const verdictIs = (finding: Finding, wanted: Finding["verdict"]) =>
  assert.equal(finding.verdict, wanted, JSON.stringify(finding.parts, null, 1) + finding.note);

Deno.test("F1: the agent against the next size's CoT", () => {
  const tiers = (agent: number, cot: number, larger = seeds) =>
    findingOf(
      "F1",
      input(
        seeds({ student: "0.3M" }, { "agent-student": first(agent) }),
        larger({ student: "1M" }, { "cot-student": first(cot) }),
      ),
    );
  const wins = tiers(24, 8);
  verdictIs(wins, "holds");
  near(wins.estimate, 0.4); // 24/40 - 8/40
  verdictIs(tiers(4, 30), "does not hold");
  verdictIs(tiers(16, 16), "undecided"); // equal on every task: 80 tasks do not tell 2 points
  verdictIs(tiers(0, 0), "undecided");
  assert.match(tiers(0, 0).note, /both at the floor/);
  const two = tiers(24, 8, (o, s) => seeds(o, s).slice(0, 2));
  verdictIs(two, "undecided");
  assert.match(two.note, /With 2 of at least 3 seeds/);
  const one = findingOf("F1", input(seeds({ student: "1M" }, { "agent-student": first(3) })));
  verdictIs(one, "undecided");
  assert.match(one.note, /Missing: a second size \(found: 1M\)/);
});

/** A trained teacher's runs, which may have another number of tasks. */
const taught = { teacher: "stored", teacherTemperature: 0.3, trainTasks: 100 };

Deno.test("F2: teacher's trajectories and student, with and without the prefix", () => {
  const test = (kept: number, student: number) =>
    findingOf(
      "F2",
      input(
        seeds(taught, { "agent-student": first(10) }, first(10)),
        seeds(
          { ...taught, firstThoughtPrefix: true },
          { "agent-student": first(student) },
          first(kept),
        ),
      ),
    );
  const both = test(30, 30);
  verdictIs(both, "holds");
  near(part(both, "teacher, kept"), 0.5);
  near(part(both, "agent student"), 0.5);
  verdictIs(test(30, 1), "does not hold");
  verdictIs(test(30, 10), "undecided");
  const parsed = findingOf(
    "F2",
    input(
      seeds(taught, { "agent-student": first(10) }),
      seeds(
        { ...taught, firstThoughtPrefix: true },
        { "agent-student": first(10) },
        () => ({ verdict: "correct", errorKinds: { ...NO_ERRORS, parse: 1 } }),
      ),
    ),
  );
  near(part(parsed, "teacher, kept"), -1); // correct, but the filter drops parse errors
  assert.match(parsed.note, /temperature 0\.3, on 200 training tasks/);
  const missing = findingOf(
    "F2",
    input(
      seeds({}, { "agent-student": first(10) }),
      seeds({ firstThoughtPrefix: true }, { "agent-student": first(30) }),
    ),
  );
  assert.match(missing.note, /runs of a trained teacher with firstThoughtPrefix true/);
  verdictIs(missing, "undecided");
});

Deno.test("F2: of two teachers each has its figures, and one that fails refutes the claim", () => {
  const runs = (teacher: string, plain: number, prefixed: number) => [
    ...seeds({ ...taught, teacher }, { "agent-student": first(plain) }),
    ...seeds({ ...taught, teacher, firstThoughtPrefix: true }, {
      "agent-student": first(prefixed),
    }),
  ];
  const finding = findingOf("F2", input(runs("stored", 20, 8), runs("runs/planner", 8, 24)));
  near(part(finding, "agent student of stored"), -0.3);
  near(part(finding, "agent student of planner"), 0.4);
  assert.match(finding.note, /^Trained teachers \(stored, planner\), sampled at temperature 0\.3/);
  verdictIs(finding, "does not hold");
});

Deno.test("F2: the teacher of several sizes is counted once", () => {
  const sizes = (["0.3M", "1M"] as const).map((student) => [
    ...seeds({ ...taught, student }, { "agent-student": first(10) }, first(10)),
    ...seeds(
      { ...taught, student, firstThoughtPrefix: true },
      { "agent-student": first(20) },
      first(30),
    ),
  ]);
  const found = findingOf("F2", input(...sizes));
  assert.equal(found.parts[0].interval?.n, 3 * 2 * 40);
});

Deno.test("F3: sag's gain, and where it is largest", () => {
  const tier = (student: "0.3M" | "1M", greedy: number, sag: number) =>
    seeds({ student }, { "agent-student": first(greedy), "agent-student-sag": first(sag) });
  const test = (small: number, large: number) =>
    findingOf("F3", input(tier("0.3M", 10, small), tier("1M", 10, large)));
  const good = test(30, 14);
  verdictIs(good, "holds");
  near(good.estimate, 0.3); // (20/40 + 4/40) / 2
  near(part(good, "gain of the smallest size − of the others"), 0.4);
  verdictIs(test(14, 34), "does not hold"); // gains, but more for the larger one
  verdictIs(test(1, 9), "does not hold");
  verdictIs(test(10, 10), "undecided");
  assert.match(findingOf("F3", input(tier("1M", 1, 2))).note, /Missing: a second size/);
});

Deno.test("F3: the curve by number of candidates", () => {
  const curve = sagCurve(input(
    seeds({}, { "agent-student": first(10), "agent-student-sag": first(20) }),
    seeds({ candidates: 2 }, { "agent-student-sag": first(14) }),
    seeds({ candidates: 16 }, { "agent-student-sag": first(24) }),
  ));
  assert.deepEqual(curve.points.map(({ samples }) => samples), [1, 2, 8, 16]);
  assert.deepEqual(curve.points.map(({ accuracy }) => accuracy.estimate), [0.25, 0.35, 0.5, 0.6]);
});

Deno.test("F4: margins by domain and kind", () => {
  const test = (inside: number, outside: number) => {
    const agent: Attempt = (benchmark, task) => task < (benchmark === "qa-in" ? inside : outside);
    return findingOf(
      "F4",
      input(
        seeds({}, {
          "agent-student": agent,
          "cot-student": first(4),
          "cot-rag-student": first(4),
        }),
      ),
    );
  };
  const found = test(10, 34);
  near(part(found, "margin over CoT: out-of-domain − in-domain"), 0.6); // 30/40 - 6/40
  // Here mathematics is out of domain, so one claim holds and the other does not.
  near(part(found, "margin over CoT: factual − mathematics"), -0.6);
  verdictIs(found, "does not hold");
  near(part(found, "margin over CoT, in-domain"), 0.15);
  verdictIs(test(10, 10), "undecided");
  assert.match(
    findingOf("F4", input(seeds({}, { "agent-student": first(1) }))).note,
    /cot-rag-student/,
  );

  // With factual tasks out of domain both claims can hold: margins 30, 20 and 2 of 40 tasks.
  const benchmarks = [
    { name: "qa-in", inDomain: true, kind: "qa" },
    { name: "qa-out", inDomain: false, kind: "qa" },
    { name: "math-in", inDomain: true, kind: "math" },
  ] as const;
  const right: Record<string, number> = { "qa-in": 24, "qa-out": 34, "math-in": 6 };
  const agent: Attempt = (benchmark, task) => task < right[benchmark];
  const three = seeds({}, {}).map((one) => ({
    ...one,
    rows: [
      ...rowsOf("agent student", one.options.seed, agent, 40, benchmarks),
      ...rowsOf("CoT student", one.options.seed, first(4), 40, benchmarks),
      ...rowsOf("CoT + RAG student", one.options.seed, first(4), 40, benchmarks),
    ],
  }));
  const both = findingOf("F4", input(three));
  verdictIs(both, "holds");
  near(part(both, "margin over CoT: out-of-domain − in-domain"), 30 / 40 - (20 + 2) / 80);
  near(part(both, "margin over CoT + RAG: factual − mathematics"), (20 + 30) / 80 - 2 / 40);
});

Deno.test("F5: errors a step", () => {
  const failing = (every: number): Attempt => (_, task) => ({
    errorKinds: { ...NO_ERRORS, execution: task % every === 0 ? 1 : 0 },
  });
  const test = (sag: number) =>
    findingOf(
      "F5",
      input(
        seeds({}, { "agent-student": failing(2), "agent-student-sag": failing(sag) }),
      ),
    );
  const fewer = test(40);
  verdictIs(fewer, "holds");
  near(fewer.estimate, 1 / 80 - 20 / 80); // of 40 tasks with 2 steps each
  near(part(fewer, "parse errors, sag − greedy"), 0);
  verdictIs(test(1), "does not hold");
  verdictIs(test(2), "undecided");
});

Deno.test("F6: tokens of the agent in percent of the CoT's", () => {
  const writes = (factual: number, math: number): Attempt => (benchmark, task) => ({
    completionTokens: (benchmark === "qa-in" ? factual : math) + task % 5 - 2,
  });
  const test = (factual: number, math: number) =>
    findingOf(
      "F6",
      input(
        seeds({}, { "agent-student": writes(factual, math), "cot-student": writes(100, 100) }),
      ),
    );
  const paper = test(140, 70);
  verdictIs(paper, "holds");
  near(paper.estimate, 1.05);
  near(part(paper, "factual"), 1.4);
  near(part(paper, "mathematics"), 0.7);
  verdictIs(test(400, 70), "does not hold");
  verdictIs(findingOf("F6", input(seeds({}, { "agent-student": writes(1, 1) }))), "undecided");
});

Deno.test("F7: LoRA against full fine-tuning, with a learning rate of its own", () => {
  const test = (adapted: number) =>
    findingOf(
      "F7",
      input(
        seeds({}, { "agent-student": first(20) }),
        seeds({ adaptation: "lora", learningRate: 5e-3 }, { "agent-student": first(adapted) }),
      ),
    );
  const better = test(32);
  verdictIs(better, "holds");
  near(better.estimate, 0.3);
  assert.match(better.note, /rank 8, peak rate 0.005/);
  verdictIs(test(8), "does not hold");
  verdictIs(test(20), "undecided");
  assert.match(findingOf("F7", input(seeds({}, {}))).note, /runs with adaptation lora/);
  // Where LoRA is what the others are compared with, full fine-tuning has the rate of its own.
  const lora = { adaptation: "lora", learningRate: 1e-3 } as const;
  const turned = findingOf("F7", {
    ...input(
      seeds(lora, { "agent-student": first(32) }),
      seeds({ adaptation: "full", learningRate: 2e-5 }, { "agent-student": first(20) }),
      seeds({ ...lora, learningRate: 5e-4 }, { "agent-student": first(40) }),
    ),
    reference: { ...reference, ...lora },
  });
  near(turned.estimate, 0.3);
  assert.match(
    turned.note,
    /\(LoRA: rank 8, peak rate 0\.001; full: peak rate 0\.00002\)/,
  );
  // Two rates of the same seeds: which one is meant?
  const twice = findingOf(
    "F7",
    input(
      seeds({}, { "agent-student": first(20) }),
      seeds({ adaptation: "lora", learningRate: 5e-3 }, { "agent-student": first(32) }),
      seeds({ adaptation: "lora", learningRate: 1e-3 }, { "agent-student": first(8) }),
    ),
  );
  verdictIs(twice, "undecided");
  assert.match(
    twice.note,
    /runs of .* with one setting of loraRank, loraAlpha, learningRate, epochs/,
  );
});

Deno.test("F8: the last increase in trajectories", () => {
  const noisy = (count: number): Attempt => (_, task, seed) => (task * 7 + seed * 3) % 40 < count;
  const test = (half: number, all: number) =>
    findingOf(
      "F8",
      input(
        seeds({ trainTasks: 125 }, { "agent-student": first(4) }, first(20)),
        seeds({ trainTasks: 250 }, { "agent-student": first(half) }, first(20)),
        seeds({}, { "agent-student": first(all) }, first(30)),
      ),
    );
  const growing = test(8, 32);
  verdictIs(growing, "does not hold");
  near(growing.estimate, 0.6);
  near(part(growing, "from 250 to 500 training tasks"), 0.1);
  near(part(growing, "500 training tasks, 40 kept"), 0.2); // 20 of 40 in two benchmarks
  verdictIs(test(32, 20), "holds"); // more trajectories made it worse
  verdictIs(test(20, 20), "undecided");
  const curve = trajectoryCurve(input(seeds({}, { "agent-student": noisy(10) })));
  assert.deepEqual(curve.points.map(({ tasks }) => tasks), [1000]);
});

Deno.test("F8: numbers of tasks that are told set by set", () => {
  const unseen = (train: string, right: number, trainTasks = 250) =>
    seeds({ train, trainTasks }, { "agent-student": first(right) })
      .map((cell) => ({ ...cell, teacherRows: [] }));
  const tasksOf = (train: string, ...runs: ReturnType<typeof seeds>[]) =>
    trajectoryCurve({ ...input(...runs), reference: { ...reference, train } })
      .points.map(({ tasks, kept }) => [tasks, kept]);
  const mixed = tasksOf(
    "lab-math:50,facts.jsonl:50",
    unseen("lab-math:50, facts.jsonl:100", 8),
    unseen("facts.jsonl:50,lab-math:50", 4),
    unseen("facts.jsonl:10,lab-hotpotqa:10", 40), // other sets
    unseen("lab-math:50,facts.jsonl", 40), // nobody knows how many
  );
  assert.deepEqual(mixed, [[100, null], [150, null]]);
  assert.deepEqual(tasksOf("lab", unseen("lab", 4), unseen("lab-math:9,lab-hotpotqa:8", 4)), [
    [17, null],
    [500, null],
  ]);
  for (const name of ["labels.jsonl", "own=lab.json", "lab-org/facts", "a\nb.jsonl"]) {
    assert.deepEqual(tasksOf(name, unseen(name, 4), unseen(`${name}:30`, 4)), [[30, null]], name);
  }
  // What the teacher tried is known of whole files too.
  const tried = (count: number, trainTasks: number) =>
    seeds({ train: "lab,facts.jsonl", trainTasks }, { "agent-student": first(4) })
      .map((cell) => ({ ...cell, teacherRows: cell.teacherRows.slice(0, count) }));
  assert.deepEqual(
    tasksOf("lab,facts.jsonl", tried(40, 20), tried(60, 30)).map(([tasks]) => tasks),
    [40, 60],
  );
});

Deno.test("F8: other shares of the sets are no increase", () => {
  const run = (train: string, right: number) => seeds({ train }, { "agent-student": first(right) });
  const found = (...runs: ReturnType<typeof run>[]) =>
    findingOf("F8", {
      ...input(...runs.map((cells) => cells.map((cell) => ({ ...cell, teacherRows: [] })))),
      reference: { ...reference, train: "lab-math:50,f.jsonl:100" },
    });
  const mixes = [run("lab-math:50,f.jsonl:100", 8), run("lab-math:150,f.jsonl:10", 20)];
  assert.equal(found(...mixes).estimate, null);
  near(found(...mixes, run("lab-math:150,f.jsonl:100", 32)).estimate, 0.3);
});

Deno.test("F9 to F14: beyond the paper, only where their runs are", () => {
  const plain = seeds({}, { "agent-student-sag": first(20), "agent-student": first(10) });
  verdictIs(
    findingOf("F9", input(plain, seeds({ voteOn: "logs" }, { "agent-student-sag": first(8) }))),
    "holds",
  );
  const searching = seeds({ mustRetrieve: true }, { "agent-student": first(2) });
  const found = findingOf("F10", input(plain, searching));
  near(found.estimate, -0.2);
  assert.equal(found.parts[0].interval?.n, 40, "the factual benchmark alone");
  verdictIs(
    findingOf(
      "F12",
      input(plain, seeds({ candidateState: "leaking" }, { "agent-student-sag": first(8) })),
    ),
    "holds",
  );
  near(
    findingOf("F13", input(plain, seeds({ curriculum: "steps" }, { "agent-student": first(14) })))
      .estimate,
    0.1,
  );
  const corrected = (trainTasks: number) =>
    seeds({ trainTasks, rollouts: 200 }, { "agent-student": first(16) });
  near(findingOf("F14", input(plain, corrected(reference.trainTasks - 200))).estimate, 0.15);
  assert.equal(findingOf("F14", input(plain, corrected(reference.trainTasks))).estimate, null);
  verdictIs(findingOf("F12", input(plain)), "undecided");
  const ids = allFindings(input(plain, searching)).map(({ id }) => id);
  assert.deepEqual(ids, ["F1", "F2", "F3", "F4", "F5", "F6", "F7", "F8", "F10"]);
  const table = findingsTable(allFindings(input(plain)));
  assert.equal(table.rows.length, 8);
});

Deno.test("F11: the cascade sends what the candidates disagree on", () => {
  // Wrong on a quarter of the tasks, and there the candidates disagree.
  const knowing: Attempt = (_, task) => ({
    verdict: task < 10 ? "wrong" : "correct",
    voteShare: task < 10 ? 0.3 : 1,
  });
  const blind: Attempt = (_, task) => ({
    verdict: task < 10 ? "wrong" : "correct",
    voteShare: task < 10 ? 1 : task < 20 ? 0.3 : 0.9,
  });
  const test = (sag: Attempt) =>
    findingOf("F11", input(seeds({}, { "agent-student-sag": sag, "teacher-agent": () => true })));
  const good = test(knowing);
  verdictIs(good, "holds");
  near(part(good, "25% escalated"), 1);
  near(part(good, "0% escalated"), 0.75);
  near(good.estimate, 1 - (0.75 * 0.75 + 0.25)); // by chance a quarter of the wrong ones are sent
  verdictIs(test(blind), "does not hold");
});

Deno.test("runs that differ in another option are no part of a comparison", () => {
  const other = seeds({ adaptation: "lora", epochs: 9, batchTokens: 9 }, {
    "agent-student": first(40),
  });
  verdictIs(findingOf("F7", input(seeds({}, { "agent-student": first(1) }), other)), "undecided");
});

Deno.test("all wrong, or never different, is no interval of no width", () => {
  const all = input(
    seeds({ student: "0.3M" }, { "agent-student": first(0) }),
    seeds({ student: "1M" }, { "cot-student": first(0) }),
  );
  const { low, high } = findingOf("F1", all).parts[0].interval!;
  // Wilson for 0 of 40 is 0 to 0.0876; the mean of two benchmarks: divided by the root of two.
  assert.ok(Math.abs(high - 0.0876 / Math.SQRT2) < 1e-3 && low === -high, `${low} to ${high}`);
  const accuracy = seededAccuracy(all.cells[0].rows)!;
  assert.ok(accuracy.low === 0 && Math.abs(accuracy.high - high) < 1e-12);
});

Deno.test("no difference: an interval around 0 within 2 points; claims of which some hold do not", () => {
  const figure = (low: number, high: number, threshold: Threshold = { above: 0 }, seeds = 3) => ({
    name: "a − b",
    unit: "difference" as const,
    interval: { estimate: (low + high) / 2, low, high, n: 400, seeds, noneDiffer: 0.01 },
    threshold,
  });
  const verdictOf = (...parts: FindingPart[]) =>
    makeFinding({ id: "F", claim: "c", source: "s", note: "n", parts }).verdict;
  const none = figure(-0.019, 0.015);
  assert.equal(verdictOf(none), "no difference");
  assert.equal(verdictOf(figure(-0.019, 0.019, { below: 0 })), "no difference");
  assert.equal(verdictOf(figure(-0.021, 0.015)), "undecided");
  assert.equal(verdictOf(figure(-0.015, 0.021)), "undecided");
  assert.equal(verdictOf(figure(-0.019, 0.015, { above: 0 }, 2)), "undecided", "two seeds");
  assert.equal(verdictOf(figure(0.001, 0.015)), "holds", "small, and there");
  assert.equal(verdictOf(figure(-0.015, -0.001)), "does not hold");
  assert.equal(
    verdictOf(figure(-0.03, -0.01, { above: -0.02 })),
    "undecided",
    "a margin of its own",
  );
  const { noneDiffer: _, ...rate } = none.interval;
  assert.equal(
    verdictOf({ ...none, interval: rate }),
    "undecided",
    "no accuracies, or at the floor",
  );
  const few = { ...none.interval, low: 0, high: 0.004, noneDiffer: 0.021 };
  assert.equal(verdictOf({ ...none, interval: few }), "undecided", "one answer differs of too few");
  assert.equal(
    verdictOf(none, figure(0.1, 0.2)),
    "does not hold",
    "one half of the claim is refuted",
  );
  assert.equal(verdictOf(none, figure(-0.1, 0.2)), "undecided");
  assert.equal(verdictOf(none, none), "no difference");
});

Deno.test("few differing answers say no more than none, and nothing where all fail", () => {
  const rows = (wrong: number, right = 150) =>
    [0, 1, 2].flatMap((seed) =>
      rowsOf("a", seed, (_, task) => task < right - (seed === 0 ? wrong : 0), 300)
    );
  const none = pairedDifference([{ a: rows(0), b: rows(0) }])!;
  assert.equal(none.high, none.noneDiffer);
  for (const wrong of [1, 2]) {
    const one = pairedDifference([{ a: rows(0), b: rows(wrong) }])!;
    near(one.noneDiffer, none.noneDiffer!);
    assert.ok(one.high < none.high, "resamples of so few are narrower");
  }
  assert.equal(pairedDifference([{ a: rows(0, 3), b: rows(1, 3) }])!.noneDiffer, undefined);
});

Deno.test("an unscored task is in no comparison", () => {
  const half: Attempt = (_, task) => ({ verdict: task < 20 ? "unscored" : "correct" });
  const { parts } = findingOf(
    "F1",
    input(
      seeds({ student: "0.3M" }, { "agent-student": half }),
      seeds({ student: "1M" }, { "cot-student": first(30) }),
    ),
  );
  assert.equal(parts[0].interval?.n, 2 * 20);
  near(parts[0].interval?.estimate, 0.5);
  assert.ok(cell({}, {}).rows.length === 0);
});

Deno.test("a claim of a user's own: two systems of the same runs, and an id that is not there", () => {
  const cells = input(seeds({}, { "agent-student-sag": first(30), "agent-student": first(10) }));
  const steps = ofSystems({
    a: "agent-student-sag",
    b: "agent-student",
    figures: [
      { name: "accuracy", of: accuracy, threshold: { above: 0 } },
      { name: "steps", of: ratio((row) => row.steps), unit: "share" },
    ],
  });
  const own = { id: "own", claim: "Sag helps.", source: "a test", note: "None.", figures: steps };
  const found = testClaim(own, cells);
  verdictIs(found, "holds");
  near(part(found, "accuracy"), 0.5);
  near(part(found, "steps"), 1);
  const nothing = testClaim(own, input());
  verdictIs(nothing, "undecided");
  assert.match(nothing.note, /runs with the systems agent-student-sag and agent-student/);
  assert.throws(() => findingOf("F99", cells), /no claim F99, only F1, .*F21/);
});

Deno.test("every legal size is a tier, from small to large", () => {
  const all = (size: "0.3M" | "1M" | "4M" | "10M") =>
    seeds({ student: size }, { "agent-student": () => true, "cot-student": () => false });
  const cells = (["10M", "4M", "0.3M", "1M"] as const).flatMap(all);
  assert.deepEqual(bySize(cells).map(({ size }) => size), ["0.3M", "1M", "4M", "10M"]);
  assert.deepEqual(bySize(all("10M")).map(({ size, cells }) => [size, cells.length]), [["10M", 3]]);
  assert.deepEqual(bySize([]), []);
});

Deno.test("systems are found by their id, whatever they are called", () => {
  const [plain] = seeds({}, { "agent-student": () => true, "agent-student-sag": () => true });
  const renamed = {
    ...plain,
    rows: plain.rows.map((row) => ({ ...row, systemId: systemIdOf(row), system: "renamed" })),
  };
  for (const slug of ["agent-student", "agent-student-sag"] as const) {
    const found = systemRows([renamed], slug);
    assert.equal(found.length, systemRows([plain], slug).length);
    assert.ok(found.length > 0 && found.every(({ systemId }) => systemId === slug));
  }
});

Deno.test("F16: a student that goes on against one that goes on imitating", () => {
  const others = { test: "lab:60", thenTokens: 100 };
  const goingOn = (then: string, now: number) =>
    seeds({ ...others, then }, { "agent-student": first(8), "agent-student-then": first(now) });
  const found = (rft: number, sft = 12) =>
    findingOf(
      "F16",
      input(
        seeds({}, { "agent-student": first(30) }),
        goingOn("rft:2", rft),
        goingOn("sft:2", sft),
      ),
    );
  const wins = found(28);
  verdictIs(wins, "holds");
  near(wins.estimate, 0.4); // 28/40 - 12/40
  near(part(wins, "rft − before, in-domain"), 0.5);
  assert.match(wins.note, /rft:2, 100 tokens a round/);
  verdictIs(found(2), "does not hold");
  verdictIs(found(12), "undecided");
  const trainedOn = (cells: StoredCell[], trainedTokens: number) =>
    cells.map((cell) => ({
      ...cell,
      then: { trainedTokens, sampledTokens: 1, readTokens: 1, durationMs: 1 },
    }));
  const unlike = (tokens: number) =>
    findingOf(
      "F16",
      input(trainedOn(goingOn("rft:2", 28), tokens), trainedOn(goingOn("sft:2", 12), 100)),
    );
  verdictIs(unlike(95), "holds");
  verdictIs(unlike(30), "undecided");
  assert.match(unlike(30).note, /rft was trained on 30 tokens and sft on 100/);
  const missing = findingOf("F16", input(goingOn("rft:2", 20)));
  verdictIs(missing, "undecided");
  assert.match(missing.note, /Missing: one size with then rft and with sft/);
});
