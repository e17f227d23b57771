import assert from "node:assert/strict";
import { createAnnotatedTeacher } from "@potstill/annotations/annotated_teacher.ts";
import type { Retriever } from "@potstill/retrieval/retriever.ts";
import type { Task } from "@potstill/records/task.ts";
import { filterTrajectory } from "@potstill/trajectories/filter_trajectory.ts";
import { replayTrajectory } from "@potstill/agent/replay_trajectory.ts";
import { openWorkbench } from "@potstill/workbench/open_workbench.ts";
import { passages, search, tasks } from "./made_up_tasks.ts";
import { answersAhead } from "./no_answer_ahead.ts";

const all: readonly Task[] = Object.values(tasks);

Deno.test("attempts made of annotations are run, graded, and name nothing before it is found", async () => {
  const bench = await openWorkbench({ search, processes: 1 });
  const teacher = createAnnotatedTeacher(all);
  try {
    for (const task of all) {
      const trajectory = await bench.solve(teacher, task, { seed: 1 });
      const seen = trajectory.steps.map(({ thought, code, error }) => ({ thought, code, error }));
      assert.equal(trajectory.correct, true, `${task.id}: ${JSON.stringify(seen, null, 1)}`);
      assert.ok(filterTrajectory(trajectory).kept);
      assert.equal(trajectory.teacher, "annotations");
      assert.equal(trajectory.model, "annotations");
      assert.deepEqual(answersAhead(trajectory), []);
      const searches = trajectory.steps.flatMap(({ toolCalls }) => toolCalls)
        .filter(({ name }) => name === "web_search");
      assert.equal(searches.length > 0, task.kind === "qa", task.id);
      assert.ok(trajectory.steps.slice(0, -1).every(({ observation }) => observation !== ""));
      const { isSame, answer } = await replayTrajectory(trajectory, bench);
      assert.ok(isSame, `${task.id} gives ${answer} anew`);
      const cot = await bench.answer(teacher, task, { seed: 1 });
      assert.equal(cot.correct, true, cot.steps[0].modelOutput);
      assert.equal(cot.teacher, "annotations");
    }
  } finally {
    await bench.close();
  }
});

Deno.test("a program's variables are the quantities of the solution, in their order", async () => {
  const bench = await openWorkbench({ search: "none", processes: 1 });
  const solution =
    "In May 48/2 = <<48/2=24>>24 clips May.\n48+24 = <<48+24=72>>72 clips in all.\n" +
    "That is 72*3 = <<72*3=216>>216 cents.";
  const task: Task = {
    ...{ id: "program", benchmark: "own", split: "train", kind: "math", answer: "216" },
    question: "Ann has 48 clips, Bo half as many, a clip is 3 cents. What are they worth?",
    annotation: { solution },
  };
  try {
    for (const seed of [1, 2, 3, 4, 5, 6]) {
      const { steps: [{ thought, code }], correct } = await bench.solve(
        createAnnotatedTeacher([task]),
        task,
        { seed },
      );
      assert.equal(correct, true);
      assert.match(code!, /^clips_may = .*\nclips_in_all = .*\ncents = /);
      assert.doesNotMatch(thought, /clip|cent|One calculation/, "names nothing that is computed");
      assert.match(thought, /^\D*(\b3 calculations\D*)?$/, "tells at most their number");
    }
  } finally {
    await bench.close();
  }
});

Deno.test("the words vary with the seed, and are the same for the same one", async () => {
  const bench = await openWorkbench({ search, processes: 1 });
  const teacher = createAnnotatedTeacher(all);
  try {
    const texts: string[] = [];
    for (const seed of [1, 1, 2, 3, 4, 5]) {
      const { steps, correct } = await bench.solve(teacher, tasks.chain, { seed });
      assert.equal(correct, true);
      texts.push(steps.map(({ modelOutput }) => modelOutput).join("\n"));
    }
    assert.equal(texts[0], texts[1]);
    assert.ok(new Set(texts).size >= 4, texts.join("\n\n"));
  } finally {
    await bench.close();
  }
});

