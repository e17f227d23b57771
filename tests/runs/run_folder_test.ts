import assert from "node:assert/strict";
import { chmod, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openRun } from "../../lib/runs/run_folder.ts";

const options = { command: "test", given: { seed: 1 }, prompts: { a: "0f" } };
const resolved = { seed: 1, profile: "quick" };
const folder = () => mkdtemp(join(tmpdir(), "potstill-run-"));

Deno.test("a run is made once and resumed with the same options", async () => {
  const out = join(await folder(), "run");
  const first = await openRun({ ...options, resolved, out });
  await first[Symbol.asyncDispose]();
  assert.equal(first.resumed, false);
  assert.equal(first.manifest.versions["onnxruntime-node"], "1.30.0");
  await assert.rejects(openRun({ ...options, resolved, out }), /holds one already. Pass --resume/);
  await using again = await openRun({ ...options, resolved, out, resume: true });
  assert.equal(again.resumed, true);
  assert.deepEqual(again.manifest, first.manifest);
});

Deno.test("resuming with other options or prompts names the difference", async () => {
  const out = join(await folder(), "run");
  await (await openRun({ ...options, resolved, out }))[Symbol.asyncDispose]();
  await assert.rejects(
    openRun({ ...options, resolved: { ...resolved, seed: 2 }, out, resume: true }),
    /option seed was 1, it is now 2/,
  );
  await assert.rejects(
    openRun({ ...options, prompts: { a: "ff" }, resolved, out, resume: true }),
    /prompt a has changed/,
  );
  await assert.rejects(
    openRun({ ...options, command: "other", resolved, out, resume: true }),
    /it is a run of "test"/,
  );
});

Deno.test("a folder that cannot be written is named", async () => {
  const file = join(await folder(), "file");
  await writeFile(file, "");
  await assert.rejects(
    openRun({ ...options, resolved, out: join(file, "run") }),
    /Cannot write the run's folder .*file\/run: .*Choose another with --out/,
  );
});

Deno.test("a corrupt manifest is named", async () => {
  const out = await folder();
  for (const text of ["{", "null", "[]", "3", '{"command":"test"}', '{"resolved":null}', ""]) {
    await writeFile(join(out, "manifest.json"), text);
    await assert.rejects(openRun({ ...options, resolved, out, resume: true }), (error: Error) => {
      assert.match(error.message, /^Cannot read .*manifest.json: /);
      return true;
    });
  }
  await chmod(out, 0o700);
});

Deno.test("an option that is null is one, also after it was stored", async () => {
  const out = join(await folder(), "run");
  const given = { ...options, resolved: { ...resolved, limit: null }, out };
  await (await openRun(given))[Symbol.asyncDispose]();
  await using again = await openRun({ ...given, resume: true });
  assert.equal(again.resumed, true);
});
