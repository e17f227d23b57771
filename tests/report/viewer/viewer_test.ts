import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { Buffer } from "node:buffer";
import { runView } from "@potstill/cli/view.ts";
import type { Candidate, Step } from "@potstill/records/step.ts";
import type { Trajectory } from "@potstill/records/trajectory.ts";
import { writeJsonl } from "@potstill/runs/jsonl.ts";
import { highlightPython } from "@potstill/report/viewer/page/highlight_python.js";
import { showRun } from "@potstill/report/viewer/view_run.ts";
import { viewerHtml } from "@potstill/report/viewer/viewer_html.ts";
import { withFolder } from "../../generation/setup.ts";

const chromium = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"]
  .find((path) => existsSync(path));

function candidate(code: string, result: string): Candidate {
  return {
    modelOutput: code,
    code,
    error: null,
    result: { logs: result, output: null, isFinal: false },
    completionTokens: 1,
  };
}

function trajectory(i: number): Trajectory {
  const step: Step = {
    index: 0,
    modelOutput: "Thought: </script><b>bold</b>",
    thought: "</script><b>bold</b> & co",
    code: `x = ${i}  # number\nprint("needle ${i}")`,
    observation: `Observation:\n${i}`,
    toolCalls: [{ name: "web_search", arguments: ["towers"], result: "found <i>it</i>" }],
    isFinal: false,
    error: i % 3 === 1 ? { kind: "execution", message: "NameError" } : null,
    ...(i % 5 === 0
      ? {
        candidates: [candidate("a = 1", "1"), candidate("a = 2", "2"), candidate("a = 3", "1")],
        vote: { chosen: 0, groups: [[0, 2], [1]], share: 2 / 3 },
      }
      : {}),
    tokens: { prompt: 100, completion: 10 },
    durations: { generateMs: 5, executeMs: 2 },
  };
  return {
    id: `b/t${i}#0`,
    task: {
      id: `t${i}`,
      benchmark: i % 2 === 0 ? "b-even" : "b-odd",
      split: "train",
      kind: "qa",
      question: `Question ${i}?`,
      answer: "gold",
    },
    paradigm: "agent",
    model: "m",
    prompt: [{ role: "system", content: "the same system prompt" }, {
      role: "user",
      content: `Question ${i}?`,
    }],
    steps: [step],
    answer: i % 4 === 3 ? null : "answer",
    correct: i % 4 === 3 ? false : i % 4 === 0,
    seed: 0,
  };
}

const many = (count: number) => Array.from({ length: count }, (_, i) => trajectory(i));

function dataOf(html: string) {
  const [, base64] = /<script id="data"[^>]*>([^<]*)</.exec(html)!;
  return JSON.parse(gunzipSync(Buffer.from(base64, "base64")).toString());
}

async function domOf(file: string, hash: string): Promise<string> {
  const { stdout } = await new Deno.Command(chromium!, {
    args: [
      "--headless=new",
      "--no-sandbox",
      "--disable-gpu",
      "--window-size=1200,800",
      "--virtual-time-budget=10000",
      "--dump-dom",
      `file://${file}#${hash}`,
    ],
    stderr: "null",
  }).output();
  return new TextDecoder().decode(stdout);
}

/** A page is too long to be printed when a test fails. */
function assertIn(page: string, pattern: RegExp): void {
  assert.ok(pattern.test(page), `the page has no ${pattern}`);
}

Deno.test("the page holds every trajectory, its prompts once, and its counts", async () => {
  const html = await viewerHtml(many(12), { title: "Run <1>", about: "a & b" });
  assert.ok(html.includes("<title>Run &lt;1&gt;</title>"));
  assert.equal(html.includes("</script><b>"), false);
  const { meta, records } = dataOf(html);
  assert.equal(records.length, 12);
  assert.equal(meta.prompts.length, 13);
  assert.deepEqual(meta.verdicts, [["wrong", 6], ["correct", 3], ["no answer", 3]]);
  assert.deepEqual(meta.errors, [["execution", 4]]);
  assert.deepEqual(meta.benchmarks, [["b-even", 6], ["b-odd", 6]]);
  assert.deepEqual(meta.reasons, [["wrong-answer", 6], ["no-answer", 3]]);
  assert.deepEqual(records[0].steps[0].calls, [[
    "web_search",
    '"towers"',
    "found <i>it</i>",
    null,
  ]]);
  assert.equal(records[0].steps[0].vote.chosen, 0);
  // Self-contained: nothing is fetched.
  assert.equal(/(?:src|href)=/.test(html), false);
});

