import type { Table } from "../../display/table.ts";
import { tableOf } from "../../display/table_of.ts";
import {
  EQUIVALENCE_MARGIN,
  type Finding,
  type JudgedPart,
  MIN_SEEDS,
  type Threshold,
} from "./finding.ts";
import type { SeededInterval } from "./seeded_bootstrap.ts";

/** Half-width that an interval is to have, as a share: 2 points. */
const WANTED_HALF_WIDTH = 0.02;

/** Numbers of seeds for which the tasks are counted. */
const SEEDS = [3, 5] as const;

/** The most seeds that are tried. */
const MOST_SEEDS = 100;

/**
 * Half-width over distance from the threshold at which the interval excludes the threshold with a chance of
 * 80%, if the effect is what it was estimated to be: 1.96 / (1.96 + 0.84).
 */
const WIDTH_FOR_POWER = 1.959964 / (1.959964 + 0.841621);

/** The same where both bounds have to exclude something, each with a chance of 90%: 1.96 / (1.96 + 1.28). */
const WIDTH_FOR_BOTH_BOUNDS = 1.959964 / (1.959964 + 1.281552);

/** Half of an interval's width. */
export function halfWidth({ low, high }: SeededInterval): number {
  return (high - low) / 2;
}

/**
 * The half-width that an interval would have with other numbers of tasks and seeds, from its variance by
 * cause and scaled so that at the present numbers it is what it is. Where no task differed from
 * another, it falls with the number of tasks, as Wilson's bound does.
 *
 * @param tasks number of tasks in all, of the benchmarks in their present proportion
 *
 * @example
 * ```ts
 * import { expectedHalfWidth } from "@potstill/experiments";
 * const variance = { tasks: 1e-4, seeds: 0, both: 0 };
 * const now = { estimate: 0.05, low: 0.03, high: 0.07, n: 100, seeds: 3, variance };
 * const width = expectedHalfWidth(now, 400, 3);
 * if (Math.abs(width - 0.01) > 1e-12) throw new Error("four times the tasks halve it");
 * ```
 */
export function expectedHalfWidth(interval: SeededInterval, tasks: number, seeds: number): number {
  const { variance, n } = interval;
  const factor = tasks / n;
  if (variance === undefined) return halfWidth(interval) / factor;
  const at = (factor: number, seeds: number) =>
    variance.tasks / factor + variance.seeds / seeds + variance.both / (factor * seeds);
  const now = at(1, interval.seeds);
  return now === 0 ? 0 : halfWidth(interval) * Math.sqrt(at(factor, seeds) / now);
}

/**
 * The number of tasks in all at which an interval would have a half-width, under a number of seeds; null
 * when no number is enough, as the seeds alone make it wider.
 */
export function tasksForHalfWidth(
  interval: SeededInterval,
  wanted: number,
  seeds: number,
): number | null {
  const { variance, n } = interval;
  if (wanted <= 0) return null;
  if (variance === undefined) return Math.ceil(n * halfWidth(interval) / wanted);
  const { tasks, both } = variance;
  const now = tasks + variance.seeds / interval.seeds + both / interval.seeds;
  const width = halfWidth(interval);
  if (width === 0 || now === 0) return n;
  const allowed = now * (wanted / width) ** 2 - variance.seeds / seeds;
  return allowed <= 0 ? null : Math.max(1, Math.ceil(n * (tasks + both / seeds) / allowed));
}

/** Distance of an estimate from the nearest bound of what is claimed of it. */
function distanceFromClaim(estimate: number, threshold: Threshold): number {
  const bounds = "within" in threshold
    ? threshold.within
    : ["above" in threshold ? threshold.above : threshold.below];
  return Math.min(...bounds.map((bound) => Math.abs(estimate - bound)));
}

/**
 * The extent of runs that would tell: for each finding's headline figure (of an undecided finding the first that
 * more tasks or seeds could decide) its half-width now and what it is made of, the number of test tasks that
 * would bring it to 2 points, or decide the claim with a chance of 80% if the effect is as large as it was
 * measured, and the number of seeds that would decide it with the tasks that it has. Estimates of variance
 * from three seeds are rough: within a factor of two.
 */
