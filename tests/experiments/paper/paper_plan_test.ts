import assert from "node:assert/strict";
import { checkDistillOptions, profiles } from "../../../lib/experiments/distill/distill_options.ts";
import { paperPlan } from "../../../lib/experiments/paper/paper_plan.ts";
import { paperProfiles } from "../../../lib/experiments/paper/paper_profiles.ts";
import { shareableCells } from "../../../lib/experiments/paper/shareable_cells.ts";

const { small, full, improve } = paperProfiles;

Deno.test("every run of the profiles has settings that can be run", () => {
  for (const options of [small, full, improve]) {
    const { stages } = paperPlan(options, () => true);
    for (const cell of stages.flatMap(({ cells }) => cells)) {
      checkDistillOptions({ ...profiles.default, ...options.base, ...cell });
    }
  }
  const names = (options: typeof full) =>
    paperPlan(options, () => true).stages.map(({ name }) => name);
  assert.deepEqual(names(small), ["sizes", "first-thought prefix", "candidates of sag"]);
  assert.deepEqual(names(full), [
    ...names(small),
    "trajectories",
    "LoRA",
    "vote on prints alone",
    "must-retrieve filter",
    "leaking candidates",
    "curriculum",
    "corrected rollouts",
  ]);
  assert.deepEqual(names(improve).slice(0, 3), ["sizes", "then sft", "then spans"]);
  assert.ok(full.base.trainTasks! >= 2000 && full.base.testTasks! >= 40);
});

Deno.test("some stages of a plan alone, and none that it does not have", () => {
  const some = paperPlan({ ...full, stages: ["curriculum", "sizes"] }, () => true);
  assert.deepEqual(some.stages.map(({ name }) => name), ["sizes", "curriculum"]);
  assert.match(some.notes.at(-1)!, /this run has only sizes, curriculum/);
  const all = paperPlan(full, () => true);
  assert.ok(!all.notes.some((note) => note.includes("Of its stages")));
  const whole = paperPlan({
    ...improve,
    stages: paperPlan(improve, () => true).stages.map((s) => s.name),
  }, () => true);
  assert.ok(
    !whole.notes.some((note) => note.includes("Of its stages")),
    "empty stages do not count",
  );
  assert.deepEqual(some.stages[1], all.stages.find(({ name }) => name === "curriculum"));
  for (const stages of [["LoRa"], [""], []]) {
    assert.throws(() => paperPlan({ ...full, stages }, () => true), /no stage ".*", only sizes, /);
  }
});

Deno.test("several trained teachers are each asked with and without first-thought prefix", () => {
  const { stages } = paperPlan({ ...small, taughtBy: ["stored", "runs/planner"] }, () => true);
  const { cells } = stages.find(({ name }) => name === "first-thought prefix")!;
  assert.deepEqual(cells.map((cell) => [cell.teacher, cell.firstThoughtPrefix]), [
    ["stored", false],
    ["stored", true],
    ["runs/planner", false],
    ["runs/planner", true],
  ]);
  const refused = (change: object, wanted: RegExp) =>
    assert.throws(() => paperPlan({ ...small, ...change }, () => true), wanted);
  refused({ taughtBy: ["expert"] }, /taughtBy has "expert", which is no trained teacher/);
  refused({ taughtBy: ["stored", ""] }, /taughtBy has "", which/);
  refused(
    { taughtBy: ["a"], stages: ["sizes"] },
    /taughtBy names a, and there is no stage "first-/,
  );
  refused({ taughtBy: ["a"], taught: null }, /there is no stage "first-thought prefix"/);
});

Deno.test("a size without a CoT + RAG student leaves its system out, however the systems are written", () => {
  const base = { ...small.base, systems: "agent-student, cot-rag-student" };
  const { stages } = paperPlan({ ...small, base }, () => true);
  assert.equal(stages[0].cells.at(-1)!.systems, "agent-student");
  assert.equal(stages[0].cells[0].systems, undefined);
});