Deno.test("1,000 trajectories in Chromium: the list, filters from the address, search, a vote", async () => {
  if (!chromium) return console.log("skipped: there is no Chromium");
  await withFolder(async (folder) => {
    const file = join(folder, "run.html");
    await Deno.writeTextFile(file, await viewerHtml(many(1000), { title: "Big run" }));
    const all = await domOf(file, "");
    assertIn(all, /data-ready="true"/);
    assertIn(all, /id="count">1000 trajectories</);
    // Only the rows in view are in the page.
    const rows = all.match(/class="row /g)!.length;
    assert.ok(rows > 5 && rows < 60, `${rows} rows`);
    assertIn(all, /&lt;\/script&gt;&lt;b&gt;bold/);
    assertIn(all, /class="py-keyword|class="py-builtin">print/);
    assertIn(all, /3 candidates: groups of 2 \+ 1, 0 failed, 67% agree/);
    const wrong = await domOf(file, "verdict=wrong&error=execution&benchmark=b-odd");
    assertIn(wrong, /id="count">\d+ of 1000</);
    const [, count] = /id="count">(\d+) of/.exec(wrong)!;
    const wanted = many(1000).filter(({ task, correct, answer, steps }) =>
      task.benchmark === "b-odd" && !correct && answer !== null && steps[0].error !== null
    );
    assert.equal(Number(count), wanted.length);
    const found = await domOf(file, "search=needle%20777&id=b/t777%230");
    assertIn(found, /id="count">1 of 1000</);
    assertIn(found, /Question 777\?/);
    const none = await domOf(file, "search=no+such+words");
    assertIn(none, /No trajectory fits/);
  });
});

Deno.test("the notebook's display is the same page in a frame that cannot reach out", async () => {
  const display = await showRun({ title: "Run", trajectories: many(3) });
  assert.equal(String(display), "Run: 3 trajectories, 1 correct");
  const bundle = (display as unknown as Record<symbol, () => Record<string, string>>)[
    Symbol.for("Jupyter.display")
  ]();
  assert.equal(bundle["text/plain"], "Run: 3 trajectories, 1 correct");
  assert.match(bundle["text/html"], /^<iframe title="Run" sandbox="allow-scripts" /);
  assert.equal(bundle["text/html"].includes("<script"), false);
});

Deno.test("Python code in parts, nothing lost", () => {
  const code =
    `import math  # "not a text"\ndef f(x):\n    return f'{x} # {1}' + """a\n"b" """\nprint(f(0x1f), 2.5e3)`;
  const parts = highlightPython(code);
  assert.equal(parts.map(({ text }) => text).join(""), code);
  const kinds = (kind: string) =>
    parts.filter((part) => part.kind === kind).map(({ text }) => text);
  assert.deepEqual(kinds("comment"), ['# "not a text"']);
  assert.deepEqual(kinds("keyword"), ["import", "def", "return"]);
  assert.deepEqual(kinds("text"), ["f'{x} # {1}'", '"""a\n"b" """']);
  assert.deepEqual(kinds("number"), ["0x1f", "2.5e3"]);
  assert.deepEqual(kinds("builtin"), ["print"]);
  assert.deepEqual(kinds("call"), ["f", "f"]);
  assert.deepEqual(highlightPython("'never closed"), [{ kind: "text", text: "'never closed" }]);
  assert.deepEqual(highlightPython(""), []);
});

Deno.test("the command writes a page beside the run, and says when there is nothing", async () => {
  await withFolder(async (folder) => {
    await Deno.mkdir(join(folder, "trajectories"));
    await writeJsonl(join(folder, "trajectories", "agent.jsonl"), many(2));
    const { log, error } = console;
    const lines: string[] = [];
    console.log = console.error = (text: string) => void lines.push(text);
    try {
      assert.equal(await runView([folder]), 0);
      assert.ok(existsSync(join(folder, "agent.html")));
      assert.equal(await runView([join(folder, "nowhere")]), 1);
      assert.equal(await runView([]), 2);
    } finally {
      Object.assign(console, { log, error });
    }
    assert.match(lines[1], /Cannot read .*nowhere/);
  });
});
