import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { importFiles } from "@potstill/trajectories/import/import_files.ts";
import {
  type ImportedTrajectory,
  originalRecords,
} from "@potstill/trajectories/import/imported_trajectory.ts";
import { checkTrajectory } from "@potstill/records/check.ts";
import { readJsonl, writeJsonl } from "@potstill/runs/jsonl.ts";
import { withFolder } from "../../generation/setup.ts";

const shared = new URL("../../../../shared/data/traces/", import.meta.url).pathname;

async function trajectoriesIn(path: string): Promise<ImportedTrajectory[]> {
  const folder = join(path, "trajectories");
  const all = await Promise.all(
    readdirSync(folder).map((name) => readJsonl(join(folder, name), checkTrajectory)),
  );
  return all.flat() as ImportedTrajectory[];
}

Deno.test("files of any forms become a run; bad lines are listed with their numbers", async () => {
  await withFolder(async (folder) => {
    const chat = (answer: string) => ({
      messages: [{ role: "user", content: "q" }, { role: "assistant", content: answer }],
    });
    const agent = "Thought: go.\n<code>\nfinal_answer(1)\n</code>";
    await writeJsonl(join(folder, "a.jsonl"), [
      chat("The answer is 1."),
      { nothing: 1 },
      chat(agent),
    ]);
    await writeJsonl(join(folder, "b.jsonl"), [{ ...chat("two"), id: "1" }, {
      ...chat("x"),
      id: "1",
    }]);
    const files = ["a.jsonl", "b.jsonl"].map((name) => join(folder, name));
    const summary = await importFiles({ files, out: join(folder, "run") });
    assert.equal(summary.records, 4);
    assert.deepEqual(summary.paradigms, { cot: 3, agent: 1 });
    assert.deepEqual(summary.problems, [{
      file: "a.jsonl",
      line: 2,
      problem: "it has no form that is known; its fields are nothing",
    }]);
    const ids = (await trajectoriesIn(join(folder, "run"))).map(({ id }) => id).sort();
    assert.deepEqual(ids, ["a/1#0", "a/3#0", "b/1#0", "b/1#0.1"]);
    await assert.rejects(
      importFiles({ files, out: join(folder, "strict"), isStrict: true }),
      /Cannot import .*a.jsonl line 2: it has no form/,
    );
    await Deno.writeTextFile(files[0], '{"messages": [}\n');
    await assert.rejects(importFiles({ files, out: join(folder, "c") }), /a.jsonl line 1: .*JSON/);
  });
});

Deno.test("files of the same name in different folders stay apart", async () => {
  await withFolder(async (folder) => {
    const record = (text: string) => ({
      messages: [{ role: "user", content: "q" }, { role: "assistant", content: text }],
    });
    const files = ["one", "two"].map((name) => join(folder, name, "log.jsonl"));
    for (const file of files) {
      await Deno.mkdir(join(file, ".."), { recursive: true });
      await writeJsonl(file, [record(file)]);
    }
    await importFiles({ files, out: join(folder, "run") });
    const back = originalRecords(await trajectoriesIn(join(folder, "run")));
    assert.deepEqual(back, files.map(record));
  });
});

Deno.test("an import that is interrupted leaves nothing", async () => {
  await withFolder(async (folder) => {
    const file = join(folder, "many.jsonl");
    const messages = [{ role: "user", content: "1 + 1?" }, { role: "assistant", content: "2" }];
    await writeJsonl(file, Array.from({ length: 3000 }, () => ({ messages })));
    const stop = new AbortController();
    const out = join(folder, "run");
    const done = importFiles({ files: [file], out, signal: stop.signal });
    const writing = setInterval(() => existsSync(out) && stop.abort(new Error("enough")), 1);
    await assert.rejects(done, /enough/).finally(() => clearInterval(writing));
    assert.deepEqual(readdirSync(folder), ["many.jsonl"]);
  });
});

Deno.test("the recorded real traces come in without loss", async () => {
  if (!existsSync(shared)) return console.log("skipped: there is no shared data");
  await withFolder(async (folder) => {
    const names = readdirSync(shared).filter((name) => name.endsWith(".jsonl")).sort();
    let assistantTexts = 0;
    for (const name of names) {
      const file = join(shared, name);
      const out = join(folder, name);
      const { problems, records } = await importFiles({ files: [file], out, isStrict: true });
      assert.deepEqual(problems, []);
      const originals = await readJsonl(file, (line) => line);
      assert.equal(records, originals.length);
      const trajectories = await trajectoriesIn(out);
      const byLine = (a: ImportedTrajectory, b: ImportedTrajectory) =>
        a.imported.line - b.imported.line;
      assert.deepEqual(originalRecords(trajectories.sort(byLine)), originals, basename(file));
      // What the model wrote is in the steps, letter by letter.
      for (const { imported, steps } of trajectories) {
        const record = imported.record as Record<string, never>;
        const messages = (record.messages ?? record["log_data"]?.["messages"] ?? []) as {
          role: string;
          content: string | { text: string }[];
        }[];
        const texts = messages.filter(({ role }) => role === "assistant").map(({ content }) =>
          typeof content === "string" ? content : content.map((part) => part.text).join("\n")
        );
        if (typeof record.response === "string") texts.push(record.response);
        if (texts.length === 0) continue;
        const written = steps.filter(({ error }) => error?.kind !== "max-steps");
        assert.deepEqual(written.map(({ modelOutput }) => modelOutput), texts);
        assistantTexts += texts.length;
      }
    }
    assert.ok(assistantTexts >= 2000);
  });
});
