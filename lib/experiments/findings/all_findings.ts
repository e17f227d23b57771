import { frameFrom } from "../../report/frame.ts";
import { Table } from "../../display/table.ts";
import { firstThought } from "./f2_first_thought.ts";
import { isolation } from "./f12_isolation.ts";
import { curriculum } from "./f13_curriculum.ts";
import { rollouts } from "./f14_rollouts.ts";
import { cascade } from "./f11_cascade.ts";
import { codeErrors } from "./f5_code_errors.ts";
import type { Finding } from "./finding.ts";
import type { FindingInput } from "./finding_input.ts";
import { lora } from "./f7_lora.ts";
import { margin } from "./f4_margin.ts";
import { mustRetrieve } from "./f10_must_retrieve.ts";
import { nextTier } from "./f1_next_tier.ts";
import { sagGain } from "./f3_sag.ts";
import { tokens } from "./f6_tokens.ts";
import { trajectories } from "./f8_trajectories.ts";
import { voteOnValue } from "./f9_vote.ts";

/** The paper's findings, in order. */
const OF_THE_PAPER = [
  nextTier,
  firstThought,
  sagGain,
  margin,
  codeErrors,
  tokens,
  lora,
  trajectories,
];

/** Findings beyond the paper; each is left out when the runs that it needs were not made. */
const BEYOND = [voteOnValue, mustRetrieve, cascade, isolation, curriculum, rollouts];

/**
 * Tests every finding on stored runs. Those of the paper are always there, undecided when runs are
 * missing; those beyond it only with their runs.
 *
 * @example
 * ```ts
 * import { profiles } from "@potstill/experiments/distill/distill_options.ts";
 * import { allFindings } from "@potstill/experiments/findings/all_findings.ts";
 * const findings = allFindings({ cells: [], reference: profiles.quick });
 * if (findings.length !== 8) throw new Error("eight findings");
 * if (findings.some(({ verdict }) => verdict !== "undecided")) throw new Error("without runs");
 * ```
 */
export function allFindings(input: FindingInput): Finding[] {
  const beyond = BEYOND.map((test) => test(input)).filter(({ estimate }) => estimate !== null);
  return [...OF_THE_PAPER.map((test) => test(input)), ...beyond];
}

/** One line a finding: claim, headline figure, verdict. */
export function findingsTable(findings: readonly Finding[]): Table {
  return new Table({
    name: "findings",
    caption:
      "Each claim with its headline figure (percent or percentage points, 95% interval over tasks and " +
      "seeds) and the verdict over all its claimed figures.",
    columns: ["finding", "claim", "headline", "value", "verdict"],
    rows: findings.map(({ id, claim, parts, verdict }) => {
      const headline = parts.find((part) => part.verdict !== null && !part.isAside);
      const interval = headline?.interval ?? null;
      return [
        id,
        claim,
        headline?.name ?? null,
        interval === null ? null : {
          estimate: interval.estimate,
          low: interval.low,
          high: interval.high,
          signed: headline?.unit === "difference",
        },
        verdict,
      ];
    }),
    frame: frameFrom(
      findings.map(({ id, claim, source, estimate, interval, verdict, note }) => ({
        id,
        claim,
        source,
        estimate,
        low: interval?.low ?? null,
        high: interval?.high ?? null,
        verdict,
        note,
      })),
      {
        id: "text",
        claim: "text",
        source: "text",
        estimate: "number",
        low: "number",
        high: "number",
        verdict: "text",
        note: "text",
      },
    ),
  });
}

/** A finding as JSON: everything but its table. */
export function findingJson({ table: _, ...finding }: Finding): Omit<Finding, "table"> {
  return finding;
}
