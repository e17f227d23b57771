import type { Cell, Table } from "../../display/table.ts";
import { tableOf } from "../../display/table_of.ts";
import type { SeededInterval } from "./seeded_bootstrap.ts";

/** The verdict on a claim. */
export type FindingVerdict = "holds" | "does not hold" | "no difference" | "undecided";

/** The range in which an interval must lie for a claim to hold, in the unit of the estimate. */
export type Threshold =
  | { readonly above: number }
  | { readonly below: number }
  | { readonly within: readonly [number, number] };

/** One figure of a finding. */
export interface FindingPart {
  /** Name of the comparison, such as `0.3M agent − 1M CoT`. */
  readonly name: string;
  /** The figure; null when rows are missing. */
  readonly interval: SeededInterval | null;
  /** `difference` of shares, shown signed in points; `share`, in percent. */
  readonly unit: "difference" | "share";
  /** The claim about it; absent for a figure without one. */
  readonly threshold?: Threshold;
  /** True if its verdict stands alone, without part in that of the finding. @default false */
  readonly isAside?: boolean;
  /** The reason for no verdict whatever the interval, such as both systems at the floor. */
  readonly undecidedBecause?: string;
}

/** A {@link FindingPart} with its verdict; null for a figure of which nothing is claimed. */
export type JudgedPart = FindingPart & { readonly verdict: FindingVerdict | null };

/** A finding of the paper, or beyond it, tested on stored runs. */
export interface Finding {
  /** Such as `F1`. */
  readonly id: string;
  /** The claim, in a sentence. */
  readonly claim: string;
  /** Source of the claim. */
  readonly source: string;
  /** The first claimed figure; null when rows are missing. */
  readonly estimate: number | null;
  /** Its interval. */
  readonly interval: { readonly low: number; readonly high: number } | null;
  /**
   * That of every claimed figure where they have the same; `does not hold` when one does not, or when some
   * hold and others show no difference; else `undecided`.
   */
  readonly verdict: FindingVerdict;
  /** Method of the figures, missing runs, and caveats. */
  readonly note: string;
  /** Coverage of the intervals, between 0 and 1. */
  readonly level: number;
  /** Every figure. */
  readonly parts: readonly JudgedPart[];
  /** The same as a table. */
  readonly table: Table;
}

/** The parts of a finding. */
export interface FindingDraft extends Pick<Finding, "id" | "claim" | "source" | "note"> {
  /** Every figure; the first one with a threshold is the headline. */
  readonly parts: readonly FindingPart[];
  /** Coverage of the figures' intervals. @default 0.95 */
  readonly level?: number;
  /** Runs that would be needed and are not there. */
  readonly missing?: readonly string[];
  /** True if further runs are to come: nothing is decided then. @default false */
  readonly isUnfinished?: boolean;
}

/** Seeds below which nothing is decided: the chance in training cannot be told. */
export const MIN_SEEDS = 3;

/** Difference in accuracy that matters, as a share. */
export const EQUIVALENCE_MARGIN = 0.02;

/**
 * The verdict on one figure: whether its interval lies wholly on one side of the threshold. Where it is claimed
 * that one accuracy differs from another (a threshold of 0), an interval with both bounds within
 * {@link EQUIVALENCE_MARGIN} of 0 shows `no difference`: two one-sided tests, at half the usual error. As
 * resamples of a handful of differing answers give too narrow an interval, it is taken to be at least as wide
 * as if no answer differed.
 *
 * @source Schuirmann 1987, "A Comparison of the Two One-Sided Tests Procedure and the Power Approach for
 * Assessing the Equivalence of Average Bioavailability"
 *
 * @example
 * ```ts
 * import { judge } from "@potstill/experiments/findings/finding.ts";
 * const interval = { estimate: 0.1, low: 0.02, high: 0.18, n: 64, seeds: 3 };
 * if (judge(interval, { above: 0 }) !== "holds") throw new Error("it excludes 0");
 * if (judge({ ...interval, seeds: 2 }, { above: 0 }) !== "undecided") throw new Error("2 seeds");
 * const none = { ...interval, estimate: 0, low: -0.01, high: 0.01, noneDiffer: 0.015 };
 * if (judge(none, { above: 0 }) !== "no difference") throw new Error("within 2 points");
 * ```
 */
