import type { ImproveMethod } from "../improve/improve_options.ts";
import { parseThen, THEN_OPTIONS } from "../distill/then_options.ts";
import type { DistillOptions } from "../distill/distill_options.ts";
import type { StoredCell } from "../sweep/stored_cell.ts";
import { type Claim, type Figures, partsOf } from "./claim.ts";
import { bySize, cellsVarying, type FindingInput, systemRows } from "./finding_input.ts";
import { accuracy, accuracyWithin, sizedPairs } from "./measured.ts";

/** Options in which runs with a student that goes on may differ from the reference. */
const VARYING = ["test", "testTasks", ...Object.keys(THEN_OPTIONS)] as (keyof DistillOptions)[];

/** The method that a run's student goes on by; null where it does not. */
export function thenMethodOf({ options }: Pick<StoredCell, "options">): ImproveMethod | null {
  return options.then === null ? null : parseThen(options.then).method;
}

/** The runs whose students go on, which differ from the reference in nothing else but the test tasks. */
export function cellsGoingOn(input: FindingInput): StoredCell[] {
  return cellsVarying(input, VARYING).filter((cell) => thenMethodOf(cell) !== null);
}

/** Share by which trained tokens may differ: a round ends with a whole step. */
const MOST_UNLIKE = 0.1;

/** Claims that a method beats as many tokens of further imitation, each with its source. */
const CLAIMED: readonly (readonly [ImproveMethod, claim: string, source: string])[] = [
  ["spans", "Weighting thoughts, code and names", "arXiv 2505.13820"],
  ["rft", "Rejection sampling", "arXiv 2308.01825"],
  ["grpo", "GRPO", "arXiv 2402.03300"],
  ["rloo", "REINFORCE with a leave-one-out baseline", "arXiv 2402.14740"],
  ["opd", "On-policy distillation", "arXiv 2306.13649"],
  ["sod", "On-policy distillation with step weights", "arXiv 2605.07725"],
  ["reopd", "On-policy distillation of single replayed turns", "arXiv 2607.04763"],
];

/** F15 and on: ways past imitation, each against further imitation with as many trained tokens. */
export const pastImitation: readonly Claim[] = CLAIMED.map(([method, name, source], i) => ({
  id: `F${15 + i}`,
  claim: `${name} beats as many tokens of further imitation, in domain.`,
  source: `beyond the paper: ${source}`,
  note: (input) =>
    `Accuracy of the agent student that has gone on by ${method}, greedy, less that of the same ` +
    "student that has gone on learning the teacher's trajectories (sft)" +
    settingsOf(input, method),
  isBeyondPaper: true,
  figures: against(method),
}));

function against(method: ImproveMethod): Claim["figures"] {
  return (input): Figures => {
    const cells = cellsGoingOn(input);
    const pairs = sizedPairs(bySize(cells), (own) => ({
      a: thenRows(own, method),
      b: thenRows(own, "sft"),
    }));
    const before = sizedPairs(bySize(cells), (own) => {
      const ours = own.filter((cell) => thenMethodOf(cell) === method);
      return { a: systemRows(ours, "agent-student-then"), b: systemRows(ours, "agent-student") };
    });
    const inDomain = accuracyWithin(({ inDomain }) => inDomain);
    const others = accuracyWithin(({ inDomain }) => !inDomain);
    // Other runs of the input have other test tasks.
    const own = { ...input, cells };
    const [claimed] = partsOf(pairs, [
      { name: `${method} − sft, in-domain`, of: inDomain, threshold: { above: 0 } },
    ], own);
    return {
      parts: [
        { ...claimed, ...unlikeTokens(cells, method) },
        ...partsOf(pairs, [
          { name: `${method} − sft, out-of-domain`, of: others },
          { name: `${method} − sft, all`, of: accuracy },
        ], own),
        ...partsOf(before, [
          { name: `${method} − before, in-domain`, of: inDomain },
          { name: `${method} − before, out-of-domain`, of: others },
        ], own),
      ],
      missing: pairs.length === 0 ? [`one size with then ${method} and with sft`] : [],
    };
  };
}

/** The reason for no verdict where both sides were not trained on as many tokens. */
function unlikeTokens(
  cells: readonly StoredCell[],
  method: ImproveMethod,
): { undecidedBecause?: string } {
  const tokens = (of: ImproveMethod) => {
    const own = cells.filter((cell) => thenMethodOf(cell) === of)
      .flatMap(({ then }) => then === undefined ? [] : [then.trainedTokens]);
    return own.length === 0 ? null : own.reduce((a, b) => a + b, 0) / own.length;
  };
  const [own, sft] = [tokens(method), tokens("sft")];
  if (own === null || sft === null || Math.abs(own / sft - 1) <= MOST_UNLIKE) return {};
  return {
    undecidedBecause: `${method} was trained on ${Math.round(own)} tokens and sft on ${
      Math.round(sft)
    }`,
  };
}

function thenRows(cells: readonly StoredCell[], method: ImproveMethod) {
  return systemRows(cells.filter((cell) => thenMethodOf(cell) === method), "agent-student-then");
}

/** Rounds, attempts, tokens and rates of both sides, for the note. */
function settingsOf(input: FindingInput, method: ImproveMethod): string {
  const texts = new Set(
    cellsGoingOn(input).filter((cell) => [method, "sft"].includes(thenMethodOf(cell)!))
      .map(({ options: { then, thenTokens, thenTasks, thenAttempts, thenLearningRate } }) =>
        `${then}, ${
          thenTokens ?? "all"
        } tokens a round, ${thenTasks} tasks x ${thenAttempts}, rate ` +
        `${thenLearningRate ?? "of improve"}`
      ),
  );
  return texts.size === 0 ? "." : ` (${[...texts].sort().join("; ")}).`;
}
