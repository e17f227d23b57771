import type { Table } from "../../display/table.ts";
import { tableOf } from "../../display/table_of.ts";
import { testClaim } from "./claim.ts";
import { claims } from "./claims.ts";
import type { FindingInput } from "./finding_input.ts";

/** Runs of one kind of student, such as a size of the lab or a model of others. */
export interface StudentKind {
  /** The name, as the table has it. */
  readonly name: string;
  /** The runs. */
  readonly input: FindingInput;
}

/**
 * Every claim that some of the runs say something of, for each kind of student, below the paper's own figures:
 * the first claimed figure that the runs have (percent or percentage points), its tasks and seeds, and the
 * verdict over all claimed figures.
 *
 * @source accuracies of the paper: its table of main results and section 5
 *
 * @example
 * ```ts
 * import { storedPaper, storedRealPaper } from "@potstill";
 * import { verdictsByStudent } from "@potstill/experiments";
 * const table = verdictsByStudent([
 *   { name: "lab", input: await storedPaper() },
 *   { name: "SmolLM2-135M", input: await storedRealPaper() },
 * ]);
 * console.log(table.toText());
 * ```
 */
export function verdictsByStudent(kinds: readonly StudentKind[]): Table {
  const data = claims.flatMap((claim) => {
    const found = kinds.flatMap(({ name, input }) => {
      const { id, parts, verdict } = testClaim(claim, input);
      const shown = parts.find(({ verdict: own, isAside, interval }) =>
        own !== null && !isAside && interval !== null
      );
      if (!shown?.interval) return [];
      const { estimate, low, high, n, seeds } = shown.interval;
      const isSigned = shown.unit === "difference";
      return [{
        ...{ id, students: name, figure: shown.name, estimate, low, high, tasks: n, seeds },
        ...{ verdict: verdict as string, inPaper: "", isSigned },
      }];
    });
    if (found.length === 0) return [];
    const { inPaper } = claim;
    const paper = inPaper === undefined ? [] : [{
      ...{ id: claim.id, students: "the paper's", figure: "", inPaper, isSigned: false },
      ...{ estimate: null, low: null, high: null, tasks: null, seeds: null, verdict: "" },
    }];
    return [...paper, ...found];
  });
  return tableOf({
    name: "verdicts_by_student",
    caption:
      "Claims by kind of student: the first claimed figure that its runs have, in percent or percentage " +
      "points with the interval over tasks and seeds, and the verdict over all claimed figures. Fewer than " +
      "three seeds decide nothing.",
    data,
    columns: [
      { field: "id", header: "finding" },
      "students",
      "figure",
      {
        field: "estimate",
        header: "value",
        interval: ["low", "high"],
        show: ({ estimate, low, high, isSigned, inPaper }) =>
          estimate === null ? inPaper : { estimate, low: low!, high: high!, signed: isSigned },
      },
      { field: "inPaper", header: null },
      { field: "isSigned", header: null },
      "tasks",
      "seeds",
      "verdict",
    ],
  });
}
