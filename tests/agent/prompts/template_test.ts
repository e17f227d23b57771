import assert from "node:assert/strict";
import { promptVariables, renderPrompt } from "../../../lib/agent/prompts/template.ts";
import { loadPrompts, promptNames } from "../../../lib/agent/prompts/prompt_set.ts";

Deno.test("placeholders are filled in, and values are not read as templates", () => {
  assert.equal(renderPrompt("p", "a {{x}} b {{ y }}", { x: "{{y}}", y: "$1" }), "a {{y}} b $1");
});

Deno.test("a missing variable is an error that names prompt and variable", () => {
  assert.throws(() => renderPrompt("greeting", "{{who}}", {}), /"greeting": variable "who"/);
});

Deno.test("a value that the prompt does not use is an error", () => {
  assert.throws(() => renderPrompt("p", "text", { extra: "1" }), /it has no variable "extra"/);
});

Deno.test("the project's prompts load, with a hash each", async () => {
  const prompts = await loadPrompts();
  for (const name of promptNames) assert.match(prompts.hashes[name], /^[0-9a-f]{64}$/);
  assert.equal(prompts.render("retry", { message: "M" }).split("\n")[1], "M");
});

Deno.test("a folder without the prompts is an error that names the file", async () => {
  await assert.rejects(loadPrompts("/nonexistent-prompts"), /agent_system.txt/);
});

Deno.test("promptVariables lists each name once", () => {
  assert.deepEqual(promptVariables("{{b}} {{a}} {{b}}"), ["b", "a"]);
});
