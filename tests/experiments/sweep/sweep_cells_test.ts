import assert from "node:assert/strict";
import { type DistillOptions, profiles } from "../../../lib/experiments/distill/distill_options.ts";
import { parseAxes, parseSettings } from "../../../lib/experiments/sweep/parse_axes.ts";
import { stageKeys } from "../../../lib/experiments/sweep/stage_keys.ts";
import { cellName, sweepCells } from "../../../lib/experiments/sweep/sweep_cells.ts";

Deno.test("cells are every combination, with each override in turn, none twice", () => {
  const cells = sweepCells({ seed: [0, 1], candidates: [4, 8] }, [{}, { candidates: 8 }]);
  assert.deepEqual(cells.map(({ name }) => name), [
    "seed-0_candidates-4",
    "seed-0_candidates-8",
    "seed-1_candidates-4",
    "seed-1_candidates-8",
  ]);
  assert.throws(() => sweepCells({ seed: [] }), /seed: it has no value/);
  assert.equal(sweepCells({})[0].name, "base");
});

Deno.test("names fit a file system, and different values never share one", () => {
  const a = cellName({ teacher: "/models/a/student" });
  const b = cellName({ teacher: "/models/b/student" });
  assert.match(a, /^teacher-student_[0-9a-f]{8}$/);
  assert.notEqual(a, b);
  assert.ok(cellName({ systems: "x,".repeat(200) }).length < 140);
});

const keysOf = (settings: Partial<DistillOptions>) => {
  const options = { ...profiles.quick, ...settings };
  return new Map(stageKeys(options, { ...options }).map(({ path, key }) => [path, key]));
};
const shared = (a: Partial<DistillOptions>, b: Partial<DistillOptions>) => {
  const [one, other] = [keysOf(a), keysOf(b)];
  return [...one].filter(([path, key]) => other.get(path) === key).map(([path]) => path).sort();
};
const TAUGHT = ["agent", "cot", "cot-rag"].map((name) => `trajectories/${name}.jsonl`);
const STUDENTS = ["agent", "cot", "cot-rag"].map((name) => `students/${name}`);
const evaluated = (...names: string[]) => names.map((name) => `evaluation/${name}.jsonl`);
const TEACHERS = evaluated("teacher-agent", "teacher-cot");
const GREEDY = evaluated("agent-student", "cot-rag-student", "cot-student");

Deno.test("runs share exactly what does not depend on the option that differs", () => {
  const all = [...keysOf({}).keys()].sort();
  const sort = (paths: string[]) => paths.sort();
  assert.deepEqual(shared({}, {}), all);
  assert.deepEqual(shared({}, { seed: 1 }), []);
  assert.deepEqual(
    shared({}, { candidates: 4 }),
    sort([...TAUGHT, ...STUDENTS, ...TEACHERS, ...GREEDY]),
  );
  assert.deepEqual(
    shared({}, { voteOn: "logs" }),
    all.filter((path) => path !== "evaluation/agent-student-sag.jsonl"),
  );
  assert.deepEqual(
    shared({}, { candidateState: "leaking" }),
    all.filter((path) => path !== "evaluation/agent-student-sag.jsonl"),
  );
  assert.deepEqual(shared({}, { testTasks: 9 }), sort([...TAUGHT, ...STUDENTS]));
  for (
    const learning of [{ student: "0.3M" }, { epochs: 3 }, { curriculum: "steps" }, {
      adaptation: "lora",
    }] as const
  ) {
    assert.deepEqual(
      shared({}, learning),
      sort([...TAUGHT, ...TEACHERS]),
      JSON.stringify(learning),
    );
  }
  assert.deepEqual(shared({}, { then: "sft:1" }), all, "what comes before it");
  assert.deepEqual(
    shared({ then: "rft:1" }, { then: "grpo:1", thenTokens: 9 }),
    [
      ...all,
      "then/rollouts/round-001.jsonl",
    ].sort(),
  );
  assert.deepEqual(shared({ then: "rft:1" }, { then: "rft:1", thenTasks: 9 }), all);
  assert.ok(shared({ then: "rft:1" }, { then: "rft:1", testTasks: 9 }).includes("then"));
  // The student's own attempts at training tasks depend on the length of its turns.
  const shorter = shared({ then: "rft:1" }, { then: "rft:1", maxNewTokens: 9 });
  assert.ok(!shorter.some((path) => path.startsWith("then")), shorter.join());
  assert.ok(shorter.includes("students/agent"));
  const corrected = shared({ rollouts: 2 }, { rollouts: 2, maxNewTokens: 9 });
  assert.ok(!corrected.includes("students/agent"), corrected.join());
  assert.deepEqual(shared({}, { mustRetrieve: true }), sort([...TAUGHT, ...TEACHERS]));
  assert.deepEqual(shared({}, { trainTasks: 9 }), TEACHERS);
  assert.deepEqual(
    shared({}, { firstThoughtPrefix: true }),
    sort([...TAUGHT.slice(1), ...TEACHERS]),
  );
  assert.deepEqual(shared({ loraRank: 4 }, { loraRank: 8 }), all, "the rank of no adapter");
  assert.ok(
    !shared({ adaptation: "lora", loraRank: 4 }, { adaptation: "lora" })
      .includes("students/agent"),
  );
  assert.deepEqual(
    shared({}, { students: "agent" }),
    sort([TAUGHT[0], STUDENTS[0], ...TEACHERS, ...evaluated("agent-student", "agent-student-sag")]),
  );
});

Deno.test("an option that the kit gets later is taken to matter everywhere", () => {
  const options = { ...profiles.quick };
  const before = stageKeys(options, { ...options });
  const after = new Set(stageKeys(options, { ...options, later: 1 }).map(({ key }) => key));
  assert.ok(before.every(({ key }) => !after.has(key)));
});

Deno.test("axes and settings are read by the option's type, and errors name them", () => {
  assert.deepEqual(parseAxes(["seed=0,1", "firstThoughtPrefix=true,false"]), {
    seed: [0, 1],
    firstThoughtPrefix: [true, false],
  });
  assert.deepEqual(parseSettings(["students=agent", "learningRate=1e-3"]), {
    students: "agent",
    learningRate: 0.001,
  });
  assert.throws(() => parseAxes(["seeds=1"]), /Cannot set seeds: there is no such option/);
  assert.throws(() => parseAxes(["seed=x"]), /Cannot set seed to "x": it takes a whole number/);
  assert.deepEqual(parseAxes(["studentSize=1M", "samples=2,4"]), {
    studentSize: ["1M"],
    samples: [2, 4],
  });
  assert.throws(() => parseAxes(["adaptation=qlora"]), /it takes one of full, lora/);
  assert.throws(() => parseAxes(["seed"]), /Cannot sweep over "seed": write name=value/);
});
