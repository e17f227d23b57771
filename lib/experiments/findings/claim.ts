import { canonicalJson } from "../../runs/canonical_json.ts";
import type { EvaluationRow } from "../../evaluation/evaluation_row.ts";
import type { SystemSlug } from "../distill/system_facts.ts";
import type { DistillOptions } from "../distill/distill_options.ts";
import { type Finding, type FindingPart, makeFinding } from "./finding.ts";
import {
  bySize,
  cellsVarying,
  type FindingInput,
  systemRows,
  type Tier,
  tiers,
} from "./finding_input.ts";
import { accuracy, type Measured, type SizedPair, sizedPairs } from "./measured.ts";

/** A claim about stored runs: one row of the table of findings. */
export interface Claim {
  /** Such as `F1`. */
  readonly id: string;
  /** The claim, in a sentence. */
  readonly claim: string;
  /** Source of the claim. */
  readonly source: string;
  /** The paper's own figures, in points where nothing else is said. @default none, or none that can be compared */
  readonly inPaper?: string;
  /** Method of the figures, and caveats. */
  readonly note: string | ((input: FindingInput) => string);
  /** The figures, and the runs that are missing for them. */
  readonly figures: (input: FindingInput) => Figures;
  /** True if the paper does not make the claim; it is then left out without its runs. @default false */
  readonly isBeyondPaper?: boolean;
}

/** Figures of a claim. */
export interface Figures {
  /** Every figure; the first one with a threshold is the headline. */
  readonly parts: readonly FindingPart[];
  /** Names of runs that are needed and missing. */
  readonly missing: readonly string[];
}

/** One figure of two sets of rows. */
export interface Figure extends Pick<FindingPart, "threshold"> {
  /** Name of the comparison, such as `sag − greedy`; it may name the sizes. */
  readonly name: string | ((pairs: readonly SizedPair[]) => string);
  /** The measure, over all sizes together. */
  readonly of: Measured;
  /** Unit of the figure. @default "difference" */
  readonly unit?: FindingPart["unit"];
  /** True if each of several sizes gets a figure of its own instead. @default false */
  readonly bySize?: boolean;
}

/** Two systems of the same runs, and their figures. */
export interface SystemComparison {
  /** The system that is expected to do better. */
  readonly a: SystemSlug;
  /** The system beside it. */
  readonly b: SystemSlug;
  /** The figures, in order. */
  readonly figures: readonly Figure[];
}

/** Options that a run must have; a function also sees the reference. */
export type RunChoice =
  | Partial<DistillOptions>
  | ((options: DistillOptions, reference: DistillOptions) => boolean);

/** One system under two settings, and its figures. */
export interface RunComparison {
  /** The system that is compared. */
  readonly system: SystemSlug;
  /** The runs that are expected to do better. */
  readonly a: RunChoice;
  /** The runs beside them. */
  readonly b: Partial<DistillOptions>;
  /**
   * Options in which the runs of the side that the reference is not on (of `a`, where that is a function) may
   * differ from it as well, with one setting at each size. @default none
   */
  readonly own?: readonly (keyof DistillOptions)[];
  /** Filter of the system's rows. @default all */
  readonly only?: (row: EvaluationRow) => boolean;
  /** The figures, in order. */
  readonly figures: readonly Figure[];
  /** The runs that are named when one side has none. */
  readonly needs: string;
}

/** One system under two values of one option. */
export interface OptionComparison<Name extends keyof DistillOptions>
  extends Pick<RunComparison, "system" | "only"> {
  /** The option in which the runs differ. */
  readonly option: Name;
  /** The value that is expected to do better. */
  readonly a: DistillOptions[Name];
  /** The value beside it. */
  readonly b: DistillOptions[Name];
  /** Name of the figure, such as `isolated − leaking`. */
  readonly name: string;
}

/** Tests a claim on stored runs. */
export function testClaim(claim: Claim, input: FindingInput): Finding {
  const { id, source, note } = claim;
  return makeFinding({
    id,
    claim: claim.claim,
    source,
    note: typeof note === "string" ? note : note(input),
    level: input.level,
    isUnfinished: input.isUnfinished,
    ...claim.figures(input),
  });
}

