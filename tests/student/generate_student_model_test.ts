import assert from "node:assert/strict";
import { GenerationError } from "../../lib/models/chat_model.ts";
import { createStudentModel } from "../../lib/student/student_model.ts";
import type { Message } from "../../lib/records/message.ts";
import { smallStudent } from "./small_student.ts";

const parts = await smallStudent();
const question: Message[] = [
  { role: "system", content: "Be brief." },
  { role: "user", content: "What is the capital of Kavél?" },
];

Deno.test("a student answers, and continues its own beginning of an answer", async () => {
  const model = await createStudentModel(parts, { threads: 1 });
  try {
    const whole = await model.complete({ messages: question, maxNewTokens: 30, stop: ["\n"] });
    assert.equal(whole.completions.length, 1);
    const prompt = parts.tokenizer.chatTemplate().render(question, { addGenerationPrompt: true });
    assert.equal(whole.promptTokens, parts.tokenizer.encode(prompt).length);
    const begun = "Thought: I need the";
    const messages: Message[] = [...question, { role: "assistant", content: begun }];
    const rest = await model.complete({ messages, maxNewTokens: 30, stop: ["\n"] });
    const expected = await model.engine.generate({
      prompt: parts.tokenizer.encode(prompt + begun),
      maxNewTokens: 30,
      stop: ["\n"],
    });
    assert.equal(rest.completions[0].text, expected.samples[0].text);
    assert.notEqual(rest.completions[0].text, whole.completions[0].text);
    assert.equal(model.prefixContinuation, "native");
    assert.equal(model.name, "student");
  } finally {
    await model.dispose();
  }
});

Deno.test("samples differ, and the same request gives the same answers", async () => {
  const model = await createStudentModel(parts, { threads: 1, name: "small" });
  try {
    const request = { messages: question, samples: 4, temperature: 1, maxNewTokens: 20, seed: 7 };
    const first = await model.complete(request);
    assert.deepEqual(await model.complete(request), first);
    assert.equal(new Set(first.completions.map(({ text }) => text)).size, 4);
    assert.equal(model.name, "small");
  } finally {
    await model.dispose();
  }
});

Deno.test("what does not fit the student is a generation error", async () => {
  const model = await createStudentModel(parts, { threads: 1, maxTokens: 20 });
  try {
    await assert.rejects(model.complete({ messages: question }), GenerationError);
  } finally {
    await model.dispose();
  }
});

Deno.test("a folder without a student is named", async () => {
  const folder = await Deno.makeTempDir();
  await assert.rejects(
    createStudentModel(folder),
    (error: Error) => error.message.includes(folder),
  );
  await Deno.remove(folder, { recursive: true });
});
