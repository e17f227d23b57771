import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  allFindings,
  compareSystems,
  type EvaluationRow,
  findingOf,
  findingsTable,
  mainTable,
  storedPaper,
  storedRealPaper,
  summarize,
} from "@potstill";
import { runReport } from "@potstill/cli/report.ts";
import { calibration } from "@potstill/evaluation/calibration.ts";
import { systemIdOf } from "@potstill/evaluation";
import { errorTable } from "@potstill/report/error_table.ts";
import {
  goingOn,
  goingOnTable,
  pairedTable,
  powerTable,
  type StoredRuns,
  storedRuns,
  tierMeansTable,
  tierPoints,
  tiers,
  verdictsByStudent,
} from "@potstill/experiments";

const docs = new URL("../../../docs/", import.meta.url);

/** The lines of the tables in Markdown, without what the formatter aligns. */
function tableLines(markdown: string): Set<string> {
  return new Set(
    markdown.split("\n").filter((line) => line.startsWith("|") && !/^\|[\s:|-]+$/.test(line))
      .map((line) => line.split("|").map((cell) => cell.trim()).join("|")),
  );
}

/** Fails unless the page has every line of the tables. */
async function assertOnPage(page: string, tables: readonly { toMarkdown(): string }[]) {
  const lines = tableLines(await Deno.readTextFile(new URL(page, docs)));
  for (const table of tables) {
    const wanted = tableLines(table.toMarkdown());
    assert.deepEqual([...wanted.difference(lines)], [], `${page} has other figures`);
  }
}

/**
 * The answers of a file of real students, those of ablations left out, which have no gold answers: these are
 * the data sets'.
 */
async function realRows(name: StoredRuns): Promise<EvaluationRow[]> {
  const rows = tiers(await storedRuns(name)).flatMap(({ cells }) => cells).flatMap(({ rows }) =>
    rows
  );
  assert.ok(rows.length > 0 && rows.every(({ gold }) => gold === ""), "no gold answers");
  return rows;
}

/** Accuracy, errors and paired differences of a file of real students. */
async function realTables(name: StoredRuns, pairs: readonly (readonly [string, string])[]) {
  const rows = await realRows(name);
  return [
    mainTable(summarize(rows)),
    errorTable(rows, [...new Set(rows.map(({ system }) => system))]),
    pairedTable(pairs.map(([a, b]) => compareSystems(rows, a, b))),
  ];
}

Deno.test("the paper in miniature has the figures of its stored answers", async () => {
  const paper = await storedPaper();
  const findings = allFindings(paper);
  await assertOnPage("paper-in-miniature.md", [
    findingsTable(findings),
    tierMeansTable(tierPoints(paper)),
    ...findings.map(({ table }) => table),
  ]);
});

Deno.test("the paper in miniature has the figures of the answers with more tasks", async () => {
  const paper = await storedRuns("lab_larger");
  assert.deepEqual([paper.reference.trainTasks, paper.reference.testTasks], [2000, 100]);
  const verdicts = {
    F1: "holds",
    F3: "undecided",
    F4: "does not hold",
    F5: "holds",
    F6: "does not hold",
    F8: "undecided",
    F9: "no difference",
    F10: "no difference",
    F11: "holds",
    F12: "no difference",
  };
  const findings = allFindings(paper).filter(({ id }) => id in verdicts);
  assert.deepEqual(Object.fromEntries(findings.map(({ id, verdict }) => [id, verdict])), verdicts);
  const undecided = [...findings, ...allFindings(await storedPaper())].filter(
    ({ id, verdict }) => verdict === "undecided" && ["F3", "F8", "F13", "F14"].includes(id),
  );
  const open = [...new Map(undecided.toReversed().map((one) => [one.id, one])).values()];
  await assertOnPage("paper-in-miniature.md", [
    findingsTable(findings),
    tierMeansTable(tierPoints(paper)),
    powerTable(open),
    ...findings.map(({ table }) => table),
  ]);
});

Deno.test("the page of real students has the figures of its stored answers", async () => {
  await assertOnPage(
    "real-students.md",
    await realTables("real", [
      ["agent student", "CoT student"],
      ["agent student", "base model CoT"],
      ["CoT student", "base model CoT"],
    ]),
  );
});

Deno.test("the page of real students has the figures of the second teacher and of sag", async () => {
  const thoughts = await storedRuns("real_thoughts");
  await assertOnPage("real-students.md", [
    ...await realTables("real_thoughts", [
      ["agent student, named steps", "agent student"],
      ["agent student, named steps", "CoT student"],
      ["agent student, named steps, sag 4", "agent student, named steps"],
      ["agent student, named steps, sag 4", "CoT student"],
    ]),
    ...["F3", "F5"].map((id) => findingOf(id, thoughts).table),
  ]);
});

Deno.test("the page of real students has the figures of the lab, and of all kinds of student", async () => {
  const lab = await storedRuns("real_lab");
  await assertOnPage("real-students.md", [
    ...await realTables("real_lab", [
      ["agent student", "CoT student"],
      ["agent student", "CoT + RAG student"],
      ["CoT + RAG student", "CoT student"],
      ["agent student, sag 4", "agent student"],
    ]),
    ...["F3", "F4", "F5", "F6", "F8"].map((id) => findingOf(id, lab).table),
    verdictsByStudent([
      { name: "lab, 0.3M and 1M", input: await storedRuns("lab_larger") },
      { name: "lab, 0.3M to 4M, fewer tasks", input: await storedPaper() },
      { name: "SmolLM2, published questions", input: await storedRealPaper() },
      { name: "SmolLM2, named steps", input: await storedRuns("real_thoughts") },
      { name: "SmolLM2 in the lab", input: lab },
    ]),
  ]);
});

Deno.test("a report of a stored file has the page's tables", async () => {
  const out = await Deno.makeTempDir();
  try {
    const file = fileURLToPath(new URL("../data/paper/real_lab_cells.parquet", docs));
    assert.equal(await runReport([file, "--out", out]), 0);
    const pages = ["report.md", "findings/report.md"].map((name) =>
      Deno.readTextFile(join(out, name))
    );
    const lines = tableLines((await Promise.all(pages)).join("\n"));
    const input = await storedRuns("real_lab");
    const tables = [
      mainTable(summarize(await realRows("real_lab"))),
      ...["F3", "F4", "F5", "F6", "F8"].map((id) => findingOf(id, input).table),
    ];
    for (const table of tables) {
      assert.deepEqual([...tableLines(table.toMarkdown()).difference(lines)], []);
    }
  } finally {
    await Deno.remove(out, { recursive: true });
  }
});

Deno.test("the page of real students has the calibration of sag's votes", async () => {
  const page = (await Deno.readTextFile(new URL("real-students.md", docs))).replace(/\s+/g, " ");
  for (const name of ["real_thoughts", "real_lab"] as const) {
    const { auroc } = calibration(
      (await realRows(name)).filter((row) => systemIdOf(row) === "agent-student-sag"),
    );
    assert.ok(page.includes(`larger share with a chance of ${auroc.toFixed(2)}`), name);
  }
});

Deno.test("the guide to past imitation has the figures of its stored answers", async () => {
  const went = await storedRuns("improvement");
  const beyond = allFindings(went).filter(({ id }) => Number(id.slice(1)) >= 15);
  assert.equal(beyond.length, 7);
  await assertOnPage("improvement.md", [goingOnTable(goingOn(went)), findingsTable(beyond)]);
});