export function judge(
  interval: SeededInterval | null,
  threshold: Threshold,
  minSeeds: number = MIN_SEEDS,
): FindingVerdict {
  if (interval === null || interval.seeds < minSeeds) return "undecided";
  const { low, high, noneDiffer } = interval;
  const between = (bound: number): FindingVerdict =>
    bound === 0 && noneDiffer !== undefined &&
      Math.max(-low, high, noneDiffer) < EQUIVALENCE_MARGIN
      ? "no difference"
      : "undecided";
  if ("above" in threshold) {
    const { above } = threshold;
    return low > above ? "holds" : high < above ? "does not hold" : between(above);
  }
  if ("below" in threshold) {
    const { below } = threshold;
    return high < below ? "holds" : low > below ? "does not hold" : between(below);
  }
  const [from, to] = threshold.within;
  if (low > from && high < to) return "holds";
  return high < from || low > to ? "does not hold" : "undecided";
}

/** Judges a finding's figures and puts them into a table. */
export function makeFinding(draft: FindingDraft): Finding {
  const parts: JudgedPart[] = draft.parts.map((part) => ({
    ...part,
    verdict: part.threshold === undefined
      ? null
      : draft.isUnfinished || part.undecidedBecause !== undefined
      ? "undecided"
      : judge(part.interval, part.threshold),
  }));
  const claims = parts.filter(({ verdict, isAside }) => verdict !== null && !isAside);
  const missing = [
    ...draft.missing ?? [],
    ...draft.isUnfinished ? ["runs that are not finished"] : [],
  ];
  const verdicts = new Set(claims.map(({ verdict }) => verdict));
  const verdict = verdicts.has("does not hold")
    ? "does not hold"
    : missing.length > 0 || claims.length === 0 || verdicts.has("undecided")
    ? "undecided"
    : verdicts.size > 1
    ? "does not hold"
    : claims[0].verdict!;
  const headline = claims[0]?.interval ?? null;
  const few = claims.find(({ interval }) => interval !== null && interval.seeds < MIN_SEEDS);
  const reasons = [...new Set(claims.map((part) => part.undecidedBecause).filter(Boolean))];
  const note = [
    draft.note,
    missing.length > 0 ? `Missing: ${missing.join("; ")}.` : "",
    few ? `With ${few.interval!.seeds} of at least ${MIN_SEEDS} seeds nothing is decided.` : "",
    ...reasons.map((reason) => `Undecided: ${reason}.`),
  ].filter((text) => text !== "").join(" ");
  const { id, claim, source, level = 0.95 } = draft;
  return {
    id,
    claim,
    source,
    estimate: headline?.estimate ?? null,
    interval: headline === null ? null : { low: headline.low, high: headline.high },
    verdict,
    note,
    level,
    parts,
    table: partsTable(id, claim, parts, level),
  };
}

function partsTable(
  id: string,
  claim: string,
  parts: readonly JudgedPart[],
  level: number,
): Table {
  return tableOf({
    name: id.toLowerCase(),
    caption:
      `${id}: ${claim} In percent or percentage points, with ${
        levelText(level)
      } intervals over tasks and ` +
      "seeds.",
    data: parts.map((part) => ({
      name: part.name,
      estimate: part.interval?.estimate ?? null,
      low: part.interval?.low ?? null,
      high: part.interval?.high ?? null,
      tasks: part.interval?.n ?? null,
      seeds: part.interval?.seeds ?? null,
      verdict: part.verdict,
      part,
    })),
    columns: [
      { field: "name", header: "figure" },
      {
        field: "estimate",
        header: "value",
        interval: ["low", "high"],
        show: ({ part }) => valueCell(part),
      },
      { header: "claimed", show: ({ part }) => claimed(part) },
      "tasks",
      "seeds",
      {
        field: "verdict",
        show: ({ verdict, part }) =>
          verdict === null ? null : `${verdict}${part.isAside ? " (aside)" : ""}`,
      },
    ],
  });
}

/** A coverage in percent, such as `95%` or `98.3%`. */
export function levelText(level: number): string {
  return `${Math.round(level * 1000) / 10}%`;
}

function valueCell({ interval, unit }: JudgedPart): Cell {
  if (interval === null) return "no rows";
  const { estimate, low, high } = interval;
  return { estimate, low, high, signed: unit === "difference" };
}

function claimed({ threshold }: JudgedPart): string | null {
  return threshold === undefined ? null : thresholdText(threshold);
}

function thresholdText(threshold: Threshold): string {
  const text = (share: number) => String(Math.round(share * 1000) / 10).replace("-", "−");
  if ("above" in threshold) return `above ${text(threshold.above)}`;
  if ("below" in threshold) return `below ${text(threshold.below)}`;
  return `${text(threshold.within[0])} to ${text(threshold.within[1])}`;
}
