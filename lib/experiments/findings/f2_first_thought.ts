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
  note: (input) =>
    describe(taughtCells(input)) +
    "Teacher: share of training tasks whose trajectory the filter keeps, with minus without " +
    "the prefix, on the same tasks; seeds have other tasks, and nothing is trained. Student: " +
    "accuracy, greedy.",
  figures: ofPrefix,
};

function ofPrefix(input: FindingInput): Figures {
  const teachers = taughtCells(input);
  const of = teachers.map((cells) => figuresOf(cells, input, teachers.length > 1));
  if (of.length === 0) return figuresOf([], input, false);
  return {
    parts: of.flatMap(({ parts }) => parts),
    missing: of.flatMap(({ missing }) => missing),
  };
}

/** Of the runs of one teacher, which is named where there are several. */
function figuresOf(
  cells: readonly StoredCell[],
  input: FindingInput,
  isNamed: boolean,
): Figures {
  const withPrefix = cells.filter(({ options }) => options.firstThoughtPrefix);
  const without = cells.filter(({ options }) => !options.firstThoughtPrefix);
  const missing = [
    ...withPrefix.length === 0 ? ["runs of a trained teacher with firstThoughtPrefix true"] : [],
    ...without.length === 0 ? ["runs of a trained teacher with firstThoughtPrefix false"] : [],
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
  const [teacher, student] = isNamed
    ? [`teacher ${nameOf(cells)}`, `agent student of ${nameOf(cells)}`]
    : ["teacher", "agent student"];
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

/**
 * The runs of each trained teacher that was asked with the prefix and without; where there is none, of one that
 * was not asked both ways.
 */
function taughtCells(input: FindingInput): readonly (readonly StoredCell[])[] {
  const cells = cellsVarying(input, ["firstThoughtPrefix", ...TEACHING])
    .filter(({ options }) => options.teacher !== "expert");
  const keyOf = ({ options }: StoredCell) => JSON.stringify(TEACHING.map((name) => options[name]));
  const groups = [...Map.groupBy(cells, keyOf).values()];
  const both = groups.filter((group) =>
    new Set(group.map(({ options }) => options.firstThoughtPrefix)).size === 2
  );
  return both.length > 0 ? both : groups.slice(0, 1);
}

function nameOf([{ options }]: readonly StoredCell[]): string {
  return options.teacher.split(/[\\/]/).at(-1)!;
}

function describe(teachers: readonly (readonly StoredCell[])[]): string {
  const said = teachers.map(([{ options: { trainTasks, teacherTemperature } }]) =>
    `sampled at temperature ${teacherTemperature}, on ${2 * trainTasks} training tasks a seed`
  );
  const all = [...new Set(said)].join("; ");
  if (teachers.length === 0) return "";
  return teachers.length === 1
    ? `A trained teacher, ${all}. `
    : `Trained teachers (${teachers.map(nameOf).join(", ")}), ${all}. `;
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
