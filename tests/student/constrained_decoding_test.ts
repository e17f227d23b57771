import assert from "node:assert/strict";
import { parseAction } from "@potstill/agent/parse_action.ts";
import { StudentEngine } from "@potstill/student/generate/student_engine.ts";
import { TokenMasks } from "@potstill/student/generate/token_masks.ts";
import { turnGrammar } from "@potstill/student/generate/turn_grammar.ts";
import { StudentModel } from "@potstill/student/student_model.ts";
import { type ChatRequest, GenerationError } from "@potstill/models/chat_model.ts";
import { ChatServer } from "@potstill/models/server/chat_server.ts";
import { createOpenAiModel } from "@potstill/models/openai/create_openai_model.ts";
import { serveModels } from "@potstill/models/server/serve_models.ts";
import { smallStudent } from "./small_student.ts";

const parts = await smallStudent();
const { tokenizer } = parts;
const end = tokenizer.specialId("<|im_end|>");
const masks = new TokenMasks(turnGrammar(), tokenizer, [end]);

Deno.test("a mask admits exactly the tokens whose bytes the grammar admits", () => {
  const grammar = turnGrammar();
  const fence = "```";
  const texts = [
    "",
    "Thought: a",
    "Thought: a\n",
    "Thought: a\nCode:",
    `Thought: a\nCode:\n${fence}py\n`,
    `Thought: a\nCode:\n${fence}py\nx = 1\n`,
    `Thought: a\nCode:\n${fence}py\nx = 1\n${fence}<end_code>`,
  ];
  for (const text of texts) {
    const state = masks.afterText(text)!;
    const mask = masks.maskOf(state);
    for (let id = 0; id < tokenizer.vocabSize; id++) {
      let to: number | null = tokenizer.isSpecial(id) ? null : state;
      if (to !== null) {
        for (const byte of tokenizer.bytesOf(id)) {
          to = to === null ? null : grammar.next(to, byte);
        }
      }
      const wanted = to !== null || (id === end && grammar.isEnd(state));
      const found = "admitted" in mask ? mask.admitted.includes(id) : !mask.refused.includes(id);
      assert.equal(found, wanted, `${JSON.stringify(text)}, token ${id}`);
    }
  }
});

const messages = [{ role: "user" as const, content: "What is 1 + 1?" }];

Deno.test("turns of a student that has learned nothing are read, whatever is drawn, however short", async () => {
  const engine = await StudentEngine.create(parts);
  const model = new StudentModel(engine, "small");
  const ask = (more: Partial<ChatRequest>) =>
    model.complete({ messages, stop: ["<end_code>"], temperature: 1, samples: 6, ...more });
  for (const maxNewTokens of [40, 60, 200]) {
    const { completions } = await ask({ grammar: "agent-turn", maxNewTokens, seed: maxNewTokens });
    for (const { text, finishReason } of completions) {
      assert.notEqual(parseAction(text).code, null, JSON.stringify(text));
      assert.equal(finishReason, "stop");
    }
  }
  const free = await ask({ maxNewTokens: 60 });
  assert.ok(
    free.completions.every(({ text }) => parseAction(text).code === null),
    "no form unless asked",
  );
  const greedy = await ask({ grammar: "agent-turn", temperature: 0, samples: 1, maxNewTokens: 60 });
  assert.notEqual(parseAction(greedy.completions[0].text).code, null);
  await engine.dispose();
});

Deno.test("a first thought goes on in the same form; log-probabilities are the model's own", async () => {
  const engine = await StudentEngine.create(parts);
  const model = new StudentModel(engine, "small");
  const begun = "Thought: First, add them.";
  const { response: { completions: [one] }, prompt, sampled } = await model.completeTokens({
    messages: [...messages, { role: "assistant", content: begun }],
    grammar: "agent-turn",
    stop: ["<end_code>"],
    maxNewTokens: 80,
    temperature: 1,
    logprobs: true,
  });
  const { thought, code } = parseAction(begun + one.text);
  assert.notEqual(code, null);
  assert.ok(thought.startsWith("First, add them."));
  const own = await engine.sequenceLogprobs(Int32Array.of(...prompt, ...sampled[0].ids));
  for (const [i, { logprob }] of one.logprobs!.entries()) {
    const wanted = own[prompt.length + i];
    assert.ok(Math.abs(logprob - wanted) < 1e-3, `token ${i}: ${logprob}, not ${wanted}`);
  }
  await engine.dispose();
});

Deno.test("a server holds its student to the form, and says that it can; others refuse", async () => {
  const engine = await StudentEngine.create(parts);
  const student = new StudentModel(engine, "small");
  const open = (grammars?: readonly "agent-turn"[]) => {
    const server = serveModels([{ id: "small", model: student, grammars }], { port: 0 });
    const model = createOpenAiModel({ baseUrl: server.baseUrl, model: "small" });
    return { server, model };
  };
  const request = {
    messages,
    grammar: "agent-turn" as const,
    stop: ["<end_code>"],
    maxNewTokens: 50,
  };
  const able = open(["agent-turn"]);
  const { completions } = await (await able.model).complete(request);
  assert.notEqual(parseAction(completions[0].text).code, null);
  await able.server.close();
  const unable = open();
  await assert.rejects(
    (await unable.model).complete(request),
    (error: Error) =>
      error instanceof GenerationError && /does not say that it can/.test(error.message),
  );
  await unable.server.close();
  const server = new ChatServer([{ id: "small", model: student, grammars: ["agent-turn"] }]);
  const post = async (grammar: unknown) => {
    const response = await server.handle(
      new Request("http://127.0.0.1/v1/chat/completions", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ model: "small", messages, grammar, max_tokens: 2 }),
      }),
    );
    return [response.status, (await response.json()).error?.message ?? ""] as const;
  };
  assert.deepEqual(await post("agent-turns"), [
    400,
    'Cannot read the request: grammar must be agent-turn: "agent-turns"',
  ]);
  assert.equal((await post("agent-turn"))[0], 200);
  await engine.dispose();
});
