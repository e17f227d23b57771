import assert from "node:assert/strict";
import { join } from "node:path";
import { RecordingModel } from "@potstill/improvement/recording_model.ts";
import { makeRollouts, type RolloutRequest } from "@potstill/improvement/rollout.ts";
import { episodesOf } from "@potstill/improvement/episode.ts";
import { loadLabBenchmark } from "@potstill/lab/benchmarks.ts";
import { createStudentModel } from "@potstill/student/student_model.ts";
import { openWorkbench } from "@potstill/workbench/open_workbench.ts";
import { smallStudent } from "../student/small_student.ts";

const tasks = loadLabBenchmark("lab-math", { split: "train", count: 3, seed: 0 });

/** Attempts as they can be compared: without times. */
function plain(rollouts: Awaited<ReturnType<typeof makeRollouts>>) {
  return rollouts.map(({ trajectory, turns }) => ({
    id: trajectory.id,
    texts: trajectory.steps.map(({ modelOutput }) => modelOutput),
    turns,
  }));
}

Deno.test("a turn is remembered as it was drawn, also where its text would be other tokens", async () => {
  const student = await createStudentModel(await smallStudent());
  const { tokenizer } = student.engine;
  let changed = 0;
  for (let seed = 0; seed < 6; seed++) {
    const model = new RecordingModel(student);
    const messages = [{ role: "user" as const, content: "2 + 2?" }];
    const request = { messages, maxNewTokens: 24, temperature: 1, topP: 1, seed };
    const { completions: [{ text }] } = await model.complete(request);
    const [{ prompt, ids, logprobs }] = model.turns;
    const again = tokenizer.encode(text);
    if (again.join() !== ids.join()) changed++;
    const all = Int32Array.from([...prompt, ...ids]);
    const scores = await student.engine.sequenceLogprobs(all);
    assert.ok(ids.every((_, i) => Math.abs(scores[prompt.length + i] - logprobs[i]) < 1e-3));
    const [episode] = episodesOf(model.turns);
    assert.deepEqual(episode.ids.filter((_, i) => episode.sampled[i] === 1), ids);
    await assert.rejects(model.complete({ ...request, samples: 2 }), /a turn of 2 completions/);
  }
  await student.dispose();
  assert.ok(changed > 0, "every text was encoded as it was drawn");
});

Deno.test("agents: attempts with their tokens, interrupted and resumed as if they were not", async () => {
  const folder = await Deno.makeTempDir();
  const student = await createStudentModel(await smallStudent(), { name: "small" });
  const bench = await openWorkbench({ search: "none", processes: 1 });
  try {
    const request: RolloutRequest = {
      student,
      bench,
      tasks,
      attempts: 2,
      options: { maxSteps: 2, maxNewTokens: 12 },
      seed: 1,
      concurrency: 2,
    };
    const whole = await makeRollouts({ ...request, path: join(folder, "whole.jsonl") });
    assert.equal(whole.length, 6);
    for (const { trajectory, turns } of whole) {
      assert.equal(turns.length, trajectory.steps.filter((s) => s.error?.kind === "parse").length);
      assert.ok(turns.length > 0 && turns.every(({ ids }) => ids.length <= 12));
    }
    assert.notDeepEqual(whole[0].turns, whole[1].turns);
    const path = join(folder, "part.jsonl");
    const stop = new AbortController();
    let calls = 0;
    const stopping = Object.assign(Object.create(student), {
      completeTokens: (how: Parameters<typeof student.completeTokens>[0]) => {
        if (++calls === 4) stop.abort(new Error("enough"));
        return student.completeTokens(how);
      },
    });
    await assert.rejects(
      makeRollouts({ ...request, student: stopping, path, signal: stop.signal }),
      /enough/,
    );
    calls = 0;
    const resumed = await makeRollouts({ ...request, student: stopping, path });
    assert.ok(calls > 0 && calls < 12, `${calls} turns were made again`);
    assert.deepEqual(plain(resumed), plain(whole));
    assert.deepEqual(plain(await makeRollouts({ ...request, path })), plain(whole));
  } finally {
    await bench.close();
    await student.dispose();
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("chain of thought: one turn each, without an interpreter", async () => {
  const student = await createStudentModel(await smallStudent());
  const bench = await openWorkbench({ search: "none", python: false });
  const request = { student, bench, tasks, attempts: 2, options: { maxNewTokens: 8 } };
  const rollouts = await makeRollouts({ ...request, paradigm: "cot" });
  assert.deepEqual(rollouts.map(({ turns }) => turns.length), [1, 1, 1, 1, 1, 1]);
  await bench.close();
  await student.dispose();
});