Deno.test("settings of students that go on are for the runs where they do", () => {
  const given = { thenTeacher: "folder", thenTasks: 8 };
  const { base, stages } = paperPlan(
    { ...improve, base: { ...improve.base, ...given } },
    () => true,
  );
  assert.ok(!("thenTasks" in base) && !("thenTeacher" in base));
  const settings = new Map(stages.map(({ name, cells: [cell] }) => [name, cell]));
  assert.equal(settings.get("sizes")!.thenTasks, undefined);
  assert.equal(settings.get("then rft")!.thenTasks, 8);
  assert.equal(settings.get("then rft")!.thenTeacher, undefined);
  assert.equal(settings.get("then opd")!.thenTeacher, "folder");
  const nobody = paperPlan({ ...small, base: { ...small.base, ...given } }, () => true);
  assert.throws(
    () => checkDistillOptions({ ...profiles.default, ...nobody.base }),
    /is for a student that goes on, and then is not set/,
  );
  for (const cell of settings.values()) {
    checkDistillOptions({ ...profiles.default, ...base, ...cell });
  }
});

Deno.test("a size without a base model is left out with a note, or trained", () => {
  const isStored = (size: string) => size === "1M";
  const skipped = paperPlan(small, isStored);
  assert.deepEqual(skipped.stages[0].cells, [{ student: "1M" }]);
  assert.equal(skipped.notes.length, 2); // 4M has no CoT + RAG student to leave out
  assert.match(skipped.notes[0], /no stored base model of 0\.3M: the size is left out/);
  assert.equal(
    skipped.stages[1].cells[0].student,
    "1M",
    "ablations move to a size that is there",
  );
  const trained = paperPlan({ ...small, missingBase: "train" }, isStored);
  assert.deepEqual(trained.stages[0].cells[0], {
    student: "0.3M",
    base: "trained",
    baseTexts: 6000,
  });
  assert.deepEqual(trained.stages[0].cells[1], { student: "1M" });
  assert.equal(trained.reference.base, "stored", "that of the ablations' size");
  assert.throws(() => paperPlan(small, () => false), /none of its sizes has a stored base model/);
  assert.throws(() => paperPlan({ ...small, seeds: [] }, () => true), /there is no seed/);
});

Deno.test("models of others: what they learn must be named, and they come after the lab's sizes", () => {
  const { real } = paperProfiles;
  const students = ["models/a.gguf", "models/b"];
  const base = { ...real.base, train: "a.jsonl:5", test: "b.jsonl", search: "index" };
  const { stages } = paperPlan({ ...real, students, base });
  assert.deepEqual(stages, [{ name: "sizes", cells: students.map((student) => ({ student })) }]);
  checkDistillOptions({ ...profiles.default, ...base, student: students[0] });
  assert.throws(() => paperPlan({ ...real, base }), /it has no student; name models/);
  assert.throws(
    () => paperPlan({ ...real, students, base: { ...base, search: undefined } }),
    /the teacher is annotations, and search is not set \(--set train=/,
  );
  const both = paperPlan({ ...small, students: ["a.gguf"] }, () => true);
  assert.deepEqual(both.stages[0].cells.map(({ student }) => student), [
    "0.3M",
    "1M",
    "4M",
    "a.gguf",
  ]);
});

Deno.test("what is shared of runs has no gold answer and no folder", () => {
  const options = {
    ...profiles.default,
    ...{ student: "models/SmolLM2.gguf", train: "x/a.jsonl:5,lab", search: "data/indexes/wiki" },
  };
  const [cell] = shareableCells([
    { name: "one", path: "/runs/one", options, rows: [], teacherRows: [], durationMs: 1 },
  ]);
  assert.equal(cell.path, "");
  const { student, train, search } = cell.options;
  assert.deepEqual([student, train, search], ["SmolLM2", "a.jsonl:5, lab", "wiki"]);
});