/** The figures of two systems that the same runs evaluated, at every size that has both. */
export function ofSystems({ a, b, figures }: SystemComparison): Claim["figures"] {
  return (input) => {
    const pairs = sizedPairs(tiers(input), (cells) => ({
      a: systemRows(cells, a),
      b: systemRows(cells, b),
    }));
    return {
      parts: partsOf(pairs, figures, input),
      missing: pairs.length === 0 ? [`runs with the systems ${a} and ${b}`] : [],
    };
  };
}

/** The figures of one system in runs that differ in some options alone, at every size that has both. */
export function ofRuns(comparison: RunComparison): Claim["figures"] {
  const { system, a, b, own = [], only = () => true, figures, needs } = comparison;
  return (input) => {
    const varied = Object.keys(b) as (keyof DistillOptions)[];
    const { reference } = input;
    const isOnB = typeof a === "function" || isChosen(b, reference, reference);
    const ours = cellsVarying(input, isOnB ? [...varied, ...own] : varied)
      .filter(({ options }) => isChosen(a, options, reference));
    const theirs = cellsVarying(input, isOnB ? varied : [...varied, ...own])
      .filter(({ options }) => isChosen(b, options, reference));
    const sizes = bySize([...new Set([...ours, ...theirs])]);
    const free = isOnB ? ours : theirs;
    // Of several settings nobody knows which is meant, and runs of one seed would hide each other.
    const isUnclear = ({ cells }: Tier) =>
      new Set(
        cells.filter((cell) => free.includes(cell))
          .map(({ options }) => canonicalJson(own.map((name) => options[name] ?? null))),
      ).size > 1;
    const unclear = sizes.filter(isUnclear);
    const pairs = sizedPairs(sizes.filter((size) => !isUnclear(size)), (cells) => ({
      a: systemRows(cells.filter((cell) => ours.includes(cell)), system).filter(only),
      b: systemRows(cells.filter((cell) => theirs.includes(cell)), system).filter(only),
    }));
    return {
      parts: partsOf(pairs, figures, input),
      missing: [
        ...unclear.map(({ size }) => `runs of ${size} with one setting of ${own.join(", ")}`),
        ...pairs.length === 0 && unclear.length === 0 ? [needs] : [],
      ],
    };
  };
}

/** The difference in accuracy between two values of one option; the claim is that `a` does better. */
export function ofOption<Name extends keyof DistillOptions>(
  { option, a, b, system, only, name }: OptionComparison<Name>,
): Claim["figures"] {
  return ofRuns({
    system,
    only,
    a: { [option]: a },
    b: { [option]: b },
    figures: [{
      name: (pairs) => pairs.length === 1 ? `${name}, ${pairs[0].size}` : name,
      of: accuracy,
      threshold: { above: 0 },
    }],
    needs: `one size with ${option} ${a} and with ${b}`,
  });
}

/** The figures of several comparisons, in order. */
export function together(...all: readonly Claim["figures"][]): Claim["figures"] {
  return (input) => {
    const found = all.map((figures) => figures(input));
    return {
      parts: found.flatMap(({ parts }) => parts),
      missing: found.flatMap(({ missing }) => missing),
    };
  };
}

/** Every figure of the pairs; null where there are none. */
export function partsOf(
  pairs: readonly SizedPair[],
  figures: readonly Figure[],
  input: FindingInput,
): FindingPart[] {
  return figures.flatMap(({ name, of, unit = "difference", threshold, bySize = false }) => {
    const title = typeof name === "string" ? name : name(pairs);
    const part = (some: readonly SizedPair[], title: string): FindingPart => ({
      name: title,
      interval: some.length === 0 ? null : of(some, input),
      unit,
      ...(threshold === undefined ? {} : { threshold }),
    });
    if (!bySize) return [part(pairs, title)];
    return pairs.length < 2 ? [] : pairs.map((pair) => part([pair], `${title}, ${pair.size}`));
  });
}

function isChosen(choice: RunChoice, options: DistillOptions, reference: DistillOptions): boolean {
  if (typeof choice === "function") return choice(options, reference);
  return Object.entries(choice).every(([name, value]) =>
    options[name as keyof DistillOptions] === value
  );
}
