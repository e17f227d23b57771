import assert from "node:assert/strict";
import { join } from "node:path";
import type { EvaluationRow } from "@potstill/evaluation/evaluation_row.ts";
import { buildReport } from "@potstill/report/build_report.ts";
import { reportHtml } from "@potstill/report/report_html.ts";
import type { ReportInput } from "@potstill/report/report_input.ts";
import { writeReport } from "@potstill/report/write_report.ts";
import { row } from "../evaluation/rows.ts";

function input(): ReportInput {
  const rows: EvaluationRow[] = [];
  for (let i = 0; i < 20; i++) {
    for (const [benchmark, inDomain] of [["lab-math", true], ["lab-aime", false]] as const) {
      const task = { benchmark, inDomain, taskId: `t${i}` };
      rows.push(row({
        ...task,
        system: "agent <sag>",
        verdict: i < 16 ? "correct" : "wrong",
        voteShare: (1 + i % 8) / 8,
        errorKinds: {
          parse: i % 4 === 0 ? 2 : 0,
          execution: 0,
          timeout: 0,
          "max-steps": 0,
          generation: 0,
        },
      }));
      rows.push(
        row({ ...task, system: "CoT", paradigm: "cot", verdict: i < 4 ? "correct" : "wrong" }),
      );
      rows.push(row({ ...task, system: "expert", student: null, teacher: null }));
    }
  }
  return {
    title: "A <run>",
    description: ["What it was."],
    run: { runId: "r1", command: "deno task distill --seed 1", seed: 1, durationMs: 61_000 },
    systems: [{ name: "expert", description: "scripted" }, {
      name: "CoT",
      description: "one answer",
    }],
    rows,
    lossCurves: [{ student: "agent", points: [{ step: 1, loss: 3 }, { step: 2, loss: 2 }] }],
    comparisons: [["agent <sag>", "CoT"]],
  };
}

Deno.test("the tables follow the rows", async () => {
  const report = await buildReport(input());
  assert.deepEqual(report.summary.systems, ["expert", "CoT", "agent <sag>"]);
  const { main, errors, costs, paired } = report.tables;
  assert.deepEqual(main.columns, [
    "system",
    "lab-math",
    "lab-aime",
    "in-domain mean",
    "out-of-domain mean",
    "mean of all",
  ]);
  const agent = main.rows[2][5];
  assert.ok(typeof agent === "object" && agent !== null);
  assert.deepEqual([agent.estimate, agent.best], [0.8, true]);
  const expert = main.rows[0][5];
  // The teacher's 100% is not "the best": students are compared among themselves.
  assert.ok(typeof expert === "object" && expert !== null && expert.best !== true);
  assert.deepEqual(errors.rows[2].slice(0, 3), ["agent <sag>", "50.0", "0.0"]);
  assert.equal(errors.rows[2].at(-1), "25.0");
  assert.deepEqual(costs.rows[0].slice(0, 6), ["expert", "1.00", "1.00", "0.00", "100", "20"]);
  assert.deepEqual(paired!.rows[0].slice(2), ["24", "0", "40", "<0.001"]);
});

Deno.test("the page is self-contained and escapes what it shows", async () => {
  const html = reportHtml(await buildReport(input()));
  // Accuracy, loss, errors, votes, tokens.
  assert.equal(html.match(/<svg /g)?.length, 5);
  assert.doesNotMatch(html, /<script|<link|src=|url\((?!#)|@import/);
  // The only addresses are XML namespaces.
  const addresses = new Set(html.match(/https?:\/\/[^"'\s<]+/g));
  assert.deepEqual([...addresses].filter((a) => !a.startsWith("http://www.w3.org/")), []);
  const ids = html.match(/\bid="[^"]+"/g) ?? [];
  assert.equal(new Set(ids).size, ids.length);
  assert.match(html, /A &lt;run&gt;/);
  assert.doesNotMatch(html, /agent <sag>/);
  assert.match(html, /\+60\.0 points/);
  assert.match(html, /1 min 01 s in all/);
});

Deno.test("figures carry every system and the interval of each bar", async () => {
  const { accuracy, votes, loss } = (await buildReport(input())).charts;
  for (const name of ["expert", "CoT", "agent &lt;sag&gt;", "lab-aime"]) {
    assert.ok(accuracy.svg.includes(name), name);
  }
  // 3 systems x (2 benchmarks + 3 means) bars, each with its interval.
  assert.equal(accuracy.svg.match(/aria-roledescription="bar"/g)?.length, 15);
  assert.equal(accuracy.svg.match(/aria-roledescription="rule mark"/g)?.length, 15);
  assert.match(votes!.text, /agent <sag>: calibration error \d/);
  assert.match(loss!.text, /agent: 2\.000 at step 2/);
});

Deno.test("a report is written whole, and nothing is left on failure", async () => {
  const dir = await Deno.makeTempDir();
  try {
    const { files, text } = await writeReport(dir, input());
    assert.equal(files.at(-1), join(dir, "report.html"));
    for (const file of files) assert.ok((await Deno.stat(file)).size > 0, file);
    assert.match(text, /mean of all +100\.0 \(89\.\.100\)/);
    const csv = await Deno.readTextFile(join(dir, "tables", "main_table.csv"));
    assert.equal(csv.split("\n")[0], "system,column,accuracy,low,high,tasks,unscored,f1");
    const names = [];
    for await (const entry of Deno.readDir(dir)) names.push(entry.name);
    assert.deepEqual(names.sort(), ["figures", "report.html", "report.md", "tables"]);

    await Deno.mkdir(join(dir, "other", "report.html", "x"), { recursive: true });
    await assert.rejects(writeReport(join(dir, "other"), input()), /Cannot write .*report\.html: /);
    const left = [...Deno.readDirSync(join(dir, "other"))].map((entry) => entry.name);
    assert.ok(!left.some((name) => name.endsWith(".tmp")), left.join());
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

Deno.test("nothing to report, or to compare, is an error", async () => {
  await assert.rejects(buildReport({ ...input(), rows: [] }), /there are no rows/);
  await assert.rejects(
    buildReport({ ...input(), comparisons: [["CoT", "nobody"]] }),
    /no rows of the system "nobody"/,
  );
});
