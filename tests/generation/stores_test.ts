import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { appendFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type AttemptIdentity, attemptKey } from "@potstill/generation/attempt_identity.ts";
import { fileStepStore } from "@potstill/generation/file_step_store.ts";
import { OrderedJsonl, writeSlices } from "@potstill/generation/ordered_jsonl.ts";
import { StoreError } from "@potstill/runs/store_error.ts";
import type { StoredCompletion } from "@potstill/generation/step_store.ts";
import { readJsonl } from "@potstill/runs/jsonl.ts";
import { streamJsonl } from "@potstill/runs/stream_jsonl.ts";
import { productTasks, withFolder } from "./setup.ts";

const identity: AttemptIdentity = {
  format: 1,
  paradigm: "agent",
  model: "m",
  prefixMode: "vllm",
  extraBody: {},
  prompts: {},
  options: {},
  tools: null,
  interpreter: null,
  task: productTasks(1)[0],
  sample: 0,
  seed: 0,
  firstThought: null,
};

function record(request: string): StoredCompletion {
  return {
    kind: "completion",
    request,
    response: { completions: [], promptTokens: 1 },
    durationMs: 1,
  };
}

Deno.test("the store gives back what was added, by kind and request", async () => {
  await withFolder(async (folder) => {
    const attempt = await fileStepStore(folder).open(identity);
    assert.equal(attempt.find("completion", "a"), null);
    await Promise.all([attempt.add(record("a")), attempt.add(record("b"))]);
    await attempt.close();
    const again = await fileStepStore(folder).open(identity);
    assert.deepEqual(again.find("completion", "a"), record("a"));
    assert.deepEqual(again.find("completion", "b"), record("b"));
    assert.equal(again.find("executions", "a"), null);
    await again.close();
    const other = await fileStepStore(folder).open({ ...identity, sample: 1 });
    assert.equal(other.find("completion", "a"), null);
    await other.close();
  });
});

Deno.test("a line that a crash left unfinished is passed over, the rest is used", async () => {
  await withFolder(async (folder) => {
    const store = fileStepStore(folder);
    const attempt = await store.open(identity);
    await attempt.add(record("a"));
    await attempt.close();
    const key = attemptKey(identity);
    const path = join(folder, key.slice(0, 2), `${key}.jsonl`);
    await appendFile(path, '{"kind":"completion","requ');
    const again = await store.open(identity);
    assert.notEqual(again.find("completion", "a"), null);
    await again.add(record("b"));
    await again.close();
    const lines = (await readFile(path, "utf8")).trimEnd().split("\n");
    assert.deepEqual(lines.map((line) => /"request":"(.)"|unfinished/.exec(line)?.[1]), [
      undefined,
      "a",
      undefined,
      "b",
    ]);
    // What another process wrote in between stays.
    await appendFile(path, '{"kind":"exec');
    const [one, other] = [await store.open(identity), await store.open(identity)];
    await one.add(record("c"));
    await other.add(record("d"));
    await one.add(record("e"));
    await Promise.all([one.close(), other.close()]);
    const last = await store.open(identity);
    for (const name of "abcde") assert.notEqual(last.find("completion", name), null, name);
    await writeFile(path, "not json\n");
    await assert.rejects(store.open(identity), (error) => {
      assert.ok(error instanceof StoreError);
      assert.match(error.message, /line 1: .*; delete the file to generate them again/);
      return true;
    });
  });
});

Deno.test("a store that cannot be written says where", async () => {
  await withFolder(async (folder) => {
    const file = join(folder, "file");
    await writeFile(file, "");
    const attempt = await fileStepStore(file).open(identity).catch((error) => error);
    const failure = attempt instanceof Error
      ? attempt
      : await attempt.add(record("a")).catch((error: unknown) => error);
    assert.ok(failure instanceof StoreError);
    assert.match(failure.message, /Cannot (?:store a step in|read the stored steps) .*file/);
  });
});

interface Row {
  readonly id: string;
  readonly text: string;
}

