import assert from "node:assert/strict";
import { firstThoughtOf } from "../../lib/agent/first_thought.ts";

Deno.test("the first paragraph, up to the first blank line", () => {
  assert.equal(firstThoughtOf("One.\nStill one.\n \t\nTwo."), "Thought: One.\nStill one.");
  assert.equal(firstThoughtOf("\n\n Only. \n"), "Thought: Only.");
});

Deno.test("no text, no prefix", () => {
  assert.equal(firstThoughtOf(" \n\n"), null);
});
