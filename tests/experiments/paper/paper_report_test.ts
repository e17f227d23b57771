import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildPaperReport, writePaperReport } from "../../../lib/experiments/paper/paper_report.ts";
import { Random } from "../../../lib/records/random.ts";
import { type Attempt, reference, seeds } from "../findings/synthetic_cells.ts";

/** Right with a chance of its own for each task and seed. */
const chance = (share: number, name: string): Attempt => (benchmark, task, seed) => {
  const random = new Random(0).fork(`${name}/${benchmark}/${task}/${seed}`);
  const agreement = random.next();
  return {
    verdict: random.next() < share ? "correct" : "wrong",
    completionTokens: Math.round(60 + 90 * random.next()),
    voteShare: name.includes("sag") ? agreement : null,
  };
};
const sizes = ["0.3M", "1M", "4M"];
const systems = (size: string, agent: number) => ({
  "teacher-agent": chance(0.95, "teacher"),
  "cot-student": chance(agent / 3, `cot${size}`),
  "cot-rag-student": chance(agent / 2, `rag${size}`),
  "agent-student": chance(agent, `agent${size}`),
  "agent-student-sag": chance(agent + 0.06, `sag${size}`),
});
const small = { student: "0.3M", students: "agent" } as const;
const cells = [
  ...sizes.flatMap((student, i) =>
    seeds({ student }, systems(student, 0.2 + 0.15 * i), chance(0.9, "teach"))
  ),
  ...seeds(
    { ...small, firstThoughtPrefix: true },
    { "agent-student": chance(0.25, "ftp") },
    chance(0.93, "teach ftp"),
  ),
  ...[2, 4, 16].flatMap((candidates) =>
    seeds({ ...small, candidates }, {
      "agent-student-sag": chance(0.2 + candidates / 100, `sag${candidates}`),
    })
  ),
  ...seeds({ ...small, trainTasks: 250 }, { "agent-student": chance(0.15, "half") }),
];
const out = await mkdtemp(join(tmpdir(), "potstill-paper-report-"));
const report = await buildPaperReport({
  cells,
  reference: { ...reference, student: "0.3M" },
  resamples: 200,
}, {
  title: "Findings <in> the lab",
  description: ["Made of nothing."],
  command: "task paper",
  facts: [["deno", "2.9.6"]],
});
const files = await writePaperReport(out, report);
const text = (name: string) => readFile(join(out, name), "utf8");

Deno.test("the report is written whole, with every table and figure", async () => {
  assert.deepEqual(report.findings.map(({ id }) => id), [
    "F1",
    "F2",
    "F3",
    "F4",
    "F5",
    "F6",
    "F7",
    "F8",
    "F11",
  ]);
  const names = [
    "accuracy_by_tier",
    "accuracy_by_candidates",
    "accuracy_by_trajectories",
    "cascade",
  ];
  for (const name of [...names, "tokens_written"]) {
    assert.match(await text(`figures/${name}.svg`), /^<svg/);
  }
  for (const name of ["findings", "tier_means", "tiers", "f1", "f11"]) {
    assert.match(await text(`tables/${name}.tex`), /\\toprule/);
    assert.match(await text(`tables/${name}.md`), /^\| /);
  }
  assert.equal(files.at(-1), join(out, "report.html"));
  assert.ok(files.every((file) => existsSync(file)));
});

Deno.test("every finding stands in the page with its verdict", async () => {
  const html = await text("report.html");
  const markdown = await text("report.md");
  for (const { id, verdict, claim } of report.findings) {
    assert.ok(html.includes(`id="${id}"`), id);
    assert.ok(html.includes(`<b>${id} ${verdict}</b>`), id);
    assert.ok(markdown.includes(`## ${id}: ${claim}\n\n**${verdict}**`), id);
  }
  assert.ok(html.includes("Findings &lt;in&gt; the lab"));
  assert.equal(html.match(/<figure>/g)?.length, 5);
  const stored = JSON.parse(await text("findings.json"));
  assert.equal(stored[0].verdict, report.findings[0].verdict);
  assert.equal(stored[6].note.includes("Missing: runs with adaptation lora"), true);
});

Deno.test("means by size are those of the rows", () => {
  const record = report.tables.means!.frame.toRecords().find((one) =>
    one.tier === "1M" && one.method === "agent"
  )!;
  const rows = cells.filter(({ options }) => options.student === "1M")
    .flatMap((cell) => cell.rows).filter(({ system }) => system === "agent student");
  const share = rows.filter(({ verdict }) => verdict === "correct").length / rows.length;
  assert.ok(Math.abs(Number(record.estimate) - share) < 1e-12);
  assert.deepEqual([record.n, record.seeds], [80, 3]);
});

Deno.test("without students of the reference there is a report of what is missing", async () => {
  const none = await buildPaperReport({ cells: [], reference }, {
    title: "Nothing",
    description: [],
    command: "",
    facts: [],
  });
  assert.equal(none.charts.length, 0);
  assert.ok(none.findings.every(({ verdict }) => verdict === "undecided"));
});