export function powerTable(findings: readonly Finding[]): Table {
  const data = findings.flatMap(({ id, verdict, parts }) => {
    const judged = parts.filter((one) => one.verdict !== null && !one.isAside);
    const part = verdict === "undecided" ? judged.find(isOpen) : judged[0];
    if (part === undefined || part.interval === null) return [];
    const { interval } = part;
    return [{
      id,
      verdict,
      figure: part.name,
      width: halfWidth(interval),
      tasks: interval.n,
      seeds: interval.seeds,
      seedShare: seedShare(interval),
      ...Object.fromEntries(SEEDS.flatMap((seeds) => [
        [`tasksFor2Points${seeds}`, tasksForHalfWidth(interval, WANTED_HALF_WIDTH, seeds)],
        [`tasksToDecide${seeds}`, tasksToDecide(part, interval, seeds)],
      ])) as Record<string, number | null>,
      seedsToDecide: seedsToDecide(part, interval),
    }];
  });
  type Row = (typeof data)[number];
  const count = (field: string) => (row: Row) => {
    const number = (row as Record<string, unknown>)[field] as number | null;
    return number === null ? "no number" : String(number);
  };
  return tableOf({
    name: "power",
    caption:
      "Test tasks in all (over the benchmarks) that would bring each headline figure (of undecided findings the " +
      "first that is undecided) to ±2 points, and that would decide it with a chance of 80% if the effect is as " +
      "measured, for 3 and 5 seeds; and the seeds that would decide it with the tasks of now. " +
      '"no number" of tasks: the seeds alone differ by too much, or the estimate is at the threshold; of ' +
      "seeds: more than 100, or the tasks are too few. Seeds' part: share of the variance that more tasks do " +
      "not lessen.",
    data,
    columns: [
      { field: "id", header: "finding" },
      "verdict",
      "figure",
      { field: "width", header: "± now", show: ({ width }) => (100 * width).toFixed(1) },
      "tasks",
      "seeds",
      {
        field: "seedShare",
        header: "seeds' part",
        show: ({ seedShare }) => seedShare === null ? null : `${Math.round(100 * seedShare)}%`,
      },
      ...SEEDS.map((seeds) => ({
        field: `tasksFor2Points${seeds}` as never,
        header: `±2 points, ${seeds} seeds`,
        show: count(`tasksFor2Points${seeds}`),
      })),
      ...SEEDS.map((seeds) => ({
        field: `tasksToDecide${seeds}` as never,
        header: `decided, ${seeds} seeds`,
        show: count(`tasksToDecide${seeds}`),
      })),
      { field: "seedsToDecide", header: "seeds, tasks as now", show: count("seedsToDecide") },
    ],
  });
}

/**
 * The number of tasks that would decide a figure under a number of seeds with a chance of 80%: one way or the
 * other, or that there is no difference.
 */
function tasksToDecide(
  { threshold }: JudgedPart,
  interval: SeededInterval,
  seeds: number,
): number | null {
  const distance = distanceFromClaim(interval.estimate, threshold!);
  const found = [
    tasksForHalfWidth(interval, distance * WIDTH_FOR_POWER, seeds),
    isOfDifference(threshold!) ? tasksForNoDifference(interval, seeds) : null,
  ].filter((tasks) => tasks !== null);
  return found.length === 0 ? null : Math.min(...found);
}

/** True if more tasks or seeds could decide a figure. */
function isOpen({ verdict, interval, undecidedBecause }: JudgedPart): boolean {
  return verdict === "undecided" && interval !== null && undecidedBecause === undefined;
}

/** The number of seeds that would decide a figure with a chance of 80% with the tasks that it has. */
function seedsToDecide(part: JudgedPart, interval: SeededInterval): number | null {
  for (let seeds = MIN_SEEDS; seeds <= MOST_SEEDS; seeds++) {
    const tasks = tasksToDecide(part, interval, seeds);
    if (tasks !== null && tasks <= interval.n) return seeds;
  }
  return null;
}

function isOfDifference(threshold: Threshold): boolean {
  return "above" in threshold
    ? threshold.above === 0
    : "below" in threshold && threshold.below === 0;
}

/** The number of tasks that would show with a chance of at least 80% that there is no difference. */
function tasksForNoDifference(interval: SeededInterval, seeds: number): number | null {
  const { estimate, n, noneDiffer, variance } = interval;
  if (noneDiffer === undefined) return null;
  const least = Math.ceil(n * noneDiffer / EQUIVALENCE_MARGIN);
  if (variance === undefined) return least;
  const room = EQUIVALENCE_MARGIN - Math.abs(estimate);
  const tasks = tasksForHalfWidth(interval, room * WIDTH_FOR_BOTH_BOUNDS, seeds);
  return tasks === null ? null : Math.max(tasks, least);
}

/** The share of the variance that comes from seeds alone; null where it cannot be told. */
function seedShare({ variance, seeds }: SeededInterval): number | null {
  if (variance === undefined || seeds < 2) return null;
  const own = variance.seeds / seeds;
  const all = own + variance.tasks + variance.both / seeds;
  return all === 0 ? null : own / all;
}
