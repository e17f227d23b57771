import type { Claim, Figures } from "./claim.ts";
import { type FindingInput, systemRows, tiers } from "./finding_input.ts";
import { FLOOR, pairedDifference, seededAccuracy, type SystemPair } from "./seeded_tasks.ts";

/** Points by which a student may be worse and still "matches". */
const MATCH_MARGIN = 0.02;

/**
 * F1: an agent-distilled tier matches or beats the next larger CoT-distilled tier. Every pair of
 * neighbours must: the interval of agent minus CoT lies above minus two points.
 *
 * @source paper, section 5 (main results)
 */
export const nextTier: Claim = {
  id: "F1",
  claim: "An agent-distilled student matches or beats the CoT-distilled student of the next size.",
  source: "paper, section 5, main results",
  inPaper: "−2.0 (0.5B and 1.5B), +0.3 (1.5B and 3B), +0.1 (3B and 7B)",
  note: `Greedy decoding; "matches" allows ${
    100 * MATCH_MARGIN
  } points; the mean of all benchmarks.`,
  figures: neighbours,
};

function neighbours(input: FindingInput): Figures {
  const all = tiers(input);
  const missing = [
    ...all.length < 2
      ? [`a second size (found: ${all.map((t) => t.size).join(", ") || "none"})`]
      : [],
  ];
  const pairs = all.slice(1).map((larger, i) => ({ smaller: all[i], larger }));
  const threshold = { above: -MATCH_MARGIN };
  const parts = pairs.flatMap(({ smaller, larger }) => {
    const agent = systemRows(smaller.cells, "agent-student");
    const sag = systemRows(smaller.cells, "agent-student-sag");
    const cot = systemRows(larger.cells, "cot-student");
    const name = (system: string) => `${smaller.size} ${system} − ${larger.size} CoT`;
    const pair: SystemPair = { a: agent, b: cot };
    if (pairedDifference([pair], undefined, input) === null) {
      missing.push(`common tasks of the ${smaller.size} agent and the ${larger.size} CoT student`);
    }
    const best = Math.max(
      seededAccuracy(agent, { resamples: 1 })?.estimate ?? 1,
      seededAccuracy(cot, { resamples: 1 })?.estimate ?? 1,
    );
    const floor = best > FLOOR ? {} : {
      undecidedBecause:
        `the ${smaller.size} agent and the ${larger.size} CoT student are both at the floor`,
    };
    return [
      {
        name: name("agent"),
        interval: pairedDifference([pair], undefined, input),
        unit: "difference" as const,
        threshold,
        ...floor,
      },
      ...sag.length === 0 ? [] : [{
        name: name("agent with sag"),
        interval: pairedDifference([{ a: sag, b: cot }], undefined, input),
        unit: "difference" as const,
        threshold,
        isAside: true,
        ...floor,
      }],
    ];
  });
  return { parts, missing };
}
