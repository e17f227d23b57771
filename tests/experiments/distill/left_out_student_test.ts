import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { profiles } from "@potstill/experiments/distill/distill_options.ts";
import type { DistillContext } from "@potstill/experiments/distill/distill_context.ts";
import {
  type KeptConversations,
  makeTrainingSets,
} from "@potstill/experiments/distill/training_sets.ts";
import type { Paradigm } from "@potstill/records/trajectory.ts";
import { readStoredBase } from "@potstill/student/stored_base.ts";
import { filterTrajectories } from "@potstill/trajectories/filter_trajectories.ts";
import { trajectory } from "./made_up_trajectory.ts";

const kept = (paradigm: Paradigm, isRight: boolean): KeptConversations => {
  const filter = filterTrajectories([{ ...trajectory, paradigm, correct: isRight }]);
  const conversations = filter.kept.map(({ id, steps }) => ({
    id,
    messages: [
      { role: "user" as const, content: "What is 1 + 1?" },
      { role: "assistant" as const, content: steps[0].modelOutput },
    ],
  }));
  return { paradigm, filter, conversations } as unknown as KeptConversations;
};

Deno.test("a student without data is left out with its reason; without any the run stops", async () => {
  const path = mkdtempSync(join(tmpdir(), "potstill-left-out-"));
  const told: string[] = [];
  const stage = { update: () => {}, done: () => {} };
  const context = {
    options: profiles.quick,
    run: { path },
    progress: { log: (text: string) => void told.push(text), stage: () => stage },
  } as unknown as DistillContext;
  try {
    const base = await readStoredBase("0.3M");
    const made = await makeTrainingSets(context, [kept("agent", true), kept("cot", false)], base);
    assert.deepEqual(made.sets.map(({ paradigm }) => paradigm), ["agent"]);
    assert.deepEqual(made.leftOut, [{
      paradigm: "cot",
      reason: "no trajectory is left after filtering; 1 are rejected (wrong-answer 1)",
    }]);
    assert.match(told.join("\n"), /WARNING: the cot student is left out: no trajectory is left/);
    await assert.rejects(
      makeTrainingSets(context, [kept("agent", false), kept("cot", false)], base),
      /Cannot train the agent student: no trajectory is left after filtering; 1 are rejected/,
    );
  } finally {
    rmSync(path, { recursive: true });
  }
});
