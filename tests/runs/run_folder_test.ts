import assert from "node:assert/strict";
import { chmod, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readManifest } from "../../lib/runs/read_manifest.ts";
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

Deno.test("a manifest of before, without the fields that say where it was made, is read", async () => {
  const path = join(await folder(), "manifest.json");
  const old = { id: "r", command: "test", startedAt: "2026-01-01", resolved: {}, prompts: {} };
  await writeFile(path, JSON.stringify(old));
  const read = await readManifest(path);
  assert.deepEqual(read.given, {});
  assert.deepEqual(Object.entries(read.versions), []);
  assert.equal(read.revision, null);
  assert.equal(read.machine.os, "unknown");
  const wrong = [
    { given: [] },
    { versions: null },
    { machine: "PC" },
    { revision: 3 },
    { warnings: "none" },
    { warnings: [1] },
    { startedAt: undefined },
    { resolved: [] },
    { prompts: undefined },
  ];
  for (const fields of wrong) {
    await writeFile(path, JSON.stringify({ ...old, ...fields }));
    const [name] = Object.keys(fields);
    await assert.rejects(readManifest(path), new RegExp(`manifest.json: field ${name} must be`));
  }
});

Deno.test("of processes that begin one run at the same moment one has it, the others are told", async () => {
  const out = join(await folder(), "run");
  const all = await Promise.allSettled(
    Array.from({ length: 8 }, () => openRun({ ...options, resolved, out })),
  );
  const opened = all.filter((one) => one.status === "fulfilled");
  assert.equal(opened.length, 1);
  for (const one of all) {
    if (one.status === "rejected") assert.match(String(one.reason), /is used by|holds one already/);
  }
  await opened[0].value[Symbol.asyncDispose]();
});

Deno.test("warnings stay with the run that they are of", async () => {
  const out = join(await folder(), "run");
  const warnings = ["WARNING: 2 of 3 questions were trained on"];
  await (await openRun({ ...options, resolved, out, warnings }))[Symbol.asyncDispose]();
  assert.deepEqual((await readManifest(join(out, "manifest.json"))).warnings, warnings);
  await using again = await openRun({ ...options, resolved, out, resume: true });
  assert.deepEqual(again.manifest.warnings, warnings);
});
