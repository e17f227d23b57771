import { emptyStep } from "@potstill/records/step.ts";
import type { Trajectory } from "@potstill/records/trajectory.ts";

/** A right answer of one turn. */
export const trajectory: Trajectory = {
  id: "sums/1#0",
  task: {
    id: "1",
    benchmark: "sums",
    split: "train",
    kind: "math",
    question: "1 + 1?",
    answer: "2",
  },
  paradigm: "agent",
  model: "m",
  prompt: [{ role: "user", content: "1 + 1?" }],
  steps: [{
    ...emptyStep(0),
    modelOutput: "Thought: Add.\nCode:\n```py\nfinal_answer(2)\n```<end_code>",
    thought: "Add.",
    code: "final_answer(2)",
    isFinal: true,
  }],
  answer: "2",
  correct: true,
  seed: 0,
};
