import { labBenchmarks } from "../../lab/benchmarks.ts";
import type { DistillOptions } from "../distill/distill_options.ts";
import type { Claim, Figures } from "./claim.ts";
import { bySize, cellsVarying, type FindingInput, systemRows } from "./finding_input.ts";
import type { SeededInterval } from "./seeded_bootstrap.ts";
import { pairedDifference, seededAccuracy } from "./seeded_tasks.ts";
import type { StoredCell } from "../sweep/stored_cell.ts";

const TRAINING_BENCHMARKS = labBenchmarks.filter(({ splits }) => splits.includes("train")).length;

/** Points of accuracy that the last doubling may add when the trajectories are enough. */
const ENOUGH_MARGIN = 0.02;

/** Accuracy by number of training tasks. */
export interface TrajectoryPoint {
  /** Training tasks of all benchmarks together. */
  readonly tasks: number;
  /** Trajectories that the filter kept, mean over the seeds; null where they are not stored. */
  readonly kept: number | null;
  /** Of the agent student, greedy. */
  readonly accuracy: SeededInterval;
}

/**
 * F8: how many trajectories are enough. Enough is where more of them add less than two points: the
 * largest number of training tasks against the next smaller one.
 *
 * @source paper, section 4 trains on about 2,000 trajectories and does not vary them
 */
export const trajectories: Claim = {
  id: "F8",
  claim: "The trajectories are enough: the last increase adds less than " +
    `${100 * ENOUGH_MARGIN} points.`,
  source: "beyond the paper, which trains on about 2,000 trajectories (section 4)",
  note: "Gain in accuracy of the agent student, greedy, from more training tasks; the number of " +
    "passes is the same. The figures by number are accuracies.",
  figures: increases,
};

function increases(input: FindingInput): Figures {
  const { points, groups } = trajectoryCurve(input);
  const unit = "difference" as const;
  const steps = groups.slice(1).map((larger, i) => ({ smaller: groups[i], larger }));
  const gain = ({ smaller, larger }: typeof steps[number]) =>
    pairedDifference(
      [{
        a: systemRows(larger.cells, "agent-student"),
        b: systemRows(smaller.cells, "agent-student"),
      }],
      undefined,
      input,
    );
  const name = ({ smaller, larger }: typeof steps[number]) =>
    `from ${smaller.tasks} to ${larger.tasks} training tasks`;
  const last = steps.at(-1);
  return {
    parts: [
      {
        name: last === undefined ? "the last increase" : name(last),
        interval: last === undefined ? null : gain(last),
        unit,
        threshold: { below: ENOUGH_MARGIN },
      },
      ...steps.slice(0, -1).map((step) => ({ name: name(step), interval: gain(step), unit })),
      ...points.map(({ tasks, kept, accuracy }) => ({
        name: `${tasks} training tasks${kept === null ? "" : `, ${Math.round(kept)} kept`}`,
        interval: accuracy,
        unit: "share" as const,
      })),
    ],
    missing: steps.length === 0
      ? ["runs with another number of training tasks (trainTasks, or train)"]
      : [],
  };
}

/** The agent student's accuracy by training tasks, at the size with the most numbers of them. */
export function trajectoryCurve(input: FindingInput): {
  readonly points: readonly TrajectoryPoint[];
  readonly groups: readonly { readonly tasks: number; readonly cells: readonly StoredCell[] }[];
} {
  const sets = setsOf(input.reference);
  const comparable = cellsVarying(input, ["trainTasks", "train"])
    .filter(({ options }) => setsOf(options) === sets && trainingTasks(options) !== null);
  const curves = bySize(comparable).map(({ cells }) => {
    const groups = [...Map.groupBy(cells, ({ options }) => trainingTasks(options)!)]
      .map(([tasks, own]) => ({ tasks, cells: own }))
      .sort((a, b) => a.tasks - b.tasks);
    const points = groups.flatMap(({ tasks, cells: own }) => {
      const accuracy = seededAccuracy(systemRows(own, "agent-student"), input);
      return accuracy === null ? [] : [{ tasks, kept: meanKept(own), accuracy }];
    });
    return { points, groups };
  });
  return curves.sort((a, b) => b.points.length - a.points.length)[0] ?? { points: [], groups: [] };
}

/** The training sets without their numbers of tasks, as a key. */
function setsOf({ train }: DistillOptions): string {
  return train.split(",").map((set) => set.trim().replace(/:\d+$/, "")).join();
}

/** Training tasks of all sets; null where one is a whole file, whose length no setting tells. */
function trainingTasks({ train, trainTasks }: DistillOptions): number | null {
  let sum = 0;
  for (const set of train.split(",").map((part) => part.trim())) {
    const [, name, limit] = /^(.*?)(?::(\d+))?$/.exec(set)!;
    if (limit === undefined && !name.startsWith("lab")) return null;
    const benchmarks = name === "lab" ? TRAINING_BENCHMARKS : 1;
    sum += benchmarks * (limit === undefined ? trainTasks : Number(limit));
  }
  return sum;
}

function meanKept(cells: readonly StoredCell[]): number | null {
  if (cells.every(({ teacherRows }) => teacherRows.length === 0)) return null;
  const kept = cells.flatMap(({ teacherRows }) => teacherRows)
    .filter(({ verdict, errorKinds }) => verdict === "correct" && errorKinds.parse === 0);
  return kept.length / cells.length;
}
