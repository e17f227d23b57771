import { labBenchmarks } from "../../lab/benchmarks.ts";
import type { DistillOptions } from "../distill/distill_options.ts";
import type { Claim, Figures } from "./claim.ts";
import { bySize, cellsVarying, type FindingInput, systemRows } from "./finding_input.ts";
import type { SeededInterval } from "./seeded_bootstrap.ts";
import { pairedDifference, seededAccuracy } from "./seeded_tasks.ts";
import type { StoredCell } from "../sweep/stored_cell.ts";

const TRAINING_BENCHMARKS = labBenchmarks.filter(({ splits }) => splits.includes("train"))
  .map(({ name }) => name);

/** Points of accuracy that the last doubling may add when the trajectories are enough. */
const ENOUGH_MARGIN = 0.02;

/** Accuracy by number of training tasks. */
export interface TrajectoryPoint {
  /** Training tasks of all sets together: those that the teacher tried, or else those that were asked for. */
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
    "passes is the same. The figures by number are accuracies. Of files whose attempts of the " +
    "teacher are not stored the number is the most that was asked for.",
  figures: increases,
};

function increases(input: FindingInput): Figures {
  const { points, groups } = trajectoryCurve(input);
  const unit = "difference" as const;
  const steps = groups.slice(1).map((larger, i) => ({ smaller: groups[i], larger }))
    .filter(({ smaller, larger }) => larger.tasks > smaller.tasks && hasNoLess(larger, smaller));
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
      ? [
        "runs with another number of tasks of the same training sets (trainTasks, or train; that of " +
        "a whole file is known where the teacher's attempts are stored)",
      ]
      : [],
  };
}

/** Runs of one size on the same training tasks. */
export interface TrajectoryGroup {
  /** See {@link TrajectoryPoint.tasks}. */
  readonly tasks: number;
  /** One run per seed. */
  readonly cells: readonly StoredCell[];
}

/** The agent student's accuracy by training tasks, at the size with the most numbers of them. */
export function trajectoryCurve(input: FindingInput): {
  readonly points: readonly TrajectoryPoint[];
  readonly groups: readonly TrajectoryGroup[];
} {
  const setsOf = (options: DistillOptions) => [...amountsOf(options).keys()].sort().join();
  const comparable = cellsVarying(input, ["trainTasks", "train"])
    .filter(({ options }) => setsOf(options) === setsOf(input.reference));
  const curves = bySize(comparable).map(({ cells }) => {
    const groups = [...Map.groupBy(cells, ({ options }) => [...amountsOf(options)].sort().join())]
      .map(([, own]) => ({ tasks: tasksOf(own), cells: own }))
      .filter(({ tasks }) => tasks < Infinity)
      .sort((a, b) => a.tasks - b.tasks);
    const points = groups.flatMap(({ tasks, cells: own }) => {
      const accuracy = seededAccuracy(systemRows(own, "agent-student"), input);
      return accuracy === null ? [] : [{ tasks, kept: meanKept(own), accuracy }];
    });
    return { points, groups };
  });
  return curves.sort((a, b) => b.points.length - a.points.length)[0] ?? { points: [], groups: [] };
}

/** The most tasks of each training set, by its name; infinite for a whole file. */
function amountsOf({ train, trainTasks }: DistillOptions): ReadonlyMap<string, number> {
  return new Map(
    train.split(",").flatMap((part): [string, number][] => {
      const [, name, limit] = /^(.*?)(?::(\d+))?$/s.exec(part.trim())!;
      const isLab = name === "lab" || TRAINING_BENCHMARKS.includes(name);
      const most = Number(limit ?? (isLab ? trainTasks : Infinity));
      return (name === "lab" ? TRAINING_BENCHMARKS : [name]).map((set) => [set, most]);
    }),
  );
}

/** True if no set of the larger group has fewer tasks than in the smaller one. */
function hasNoLess(larger: TrajectoryGroup, smaller: TrajectoryGroup): boolean {
  const most = amountsOf(larger.cells[0].options);
  return [...amountsOf(smaller.cells[0].options)].every(([set, count]) => most.get(set)! >= count);
}

/** A file may have fewer tasks than it may give: what the teacher tried is what there was. */
function tasksOf(cells: readonly StoredCell[]): number {
  const amounts = amountsOf(cells[0].options);
  const isLab = [...amounts.keys()].every((set) => TRAINING_BENCHMARKS.includes(set));
  if (!isLab && hasTeacherRows(cells)) {
    return Math.round(cells.reduce((sum, cell) => sum + cell.teacherRows.length, 0) / cells.length);
  }
  return [...amounts.values()].reduce((sum, count) => sum + count, 0);
}

function meanKept(cells: readonly StoredCell[]): number | null {
  if (!hasTeacherRows(cells)) return null;
  const kept = cells.flatMap(({ teacherRows }) => teacherRows)
    .filter(({ verdict, errorKinds }) => verdict === "correct" && errorKinds.parse === 0);
  return kept.length / cells.length;
}

function hasTeacherRows(cells: readonly StoredCell[]): boolean {
  return cells.every(({ teacherRows }) => teacherRows.length > 0);
}
