import type { DistillOptions, SystemSlug } from "../distill/distill_options.ts";
import type { EvaluationRow } from "../../evaluation/evaluation_row.ts";
import type { StudentPreset } from "../../student/config.ts";
import { bySize, cellsVarying, type FindingInput, systemRows } from "./finding_input.ts";
import { type Finding, makeFinding } from "./finding.ts";
import { pairedDifference, type SystemPair } from "./seeded_tasks.ts";

/** One option at two values, and what of the runs is compared. */
export interface OptionComparison<Name extends keyof DistillOptions> {
  /** The option in which the runs differ. */
  readonly option: Name;
  /** The value whose runs are `a`. */
  readonly a: DistillOptions[Name];
  /** The value whose runs are `b`. */
  readonly b: DistillOptions[Name];
  /** The system that is compared. */
  readonly system: SystemSlug;
  /** Which of its rows. @default all */
  readonly only?: (row: EvaluationRow) => boolean;
}

/** The rows of runs that differ in one option alone, at each size that has both; small to large. */
export function optionPairs<Name extends keyof DistillOptions>(
  input: FindingInput,
  { option, a, b, system, only = () => true }: OptionComparison<Name>,
): (SystemPair & { readonly size: StudentPreset })[] {
  return bySize(cellsVarying(input, [option])).flatMap(({ size, cells }) => {
    const rows = (value: DistillOptions[Name]) =>
      systemRows(cells.filter(({ options }) => options[option] === value), system).filter(only);
    const pair = { size, a: rows(a), b: rows(b) };
    return pair.a.length > 0 && pair.b.length > 0 ? [pair] : [];
  });
}

/** A finding that compares one option at two values. */
export interface OptionFinding<Name extends keyof DistillOptions>
  extends OptionComparison<Name>, Pick<Finding, "id" | "claim" | "source" | "note"> {
  /** What is subtracted from what, such as `isolated − leaking`. */
  readonly part: string;
}

/** A finding that holds when the runs with value `a` do better than those with value `b`. */
export function optionFinding<Name extends keyof DistillOptions>(
  input: FindingInput,
  { id, claim, source, note, part, ...comparison }: OptionFinding<Name>,
): Finding {
  const pairs = optionPairs(input, comparison);
  const { option, a, b } = comparison;
  return makeFinding({
    ...{ id, claim, source, note },
    parts: [{
      name: part + (pairs.length === 1 ? `, ${pairs[0].size}` : ""),
      interval: pairs.length === 0 ? null : pairedDifference(pairs, undefined, input),
      unit: "difference",
      threshold: { above: 0 },
    }],
    missing: pairs.length === 0 ? [`one size with ${option} ${a} and with ${b}`] : [],
  });
}
