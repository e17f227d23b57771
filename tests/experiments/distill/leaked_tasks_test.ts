import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { resolveDistill } from "@potstill/experiments/distill/run_distill.ts";

const story = (eggs: number, who: string) => ({
  question: `${who} has ${eggs} eggs and sells half of them to a friend. How many are left?`,
  answer: `${eggs}/2 = <<${eggs}/2=${eggs / 2}>>${eggs / 2} eggs are left.\n#### ${eggs / 2}`,
});

Deno.test("training questions that are test questions are left out, unless they are to be kept", async () => {
  const folder = mkdtempSync(join(tmpdir(), "potstill-leaked-"));
  const write = (name: string, rows: readonly object[]) => {
    const path = join(folder, name);
    writeFileSync(path, rows.map((row) => JSON.stringify(row)).join("\n"));
    return path;
  };
  const shared = story(48, "Una");
  const train = write("train.jsonl", [shared, story(50, "Una"), story(48, "Iva"), {
    ...shared,
    question: shared.question.replace("sells", "sold"),
  }]);
  const test = write("test.jsonl", [shared, story(52, "Una")]);
  const settings = { train, test, search: "none", teacher: "annotations", students: "agent" };
  try {
    const { plan, resolved } = await resolveDistill({ settings });
    assert.deepEqual(plan.leaks.map(({ kind }) => kind), ["exact", "overlap"]);
    assert.deepEqual(plan.train.map(({ id }) => id), ["2", "3"]);
    assert.match(
      plan.notes.join("\n"),
      /2 of the 4 training tasks are left out.*1 exact, 1 overlap/,
    );
    assert.deepEqual(plan.warnings, []);
    assert.match(String(resolved.teacherSha256), /^[0-9a-f]{64}$/);
    assert.ok(plan.systems.every((slug) => !slug.startsWith("teacher")));

    const kept = await resolveDistill({ settings: { ...settings, leaked: "keep" } });
    assert.equal(kept.plan.train.length, 4);
    assert.match(kept.plan.warnings.join("\n"), /WARNING: 1 of 2 test questions are training/);
    await assert.rejects(
      resolveDistill({ settings: { ...settings, train: test } }),
      /all 2 training questions are test questions too; .*--leaked keep/,
    );
    const plain = write("plain.jsonl", [{ dataset_name: "own", question: "Who?", answer: "x" }]);
    await assert.rejects(
      resolveDistill({ settings: { ...settings, train: plain } }),
      /from annotations: none of the 1 tasks of .*plain\.jsonl has hops/,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});