Deno.test("a search that misses is mended once, then the attempt is rejected for its reason", async () => {
  const without = (...titles: string[]) => ({
    ...search,
    search: async (query: string, topK: number) =>
      (await search.search(query, passages.length)).filter(({ passage }) =>
        !titles.includes(passage.title)
      ).slice(0, topK),
  });
  const changed = (title: string, text: string) => ({
    ...search,
    search: async (query: string, topK: number) =>
      (await search.search(query, topK)).map((hit) =>
        hit.passage.title === title ? { ...hit, passage: { ...hit.passage, text } } : hit
      ),
  });
  let queries = 0;
  const missingOnce = {
    ...search,
    search: (query: string, topK: number) =>
      queries++ === 0 ? Promise.resolve([]) : search.search(query, topK),
  };
  let searched: Retriever = search;
  const current: Retriever = {
    name: "current",
    search: (query, topK) => searched.search(query, topK),
  };
  const bench = await openWorkbench({ search: current, processes: 1 });
  const teacher = createAnnotatedTeacher(all);
  const cases = [
    [tasks.chain, without("Odo Brandt", "Salt Road"), "search-missed", 3],
    [tasks.chain, changed("Odo Brandt", "He made films."), "answer-not-in-passage", 3],
    [tasks.decomposed, without("Tarn Bells"), "search-missed", 3],
    [tasks.facts, without("Vell"), "search-missed", 3],
    [tasks.facts, changed("Vell", "Vell is a town."), "answer-not-in-passage", 2],
    [tasks.chain, missingOnce, null, 4],
  ] as const;
  try {
    for (const [task, retriever, reason, turns] of cases) {
      searched = retriever;
      const trajectory = await bench.solve(teacher, task, { seed: 3, maxSteps: 8 });
      const { reasons, kept } = filterTrajectory(trajectory);
      const codes = trajectory.steps.flatMap(({ code }) => code ?? []);
      assert.deepEqual(answersAhead(trajectory), []);
      if (reason === null) assert.ok(kept, codes.join("\n"));
      else {
        assert.deepEqual(reasons, [reason, "no-answer"], codes.join("\n"));
        assert.equal(trajectory.answer, null);
      }
      assert.equal(new Set(codes).size, codes.length, "no query is made twice");
      assert.equal(codes.length, turns, codes.join("\n"));
    }
  } finally {
    await bench.close();
  }
});

Deno.test("what no attempt can be made of says why", async () => {
  const base = { benchmark: "b", split: "train", kind: "qa" } as const;
  const gaps: readonly (readonly [Task, string])[] = [
    [{ ...base, id: "1", question: "Who?", answer: "x" }, "no-annotation"],
    [
      {
        ...base,
        id: "2",
        kind: "math",
        question: "?",
        answer: "3",
        annotation: { solution: "See." },
      },
      "no-annotation",
    ],
    [
      {
        ...base,
        id: "3",
        kind: "math",
        question: "Two and two?",
        answer: "5",
        annotation: { solution: "2+2=<<2+2=4>>4" },
      },
      "calculation-differs",
    ],
    [
      {
        ...base,
        id: "4",
        question: "Who?",
        answer: "x",
        annotation: { hops: [{ question: "who is #2", answer: "x" }] },
      },
      "no-annotation",
    ],
    [
      {
        ...base,
        id: "5",
        question: "Where does the founder of the Tarn Bells teach?",
        answer: "Rome",
        annotation: {
          hops: [
            { question: "Who, like Ada Foss in Rome, founded the Tarn Bells?", answer: "Iva Noor" },
            { question: "Where does #1 teach?", answer: "Rome" },
          ],
        },
      },
      "tells-ahead",
    ],
  ];
  const bench = await openWorkbench({ search, processes: 1 });
  try {
    for (const [task, gap] of gaps) {
      const { steps, answer } = await bench.solve(createAnnotatedTeacher([task]), task);
      assert.equal(steps.at(-1)?.error?.gap, gap, `${task.id}: ${steps.at(-1)?.error?.message}`);
      assert.equal(answer, null);
    }
    const unknown = { ...tasks.chain, question: "Another question?" };
    const { steps } = await bench.solve(createAnnotatedTeacher(all), unknown);
    assert.match(steps[0].error!.message, /none of the \d+ tasks: "Another question\?"/);
  } finally {
    await bench.close();
  }
});

Deno.test("a begun thought is gone on with, and passages before a question are no part of it", async () => {
  const bench = await openWorkbench({ search, processes: 1 });
  const teacher = createAnnotatedTeacher(all);
  try {
    const firstThought = "Thought: I take it apart.";
    const trajectory = await bench.solve(teacher, tasks.chain, { firstThought });
    assert.equal(trajectory.correct, true);
    assert.ok(trajectory.steps[0].modelOutput.startsWith(firstThought));
    assert.equal(trajectory.firstThought?.continuation, "native");
    const rag = await bench.answer(teacher, tasks.chain, { passages: 2 });
    assert.equal(rag.paradigm, "cot-rag");
    assert.equal(rag.correct, true);
  } finally {
    await bench.close();
  }
});
