import type { Cell, Table } from "../../display/table.ts";
import { tableOf } from "../../display/table_of.ts";
import { testClaim } from "./claim.ts";
import { claims } from "./claims.ts";
import { type Finding, type JudgedPart, levelText } from "./finding.ts";
import type { FindingInput } from "./finding_input.ts";

/**
 * Tests every finding on stored runs. Those of the paper are always there, undecided when runs are
 * missing; those beyond it only with their runs.
 *
 * @example
 * ```ts
 * import { allFindings, profiles } from "@potstill";
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
 * import { findingOf, storedPaper } from "@potstill";
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
  const level = levelText(findings[0]?.level ?? 0.95);
  return tableOf({
    name: "findings",
    caption:
      `Each claim with its headline figure (percent or percentage points, ${level} interval over tasks and ` +
      "seeds) and the verdict over all its claimed figures.",
    data: findings.map(({ interval, parts, ...rest }) => ({
      ...rest,
      low: interval?.low ?? null,
      high: interval?.high ?? null,
      headline: parts.find((part) => part.verdict !== null && !part.isAside),
    })),
    columns: [
      { field: "id", header: "finding" },
      "claim",
      { field: "source", header: null },
      { header: "headline", show: ({ headline }) => headline?.name ?? null },
      {
        field: "estimate",
        header: "value",
        interval: ["low", "high"],
        show: ({ headline }) => headline === undefined ? null : headlineCell(headline),
      },
      "verdict",
      { field: "note", header: null },
    ],
  });
}

function headlineCell({ interval, unit }: JudgedPart): Cell {
  if (interval === null) return null;
  const { estimate, low, high } = interval;
  return { estimate, low, high, signed: unit === "difference" };
}

/** A finding as JSON: everything but its table. */
export function findingJson({ table: _, ...finding }: Finding): Omit<Finding, "table"> {
  return finding;
}