function open(path: string, onEarlier?: (row: Row) => void): Promise<OrderedJsonl<Row>> {
  return OrderedJsonl.open<Row>({
    path,
    rowId: ({ id }) => id,
    check: (value) => value as Row,
    onEarlier,
  });
}

Deno.test("rows come in any order, with crashes between, and end up in the given one", async () => {
  await withFolder(async (folder) => {
    const path = join(folder, "deep", "rows.jsonl");
    const rows: Row[] = Array.from({ length: 50 }, (_, i) => ({
      id: `r${i}`,
      text: "ä€😀".repeat(i % 7),
    }));
    const shuffled = rows.map((_, i) => rows[(i * 17) % 50]);
    const first = await open(path);
    await Promise.all(shuffled.slice(0, 20).map((row) => first.add(row)));
    await first.close();
    await appendFile(`${path}.partial`, '{"id": "r9');
    const seen: string[] = [];
    const second = await open(path, ({ id }) => seen.push(id));
    assert.deepEqual(seen, shuffled.slice(0, 20).map(({ id }) => id));
    for (const row of shuffled.slice(20)) {
      assert.equal(second.ids.has(row.id), false);
      await second.add(row);
    }
    await assert.rejects(second.finish([...rows.map(({ id }) => id), "no"]), /row no is missing/);
    const third = await open(path);
    await third.finish(rows.map(({ id }) => id));
    assert.deepEqual(await readJsonl(path, (row) => row), rows);
    assert.deepEqual(readdirSync(join(folder, "deep")), ["rows.jsonl"]);
    const finished = await open(path);
    assert.equal(finished.ids.size, 50);
    await assert.rejects(finished.add(rows[0]), /it is finished/);
    await assert.rejects(finished.finish([]), /it holds 50 rows, and 0 are wanted/);
    await finished.finish(rows.map(({ id }) => id));
    assert.equal((await readJsonl(path, (row) => row)).length, 50);
    await writeFile(path, (await readFile(path, "utf8")) + JSON.stringify(rows[3]) + "\n");
    await assert.rejects(open(path), /rows.jsonl: row r3 occurs twice/);
  });
});

Deno.test("slices of several files make one; a short file is an error that leaves nothing", async () => {
  await withFolder(async (folder) => {
    const [a, b, out] = ["a", "b", "out"].map((name) => join(folder, name));
    await writeFile(a, "11\n2222\n");
    await writeFile(b, "33\n");
    await writeSlices(out, [
      { path: a, slices: [{ offset: 3, length: 5 }, { offset: 0, length: 3 }] },
      { path: b, slices: [{ offset: 0, length: 3 }] },
    ]);
    assert.equal(await readFile(out, "utf8"), "2222\n11\n33\n");
    const bad = join(folder, "bad");
    const slices = [{ offset: 1, length: 9 }];
    await assert.rejects(writeSlices(bad, [{ path: b, slices }]), /Cannot write .*bad: .*shorter/);
    assert.deepEqual(readdirSync(folder).sort(), ["a", "b", "out"]);
  });
});

Deno.test("lines are streamed with their places, also across chunks", async () => {
  await withFolder(async (folder) => {
    const path = join(folder, "big.jsonl");
    const rows = Array.from({ length: 300 }, (_, i) => ({ i, text: "é".repeat(i * 20) }));
    await writeFile(path, rows.map((row) => JSON.stringify(row)).join("\n\n") + '\n{"torn"');
    const bytes = await readFile(path);
    let count = 0;
    const lines = streamJsonl(path, (row) => row as Row, { skipUnfinished: true });
    for await (const { value, offset, length, number } of lines) {
      assert.deepEqual(value, rows[count]);
      assert.deepEqual(JSON.parse(bytes.subarray(offset, offset + length).toString()), rows[count]);
      assert.equal(number, 2 * count + 1);
      count++;
    }
    assert.equal(count, 300);
    await assert.rejects(async () => {
      for await (const _ of streamJsonl(path, (row) => row));
    }, /Cannot read .*big.jsonl line 600: .*the line is: \{"torn"/);
    await assert.rejects(async () => {
      for await (const _ of streamJsonl(join(folder, "none"), (row) => row));
    }, /Cannot read .*none/);
  });
});
