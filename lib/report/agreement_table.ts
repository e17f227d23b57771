import { agreement } from "../evaluation/agreement.ts";
import type { Verdict } from "../records/verdict.ts";
import type { ImportedResult } from "../evaluation/import_results.ts";
import type { Table } from "../display/table.ts";
import { tableOf } from "../display/table_of.ts";

/**
 * This project's grader against the verdicts that result files recorded, by system and benchmark; null
 * when no record has a verdict.
 */
export function agreementTable(results: readonly ImportedResult[]): Table | null {
  const groups = new Map<string, ImportedResult[]>();
  for (const result of results) {
    if (result.recorded === "unscored") continue;
    const key = `${result.row.system}\n${result.row.benchmark}`;
    groups.set(key, [...groups.get(key) ?? [], result]);
  }
  if (groups.size === 0) return null;
  const data = [...groups.values()].map((group) => {
    const { system, benchmark, kind } = group[0].row;
    const recorded = group.map((result) => result.recorded);
    const now = group.map((result) => result.row.verdict);
    const share = (verdicts: readonly Verdict[]) =>
      verdicts.filter((verdict) => verdict === "correct").length / verdicts.length;
    const f1 = group.flatMap(({ row }) => row.f1 === null ? [] : [row.f1]);
    const { n, rate, kappa, bothCorrect, firstOnly, secondOnly, bothWrong } = agreement(
      now,
      recorded,
    );
    return {
      system,
      benchmark,
      recordedBy: kind === "qa" ? "judge" : "math grader",
      tasks: n,
      recorded: share(recorded),
      now: share(now),
      f1: f1.length === 0 ? null : f1.reduce((a, b) => a + b, 0) / f1.length,
      same: rate,
      kappa: Number.isNaN(kappa) ? null : kappa,
      bothCorrect,
      onlyNow: firstOnly,
      onlyRecorded: secondOnly,
      bothWrong,
    };
  });
  return tableOf({
    name: "grader_agreement",
    caption:
      "Recorded answers graded anew: accuracy in percent as recorded (questions by a language model, " +
      "mathematics by the reference's grader) and by this project's graders (exact match, F1; " +
      "mathematical equality), the share of equal verdicts, Cohen's kappa, and the four cells.",
    data,
    columns: [
      "system",
      "benchmark",
      { field: "recordedBy", header: null },
      { field: "tasks", header: null },
      { field: "recorded", percent: true },
      { field: "now", header: "graded anew", percent: true },
      { field: "f1", header: "F1", percent: true },
      { field: "same", header: "same verdict", percent: true },
      { field: "kappa", digits: 3 },
      { field: "bothCorrect", header: "both right" },
      { field: "onlyNow", header: "only anew" },
      { field: "onlyRecorded", header: "only recorded" },
      { field: "bothWrong", header: "both wrong" },
    ],
  });
}

/** Every answer on which the recorded verdict and the new one differ, with this grader's reason. */
export function disagreementTable(results: readonly ImportedResult[]): Table | null {
  const data = results.filter(({ row, recorded }) =>
    recorded !== "unscored" && recorded !== row.verdict
  ).map(({ row, recorded, why, recordedWhy }) => ({
    system: row.system,
    benchmark: row.benchmark,
    id: row.taskId,
    gold: row.gold,
    answer: row.prediction,
    recorded: recorded as string,
    now: row.verdict as string,
    why,
    recordedWhy: recordedWhy === "" ? null : recordedWhy,
  }));
  if (data.length === 0) return null;
  const short = (text: string | null) =>
    text === null ? null : text.length > 60 ? `${text.slice(0, 57)}...` : text;
  return tableOf({
    name: "disagreements",
    caption: "Answers on which the recorded verdict and this project's grader differ.",
    data,
    columns: [
      { field: "system", header: null },
      "benchmark",
      "id",
      { field: "gold", show: (r) => short(r.gold) },
      { field: "answer", show: (r) => short(r.answer) },
      "recorded",
      { field: "now", header: "graded anew" },
      "why",
      { field: "recordedWhy", header: "judge's reason", show: (r) => short(r.recordedWhy) },
    ],
  });
}
