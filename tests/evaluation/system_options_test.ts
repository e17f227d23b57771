import assert from "node:assert/strict";
import {
  checkSystemRequest,
  defaultSystemName,
  generationRequest,
  type SystemRequest,
} from "@potstill/evaluation/system_options.ts";
import { openProgress } from "@potstill/runs/progress/open_progress.ts";

const progress = openProgress("silent");
const request = (more: object) =>
  ({ benchmark: "lab-math", teacher: "lab-expert", progress, ...more }) as SystemRequest;

/** System, paradigm, candidates and samples of a request. */
function votes(more: object): unknown[] {
  const { paradigm, candidates, samples, attempts } = generationRequest(request(more));
  return [paradigm, candidates, samples, attempts];
}

Deno.test("the system follows from what votes, and eight vote by default", () => {
  assert.deepEqual(votes({}), ["agent", 1, 1, 1]);
  assert.deepEqual(votes({ candidates: 4 }), ["agent", 4, 1, 1]);
  assert.deepEqual(votes({ samples: 4 }), ["cot", 1, 4, 1]);
  assert.deepEqual(votes({ system: "agent-sag" }), ["agent", 8, 1, 1]);
  assert.deepEqual(votes({ system: "cot-sc", attempts: 3 }), ["cot", 1, 8, 3]);
  assert.deepEqual(votes({ system: "cot-rag" }), ["cot-rag", 1, 1, 1]);
  assert.equal(defaultSystemName(request({ candidates: 4 })), "lab-expert agent, sag 4");
  assert.equal(defaultSystemName(request({ system: "cot-sc" })), "lab-expert CoT, majority of 8");
});

Deno.test("names of the last version mean what they meant", () => {
  assert.deepEqual(votes({ system: "agent-sag", voters: 4 }), ["agent", 4, 1, 1]);
  assert.deepEqual(votes({ system: "cot-sc", voters: 4 }), ["cot", 1, 4, 1]);
  assert.deepEqual(votes({ system: "agent-sag", samples: 4 }), ["agent", 4, 1, 1]);
  assert.equal(
    defaultSystemName(request({ system: "agent-sag", voters: 4 })),
    "lab-expert agent, sag 4",
  );
  assert.equal(generationRequest(request({ retriever: "wiki" })).search, "wiki");
  assert.equal(generationRequest(request({ index: "none" })).search, "none");
});

Deno.test("what does not go together is refused with the option and its value", () => {
  const refused = (more: object, message: RegExp) =>
    assert.throws(() => checkSystemRequest(request(more)), message);
  refused(
    { system: "cot", samples: 2 },
    /samples go with the system cot-sc, not with cot; .* is 2/,
  );
  refused({ system: "agent", candidates: 1 }, /candidates go with the system agent-sag/);
  refused({ candidates: 2, samples: 2 }, /samples go with the system cot-sc, not with agent-sag/);
  refused({ candidates: 1.5 }, /candidates must be a whole number from 1, it is 1.5/);
  refused({ system: "cot-sag" }, /system must be one of .*, it is "cot-sag"/);
  refused({ voteOn: "value" }, /voteOn must be one of logs-and-value, logs, it is "value"/);
  refused({ system: "cot", firstThoughtPrefix: true }, /first-thought prefix is for agents/);
  checkSystemRequest(request({ candidates: 4, voteOn: "logs" }));
});
