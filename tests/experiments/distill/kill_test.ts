import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const MAIN = new URL("../../../lib/cli/main.ts", import.meta.url).pathname;
const SETTINGS = "--profile quick --base trained --train-tasks 6 --base-texts 60 --test-tasks 1 " +
  "--student 0.3M --vocab-size 512 --epochs 1 --candidates 2 --max-steps 2";

/** Stages in the order in which they end; those that a run outside the lab has too are killed there. */
const STAGES = [
  "search index",
  "base model's text",
  "train base model",
  "evaluate CoT student ",
];

/** Runs the command; kills it shortly after the stage's line, if one is given. */
async function distill(out: string, resume: boolean, killAfter?: string): Promise<string> {
  const process = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", MAIN, "distill", ...SETTINGS.split(" "), "--out", out].concat(
      resume ? ["--resume"] : [],
    ),
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const stdout = new Response(process.stdout).text();
  let log = "";
  for await (const text of process.stderr.pipeThrough(new TextDecoderStream())) {
    log += text;
    const ended = killAfter !== undefined &&
      log.split("\n").some((line) => line.startsWith(killAfter) && line.includes(" in "));
    if (ended) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      process.kill("SIGKILL");
      break;
    }
  }
  const { code } = await process.status;
  const table = await stdout;
  if (killAfter === undefined) assert.equal(code, 0, log);
  else assert.notEqual(code, 0, `the run ended before it was killed after "${killAfter}"\n${log}`);
  return table.split("\n\nReport:")[0];
}

Deno.test("a run in the lab killed in its stages and resumed ends with the same table", async () => {
  const root = await mkdtemp(join(tmpdir(), "potstill-kill-"));
  const whole = await distill(join(root, "whole"), false);
  const out = join(root, "killed");
  for (const [i, stage] of STAGES.entries()) await distill(out, i > 0, stage);
  assert.equal(await distill(out, true), whole);
  assert.match(whole, /lab-olymath/);
  const rows = async (name: string) =>
    (await readFile(join(root, name, "rows.jsonl"), "utf8"))
      .replace(/"durationMs":\d+|"runId":"[^"]*"/g, "");
  assert.equal(await rows("killed"), await rows("whole"));
  await rm(root, { recursive: true });
});
