import assert from "node:assert/strict";
import { runServe } from "@potstill/cli/serve.ts";

const main = new URL("../../../lib/cli/main.ts", import.meta.url);

Deno.test("serve --lab-expert answers, lists its model and stops on SIGTERM", async () => {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", main.pathname, "serve", "--lab-expert", "--port", "0"],
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  let text = "";
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  while (!text.includes("\n")) text += (await reader.read()).value ?? "";
  const [, baseUrl] = /Serving lab-expert at (\S+)/.exec(text)!;
  const models = await (await fetch(`${baseUrl}/models`)).json();
  assert.deepEqual(models.data.map((m: { id: string }) => m.id), ["lab-expert"]);
  child.kill("SIGTERM");
  await reader.cancel();
  assert.equal((await child.status).code, 0);
});

Deno.test("serve without a model, or with a folder that holds none, says so", async () => {
  const errors: string[] = [];
  const { error } = console;
  console.error = (text: string) => void errors.push(text);
  try {
    assert.equal(await runServe([]), 2);
    assert.equal(await runServe(["--student", "/nowhere", "--port", "0"]), 1);
    assert.equal(await runServe(["--lab-expert", "--port", "70000"]), 2);
  } finally {
    console.error = error;
  }
  assert.match(errors[0], /Nothing to serve/);
  assert.match(errors[1], /nowhere/);
});
