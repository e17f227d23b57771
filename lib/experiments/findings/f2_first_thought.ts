import { basename } from "node:path";
import { compareSystems } from "../../evaluation/compare_systems.ts";
import type { EvaluationRow } from "../../evaluation/evaluation_row.ts";
import type { StoredCell } from "../sweep/stored_cell.ts";
import { type Claim, type Figures, partsOf } from "./claim.ts";
import { bySize, cellsVarying, type FindingInput, systemRows } from "./finding_input.ts";
import type { SeededInterval } from "./seeded_bootstrap.ts";
import { accuracy, sizedPairs } from "./measured.ts";

/**
 * F2: the first-thought prefix improves the teacher's trajectories, and the student that learns from
 * them. The teacher's are compared by the share that the paper's filter keeps. Only a trained teacher
 * counts: what a scripted expert does with a prefix says nothing of language models.
 *
 * @source paper, section 3.2 (first-thought prefix) and section 5 (ablation)
 */
export const firstThought: Claim = {
  id: "F2",
  claim: "The first-thought prefix improves the teacher's trajectories and the agent student.",
  source: "paper, sections 3.2 and 5",
  inPaper: "teacher, hard MATH +8.7; agent student +0.9 (3B), +2.4 (7B)",
  note: (input) =>
    describe(taughtCells(input)) +
    "Teacher: share of training tasks whose trajectory the filter keeps, with minus without " +
    "the prefix, on the same tasks; seeds have other tasks, and nothing is trained. Student: " +
    "accuracy, greedy.",
  figures: ofPrefix,
};

function ofPrefix(input: FindingInput): Figures {
  const teachers = taughtCells(input);
  const names = namesOf(teachers);
  const of = teachers.map((cells, i) =>
    figuresOf(cells, input, teachers.length > 1 ? names[i] : null)
  );
  if (of.length === 0) return figuresOf([], input, null);
  return {
    parts: of.flatMap(({ parts }) => parts),
    missing: of.flatMap(({ missing }) => missing),
  };
}

/** @param name of the teacher, where there are several */
function figuresOf(
  cells: readonly StoredCell[],
  input: FindingInput,
  name: string | null,
): Figures {
  const withPrefix = cells.filter(({ options }) => options.firstThoughtPrefix);
  const without = cells.filter(({ options }) => !options.firstThoughtPrefix);
  const runs = name === null ? "runs of a trained teacher" : `runs of the teacher ${name}`;
  const missing = [
    ...withPrefix.length === 0 ? [`${runs} with firstThoughtPrefix true`] : [],
    ...without.length === 0 ? [`${runs} with firstThoughtPrefix false`] : [],
  ];
  const pairs = sizedPairs(bySize(cells), (some) => ({
    a: systemRows(some.filter((cell) => withPrefix.includes(cell)), "agent-student"),
    b: systemRows(some.filter((cell) => without.includes(cell)), "agent-student"),
  }));
  if (missing.length === 0 && pairs.length === 0) missing.push("one size with and without");
  const taught = (kind: EvaluationRow["kind"] | null, count: (row: EvaluationRow) => boolean) =>
    teacherDifference(withPrefix, without, kind, count, input);
  const above = { above: 0 };
  const unit = "difference" as const;
  const [teacher, student] = name === null
    ? ["teacher", "agent student"]
    : [`teacher ${name}`, `agent student of ${name}`];
  return {
    parts: [
      { name: `${teacher}, kept`, interval: taught(null, isKept), unit, threshold: above },
      ...partsOf(pairs, [{ name: student, of: accuracy, threshold: above }], input),
      { name: `${teacher}, kept, mathematics`, interval: taught("math", isKept), unit },
      { name: `${teacher}, kept, factual`, interval: taught("qa", isKept), unit },
      {
        name: `${teacher}, factual, searched`,
        interval: taught("qa", (row) => row.searchCalls > 0),
        unit,
      },
      ...partsOf(pairs, [{ name: student, of: accuracy, bySize: true }], input),
    ],
    missing,
  };
}

/** Options in which a teacher's runs may differ from the reference. */
const TEACHING = ["teacher", "teacherTemperature", "trainTasks"] as const;

/** The runs of each trained teacher. */
function taughtCells(input: FindingInput): readonly (readonly StoredCell[])[] {
  const cells = cellsVarying(input, ["firstThoughtPrefix", ...TEACHING])
    .filter(({ options }) => options.teacher !== "expert");
  const keyOf = ({ options }: StoredCell) => JSON.stringify(TEACHING.map((name) => options[name]));
  const groups = [...Map.groupBy(cells, keyOf).values()];
  const isAskedBothWays = (group: readonly StoredCell[]) =>
    new Set(group.map(({ options }) => options.firstThoughtPrefix)).size === 2;
  // A run of one's own with a trained teacher has no part in it, unless nothing else is there.
  const prefixed = groups.filter((group) =>
    isAskedBothWays(group) || group.some(({ options }) => options.firstThoughtPrefix)
  );
  return prefixed.length > 0 ? prefixed : groups.slice(0, 1);
}

/** What tells the teachers apart: the end of each name, all of it where two end alike. */
function namesOf(teachers: readonly (readonly StoredCell[])[]): string[] {
  const settings = teachers.map(([{ options }]) => options);
  const ends = settings.map(({ teacher }) => basename(teacher));
  if (new Set(ends).size === ends.length) return ends;
  return settings.map(({ teacher, teacherTemperature, trainTasks }) =>
    `${teacher} (temperature ${teacherTemperature}, ${2 * trainTasks} tasks)`
  );
}

function describe(teachers: readonly (readonly StoredCell[])[]): string {
  const said = teachers.map(([{ options: { trainTasks, teacherTemperature } }]) =>
    `sampled at temperature ${teacherTemperature}, on ${2 * trainTasks} training tasks a seed`
  );
  const all = [...new Set(said)].join("; ");
  if (teachers.length === 0) return "";
  return teachers.length === 1
    ? `A trained teacher, ${all}. `
    : `Trained teachers (${namesOf(teachers).join(", ")}), ${all}. `;
}

/** True if the paper's filter keeps the trajectory behind a row. */
function isKept({ verdict, errorKinds }: EvaluationRow): boolean {
  return verdict === "correct" && errorKinds.parse === 0 && errorKinds["max-steps"] === 0;
}

/** Each seed has training tasks of its own: a task and its seed are one task of the comparison. */
function teacherDifference(
  withPrefix: readonly StoredCell[],
  without: readonly StoredCell[],
  kind: EvaluationRow["kind"] | null,
  count: (row: EvaluationRow) => boolean,
  input: FindingInput,
): SeededInterval | null {
  const rows = (cells: readonly StoredCell[], system: string): EvaluationRow[] => {
    // Runs of several sizes have one teacher: its attempts count once.
    const found = new Map<string, EvaluationRow>();
    for (const row of cells.flatMap((cell) => cell.teacherRows)) {
      if (kind !== null && row.kind !== kind) continue;
      const taskId = `${row.seed}/${row.taskId}`;
      const verdict = count(row) ? "correct" : "wrong";
      found.set(`${row.benchmark}/${taskId}`, { ...row, system, taskId, verdict });
    }
    return [...found.values()];
  };
  const both = [...rows(withPrefix, "with"), ...rows(without, "without")];
  const { difference } = compareSystems(both, "with", "without", input);
  if (difference.n === 0) return null;
  const seeds = (cells: readonly StoredCell[]) => new Set(cells.map(({ options }) => options.seed));
  return { ...difference, seeds: seeds(withPrefix).intersection(seeds(without)).size };
}
