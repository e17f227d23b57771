import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { LiveReport } from "../../../lib/experiments/distill/live_report.ts";
import type { RunFolder } from "../../../lib/runs/run_folder.ts";

/** A page in a folder of its own. */
async function inFolder(work: (path: string, open: () => LiveReport) => Promise<void>) {
  const path = await Deno.makeTempDir({ prefix: "potstill-page-" });
  const manifest = { id: "one", command: "distill", given: {} };
  const run = { path, manifest } as unknown as RunFolder;
  try {
    await work(path, () => new LiveReport(run));
  } finally {
    await Deno.remove(path, { recursive: true });
  }
}

Deno.test("a page fills as stages end, and says at last that the run has stopped", () =>
  inFolder(async (path, open) => {
    const page = open();
    page.ended("Teacher: agent", "4 attempts, 3 kept");
    await page.settled();
    const html = () => readFile(join(path, "report.html"), "utf8");
    assert.match(await html(), /A run that goes on/);
    assert.match(await html(), /http-equiv="refresh"/);
    assert.match(await html(), /4 attempts, 3 kept/);
    await page.stopped(new Error("no space left <here>"));
    const last = await html();
    assert.match(last, /A run that has stopped/);
    assert.match(last, /no space left &lt;here&gt;.*--resume goes on/);
    assert.doesNotMatch(last, /http-equiv="refresh"/);
    assert.match(last, /4 attempts, 3 kept/);
  }));

Deno.test("a run that stops before its first stage has no page, and a finished one keeps its report", () =>
  inFolder(async (path, open) => {
    await open().stopped(new Error("early"));
    assert.ok(!existsSync(join(path, "report.html")));
    await writeFile(join(path, "metrics.json"), "{}");
    await writeFile(join(path, "report.html"), "the report");
    const again = open();
    again.ended("Teacher: agent", "read again");
    await again.stopped(new Error("interrupted"));
    assert.equal(await readFile(join(path, "report.html"), "utf8"), "the report");
  }));
