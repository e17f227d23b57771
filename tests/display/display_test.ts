import assert from "node:assert/strict";
import { showMask } from "../../lib/report/mask_display.ts";
import { showTrajectory } from "../../lib/report/trajectory_display.ts";
import type { Trajectory } from "../../lib/records/trajectory.ts";
import type { MimeBundle } from "../../lib/display/table.ts";
import { loadChatTemplate } from "../../lib/tokenizer/load_chat_template.ts";
import { trainTokenizer } from "../../lib/tokenizer/train_tokenizer.ts";
import { tokenizeConversation } from "../../lib/training_data/tokenize_conversation.ts";

const trajectory: Trajectory = {
  id: "t",
  task: {
    id: "1",
    benchmark: "b",
    split: "test",
    kind: "qa",
    question: "Who <is> it?",
    answer: "x",
  },
  paradigm: "agent",
  model: "m",
  prompt: [],
  steps: [{
    index: 0,
    modelOutput: "",
    thought: "look & see",
    code: "print(1)",
    observation: "Observation:\nExecution logs:\n1\n",
    toolCalls: [],
    isFinal: false,
    error: null,
    candidates: [{ modelOutput: "", code: null, error: null, result: null, completionTokens: 1 }],
    vote: { chosen: 0, groups: [[0]], share: 1 },
    tokens: { prompt: 1, completion: 1 },
    durations: { generateMs: 1, executeMs: 1 },
  }],
  answer: "y",
  correct: false,
  seed: 0,
};

function bundle(display: unknown): MimeBundle {
  return (display as Record<symbol, () => MimeBundle>)[Symbol.for("Jupyter.display")]();
}

Deno.test("a trajectory shows every part, escaped in HTML", () => {
  const text = String(showTrajectory(trajectory));
  for (const part of ["Who <is> it?", "look & see", "print(1)", "groups of 1", "wrong; gold: x"]) {
    assert.ok(text.includes(part), part);
  }
  const html = String(bundle(showTrajectory(trajectory))["text/html"]);
  assert.ok(html.includes("Who &lt;is&gt; it?") && html.includes("look &amp; see"));
  assert.equal(bundle(showTrajectory(trajectory))["text/plain"], text);
});

Deno.test("a mask marks exactly the assistant's text", async () => {
  const template = await loadChatTemplate();
  const tokenizer = trainTokenizer(["one and two"], template, { vocabSize: 262 });
  const example = tokenizeConversation(tokenizer, template, [
    { role: "user", content: "one?" },
    { role: "assistant", content: "<two>" },
  ]);
  const { "text/plain": plain, "text/html": html } = bundle(showMask(tokenizer, example));
  assert.match(String(plain), /\[\[<two><\|im_end\|>\]\]/);
  assert.match(String(html), /background:[^>]*>&lt;/);
});
