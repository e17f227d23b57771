import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeFileAtomic } from "../../lib/runs/atomic_write.ts";
import { canonicalJson } from "../../lib/runs/canonical_json.ts";
import { JsonlAppender, readJsonl, writeJsonl } from "../../lib/runs/jsonl.ts";
import { checkTrajectory } from "../../lib/records/check.ts";

const any = (value: unknown) => value;
const folder = () => mkdtemp(join(tmpdir(), "potstill-jsonl-"));

Deno.test("rows come back as written, and appended rows follow", async () => {
  const path = join(await folder(), "rows.jsonl");
  await writeJsonl(path, [{ a: 1 }]);
  const appender = await JsonlAppender.open(path);
  await Promise.all([appender.append({ a: 2 }), appender.append({ a: 3 })]);
  await appender.close();
  assert.deepEqual(await readJsonl(path, any), [{ a: 1 }, { a: 2 }, { a: 3 }]);
});

Deno.test("a line cut by a crash is dropped when the file is opened again", async () => {
  const path = join(await folder(), "rows.jsonl");
  await writeFile(path, '{"a":1}\n{"a":2');
  const appender = await JsonlAppender.open(path);
  await appender.append({ a: 3 });
  await appender.close();
  assert.equal(await readFile(path, "utf8"), '{"a":1}\n{"a":3}\n');
});

Deno.test("a corrupt line is named by file and number", async () => {
  const path = join(await folder(), "rows.jsonl");
  await writeFile(path, '{"a":1}\n{"a":\n');
  await assert.rejects(readJsonl(path, any), /rows\.jsonl line 2: .*the line is: \{"a":/);
});

Deno.test("a record of another shape is named by field", async () => {
  const path = join(await folder(), "t.jsonl");
  await writeFile(path, '{"id":"x","model":"m","paradigm":"dance"}\n');
  await assert.rejects(
    readJsonl(path, checkTrajectory),
    /line 1: trajectory\.paradigm is not one of agent, cot, cot-rag but "dance"/,
  );
});

Deno.test("a failed write leaves the old file and no temporary one", async () => {
  const dir = await folder();
  const path = join(dir, "file");
  await writeFileAtomic(path, "old");
  await assert.rejects(writeFileAtomic(join(path, "below-a-file"), "x"), /Cannot write/);
  assert.equal(await readFile(path, "utf8"), "old");
  assert.deepEqual(await readdir(dir), ["file"]);
});

Deno.test("canonical JSON does not depend on the order of keys", () => {
  assert.equal(canonicalJson({ b: [{ d: 1, c: undefined }], a: 2 }), '{"a":2,"b":[{"d":1}]}');
});
