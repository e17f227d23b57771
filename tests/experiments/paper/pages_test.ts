import assert from "node:assert/strict";
import {
  allFindings,
  findingsTable,
  mainTable,
  storedPaper,
  storedRealPaper,
  summarize,
} from "@potstill";
import { errorTable } from "@potstill/report/error_table.ts";
import {
  goingOn,
  goingOnTable,
  powerTable,
  storedImprovement,
  storedLargerPaper,
  tierMeansTable,
  tierPoints,
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
  const paper = await storedLargerPaper();
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
  const { cells } = await storedRealPaper();
  const rows = cells.flatMap((cell) => cell.rows);
  const systems = [...new Set(rows.map(({ system }) => system))];
  await assertOnPage("real-students.md", [mainTable(summarize(rows)), errorTable(rows, systems)]);
  const gold = rows.filter(({ gold }) => gold !== "");
  assert.equal(gold.length, 0, "answers of data sets are no part of the project");
});

Deno.test("the guide to past imitation has the figures of its stored answers", async () => {
  const went = await storedImprovement();
  const beyond = allFindings(went).filter(({ id }) => Number(id.slice(1)) >= 15);
  assert.equal(beyond.length, 7);
  await assertOnPage("improvement.md", [goingOnTable(goingOn(went)), findingsTable(beyond)]);
});
