import { frameFrom } from "../../report/frame.ts";
import { Table } from "../../display/table.ts";
import { testClaim } from "./claim.ts";
import { claims } from "./claims.ts";
import type { Finding } from "./finding.ts";
import type { FindingInput } from "./finding_input.ts";

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
  return claims.flatMap((claim) => {
    const finding = testClaim(claim, input);
    return claim.isBeyondPaper && finding.estimate === null ? [] : [finding];
  });
}

/**
 * Tests one finding on stored runs.
 *
 * @throws {RangeError} when there is no claim of that id
 *
 * @example
 * ```ts
 * import { findingOf } from "@potstill/experiments/findings/all_findings.ts";
 * import { storedPaper } from "@potstill/experiments/paper/stored_paper.ts";
 * console.log(findingOf("F1", await storedPaper()).verdict);
 * ```
 */
export function findingOf(id: string, input: FindingInput): Finding {
  const claim = claims.find((one) => one.id === id);
  if (claim === undefined) {
    throw new RangeError(
      `Cannot test a finding: there is no claim ${id}, only ${claims.map((c) => c.id).join(", ")}`,
    );
  }
  return testClaim(claim, input);
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
