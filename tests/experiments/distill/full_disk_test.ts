import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { resizeDisk, withSmallDisk } from "../../small_disk.ts";

const MAIN = new URL("../../../lib/cli/main.ts", import.meta.url).pathname;
const SETTINGS = "--profile quick --base trained --train-tasks 6 --base-texts 60 --test-tasks 1 " +
  "--student 0.3M --vocab-size 512 --epochs 1 --max-steps 2 --students agent --systems agent-student";

async function distill(out: string) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", MAIN, "distill", ...SETTINGS.split(" "), "--out", out, "--resume"],
    stdin: "null",
  }).output();
  const [table, log] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  const errors = log.split("\n").filter((line) => /^Error|Uncaught|panicked/.test(line));
  return { code, table: table.split("\n\nReport:")[0], errors, log };
}

const rowsOf = async (folder: string) =>
  (await readFile(join(folder, "rows.jsonl"), "utf8"))
    .replace(/"durationMs":\d+|"runId":"[^"]*"/g, "");

Deno.test("on a disk that is full again and again, each time one clear error, and nothing is lost", async () => {
  const root = await mkdtemp(join(tmpdir(), "potstill-full-"));
  const disk = join(root, "disk");
  const didMount = await withSmallDisk(disk, "size=40k", async () => {
    const out = join(disk, "run");
    let failures = 0;
    // Sizes at which it is full in the trajectories, in training, in a student's folder and in the
    // evaluation.
    for (const size of ["40k", "800k", "3m", "6m"]) {
      assert.ok(await resizeDisk(disk, size));
      const { code, errors, log } = await distill(out);
      if (code === 0) break;
      failures++;
      assert.equal(code, 1, log);
      assert.equal(errors.length, 1, log);
      assert.match(errors[0], /^Error: Cannot .*\/disk\/run.*[Nn]o space left/, log);
    }
    assert.ok(failures >= 3, `${failures} failures`);
    assert.ok(await resizeDisk(disk, "200m"));
    const after = await distill(out);
    assert.deepEqual(after.errors, [], after.log);
    const calm = await distill(join(root, "calm"));
    assert.equal(after.table, calm.table);
    assert.equal(await rowsOf(out), await rowsOf(join(root, "calm")));
  });
  if (!didMount) console.log("skipped: no file system may be mounted here");
  await rm(root, { recursive: true });
});
