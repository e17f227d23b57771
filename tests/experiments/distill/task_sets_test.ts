import assert from "node:assert/strict";
import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { loadTaskSets, parseTaskSets } from "../../../lib/experiments/distill/task_sets.ts";

const root = await mkdtemp(join(tmpdir(), "potstill-sets-"));
const at = (name: string) => join(root, name);
const questions = (ids: readonly string[]) =>
  JSON.stringify(ids.map((_id) => ({
    _id,
    question: `Who is ${_id}?`,
    answer: _id,
    type: "bridge",
    level: "hard",
    supporting_facts: [],
    context: [],
  })));
await writeFile(at("hotpotqa_dev.json"), questions(["a", "b", "c"]));
await writeFile(at("run:2.json"), questions(["d", "e"]));
await writeFile(at("odd:7"), questions(["f"]));
await writeFile(at("hotpotqa_test.json"), questions(["c", "g"]));
await symlink(at("hotpotqa_dev.json"), at("link.json"));

const options = { split: "test", labTasks: 4, seed: 0 } as const;
const loaded = (text: string, how: Partial<Parameters<typeof loadTaskSets>[1]> = {}) =>
  loadTaskSets(parseTaskSets(text, how.split ?? "test"), { ...options, ...how });
const ids = async (text: string, further = 0) =>
  (await loaded(text, { further })).tasks.map(({ id }) => id);

Deno.test("files are used whole or to a number; colons may be part of a path", async () => {
  assert.deepEqual(await ids(at("hotpotqa_dev.json")), ["a", "b", "c"]);
  assert.deepEqual(await ids(`${at("hotpotqa_dev.json")}:2`), ["a", "b"]);
  assert.deepEqual(await ids(`${at("hotpotqa_dev.json")}:9`), ["a", "b", "c"]);
  assert.deepEqual(await ids(`${at("run:2.json")}:1, ${at("odd:7")}`), ["d", "f"]);
  assert.deepEqual(await ids(`${at("odd:7")}:1`), ["f"]);
  assert.deepEqual(await ids(`${at("hotpotqa_dev.json")}:1`, 5), ["b", "c"]);
});

Deno.test("a name before a file is that of its benchmark", async () => {
  await writeFile(at("own.json"), JSON.stringify([{ question: "2 + 2?", answer: "4" }]));
  await assert.rejects(
    loaded(at("own.json")),
    /Cannot tell which benchmark .*NAME=FILE in --train/,
  );
  const { tasks } = await loaded(`rivers=${at("own.json")}:1,${at("hotpotqa_dev.json")}:1`);
  assert.deepEqual(tasks.map(({ benchmark }) => benchmark), ["rivers", "hotpotqa"]);
  assert.throws(
    () => parseTaskSets("sums=lab-math:3", "test"),
    /gives lab-math:3 of the lab a name/,
  );
  assert.throws(() => parseTaskSets("rivers=none.json", "test"), /"none\.json", which is neither/);
});

Deno.test("lab stands for the benchmarks that have the split, each with its number", async () => {
  assert.equal(parseTaskSets("lab", "test").length, 8);
  assert.deepEqual(parseTaskSets("lab:3", "train").map(({ name, limit }) => [name, limit]), [
    ["lab-hotpotqa", 3],
    ["lab-math", 3],
  ]);
  const { tasks, sha256 } = await loaded("lab-math:2,lab-hotpotqa", { split: "train" });
  const names = tasks.map(({ benchmark }) => benchmark);
  assert.deepEqual(names, [...Array(2).fill("lab-math"), ...Array(4).fill("lab-hotpotqa")]);
  assert.equal(sha256, null);
  assert.match((await loaded(`lab-math:1,${at("hotpotqa_dev.json")}`)).sha256!, /^[0-9a-f]{64}$/);
});

Deno.test("what is no set is told with its text", () => {
  const refused = (text: string, message: RegExp, option: "train" | "test" = "test") =>
    assert.throws(() => parseTaskSets(text, option), message);
  refused("", /test has an empty set, in ""/);
  refused("lab-math,", /empty set/);
  refused("lab-math, ,lab-aime", /empty set/);
  refused("lab-maths", /"lab-maths", which is neither a file, a name of the hub nor lab/);
  refused(at("none.json"), /none\.json", which is neither a file/);
  refused(`${at("none.json")}:4`, /none\.json", which is neither a file/);
  for (const number of ["0", "-1", "1.5", "1e3", "many", ""]) {
    refused(`lab-math:${number}`, /after the colon comes the most tasks/);
  }
  refused("lab,lab-math:3", /names lab-math twice/);
  refused("lab:2,lab", /names lab-hotpotqa twice/);
  refused(`${at("hotpotqa_dev.json")},${at("hotpotqa_dev.json")}:1`, /names .*dev\.json twice/);
  refused(`${at("hotpotqa_dev.json")},${at("link.json")}`, /names .*link\.json twice/);
  refused(`${at("hotpotqa_dev.json")},${relative(".", at("hotpotqa_dev.json"))}`, /twice/);
  refused(
    "lab-aime",
    /lab-aime, which has no train split; lab-hotpotqa, lab-math have one/,
    "train",
  );
});

Deno.test("a task that is in two files is named with both", async () => {
  await assert.rejects(
    loaded(`${at("hotpotqa_dev.json")},${at("hotpotqa_test.json")}`),
    /test\.json: its task c of \S+ is in .*dev\.json as well/,
  );
  assert.deepEqual(await ids(`${at("hotpotqa_dev.json")}:2,${at("hotpotqa_test.json")}`), [
    "a",
    "b",
    "c",
    "g",
  ]);
  await rm(root, { recursive: true });
});
