import type { EvaluationRow } from "../../evaluation/evaluation_row.ts";
import { cascade } from "./f11_cascade.ts";
import { nextTier } from "./f1_next_tier.ts";
import { firstThought } from "./f2_first_thought.ts";
import { sagGain } from "./f3_sag.ts";
import { trajectories } from "./f8_trajectories.ts";
import { pastImitation } from "./past_imitation.ts";
import { type Claim, ofOption, ofRuns, ofSystems, together } from "./claim.ts";
import { bySize, cellsVarying, type FindingInput } from "./finding_input.ts";
import {
  accuracy,
  accuracyContrast,
  accuracyWithin,
  type BenchmarkGroup,
  perStep,
  ratio,
} from "./measured.ts";

/** Ratios of tokens that count as "about equal". */
const ABOUT_EQUAL = [2 / 3, 3 / 2] as const;

const isFactual: BenchmarkGroup = (benchmark) => benchmark.isFactual;
const isMathematics: BenchmarkGroup = (benchmark) => !benchmark.isFactual;
const isInDomain: BenchmarkGroup = (benchmark) => benchmark.inDomain;
const isOutOfDomain: BenchmarkGroup = (benchmark) => !benchmark.inDomain;

const above = { above: 0 };
const tokens = (row: EvaluationRow) => row.completionTokens;
const parseErrors = ({ errorKinds }: EvaluationRow) => errorKinds.parse;
const failedCode = ({ errorKinds }: EvaluationRow) => errorKinds.execution + errorKinds.timeout;

/** Options that each way of training may have of its own: they need different rates. */
const ADAPTATION_OPTIONS = ["loraRank", "loraAlpha", "learningRate", "epochs"] as const;

/** The settings of the runs with LoRA and, where these are the reference, of the others, for the note. */
function adaptationSettings(input: FindingInput): string {
  const { adaptation: usual } = input.reference;
  const others = cellsVarying(input, ["adaptation", ...ADAPTATION_OPTIONS])
    .filter(({ options }) => options.adaptation !== usual);
  const runs = bySize([...usual === "lora" ? cellsVarying(input) : [], ...others])
    .flatMap(({ cells }) => cells);
  const settings = new Set(
    runs.map(({ options: { adaptation, loraRank, learningRate } }) =>
      `${adaptation === "lora" ? `LoRA: rank ${loraRank},` : "full:"} peak rate ${learningRate}`
    ),
  );
  return settings.size === 0 ? "." : ` (${[...settings].join("; ")}).`;
}

/** Correct factual trajectories without a search, in runs that keep them. */
function unsearched(input: FindingInput): number {
  return cellsVarying(input, ["mustRetrieve"])
    .filter(({ options }) => !options.mustRetrieve)
    .flatMap(({ teacherRows }) => teacherRows)
    .filter(({ kind, verdict, searchCalls }) =>
      kind === "qa" && verdict === "correct" && searchCalls === 0
    ).length;
}

const marginOver = (name: string, slug: "cot-student" | "cot-rag-student") =>
  ofSystems({
    a: "agent-student",
    b: slug,
    figures: [
      {
        name: `margin over ${name}: out-of-domain − in-domain`,
        of: accuracyContrast(isOutOfDomain),
        threshold: above,
      },
      {
        name: `margin over ${name}: factual − mathematics`,
        of: accuracyContrast(isFactual),
        threshold: above,
      },
      { name: `margin over ${name}, out-of-domain`, of: accuracyWithin(isOutOfDomain) },
      { name: `margin over ${name}, in-domain`, of: accuracyWithin(isInDomain) },
      { name: `margin over ${name}, factual`, of: accuracyWithin(isFactual) },
      { name: `margin over ${name}, mathematics`, of: accuracyWithin(isMathematics) },
    ],
  });

/** Every claim that is tested: those of the paper, then those beyond it. */
export const claims: readonly Claim[] = [
  nextTier,
  firstThought,
  sagGain,
  {
    id: "F4",
    claim:
      "The agent's margin over CoT and CoT + RAG is larger out of domain and on factual tasks.",
    source: "paper, section 5, main results",
    note:
      "Margin: accuracy of the agent minus that of the other, greedy, averaged over the sizes. " +
      "A margin can be larger in domain only because both fail out of domain.",
    figures: together(marginOver("CoT", "cot-student"), marginOver("CoT + RAG", "cot-rag-student")),
  },
  {
    id: "F5",
    claim: "Sag lowers the share of steps with a code error.",
    source: "paper, section 5, analysis of errors",
    inPaper: "parse errors on AIME halved (0.5B)",
    note:
      "Errors a step with sag minus without, over all sizes and benchmarks: turns that are no " +
      "action (parse), and code that raised or ran too long. Negative is fewer.",
    figures: ofSystems({
      a: "agent-student-sag",
      b: "agent-student",
      figures: [
        {
          name: "errors a step, sag − greedy",
          of: perStep((row) => parseErrors(row) + failedCode(row)),
          threshold: { below: 0 },
        },
        { name: "parse errors, sag − greedy", of: perStep(parseErrors) },
        { name: "failed code, sag − greedy", of: perStep(failedCode) },
        {
          name: "errors a step, sag − greedy",
          of: perStep((row) => parseErrors(row) + failedCode(row)),
          bySize: true,
        },
      ],
    }),
  },
  {
    id: "F6",
    claim: "Agent and CoT students write about as many tokens: the agent more on factual tasks, " +
      "fewer in mathematics.",
    source: "paper, section 5, analysis of token counts",
    inPaper: "about equal; more on factual tasks, fewer in mathematics",
    note: "Tokens that the agent writes for a task, in percent of the CoT student's; greedy, all " +
      `sizes together. "About" is from ${Math.round(100 * ABOUT_EQUAL[0])} to ${
        Math.round(100 * ABOUT_EQUAL[1])
      } percent. Tokens read are not counted.`,
    figures: ofSystems({
      a: "agent-student",
      b: "cot-student",
      figures: [
        { name: "all tasks", of: ratio(tokens), unit: "share", threshold: { within: ABOUT_EQUAL } },
        {
          name: "factual",
          of: ratio(tokens, isFactual),
          unit: "share",
          threshold: { above: 1 },
        },
        {
          name: "mathematics",
          of: ratio(tokens, isMathematics),
          unit: "share",
          threshold: { below: 1 },
        },
      ],
    }),
  },
  {
    id: "F7",
    claim: "LoRA gives a better agent student than full fine-tuning.",
    source: "paper, section 5, LoRA against full fine-tuning",
    inPaper: "+2.9 (1.5B: 29.11 and 26.24)",
    note: (input) =>
      "Accuracy with LoRA minus with full fine-tuning, greedy" + adaptationSettings(input),
    figures: ofRuns({
      system: "agent-student",
      a: { adaptation: "lora" },
      b: { adaptation: "full" },
      own: ADAPTATION_OPTIONS,
      figures: [
        { name: "LoRA − full", of: accuracy, threshold: above },
        { name: "LoRA − full", of: accuracy, bySize: true },
      ],
      needs: "runs with adaptation lora and with full, of one size",
    }),
  },
  trajectories,
  {
    id: "F9",
    claim: "Sag that votes on prints and returned value beats sag that votes on prints alone.",
    source: "beyond the paper, whose implementation votes on prints",
    note: ({ reference }) => `Sag with ${reference.candidates} candidates of the same students.`,
    isBeyondPaper: true,
    figures: ofOption({
      option: "voteOn",
      a: "logs-and-value",
      b: "logs",
      system: "agent-student-sag",
      name: "logs and value − logs",
    }),
  },
  {
    id: "F10",
    claim: "Training only on factual trajectories that searched helps on factual tasks.",
    source: "beyond the paper: arXiv 2604.04651",
    note: (input) =>
      "Accuracy of the agent student on factual benchmarks, with the filter minus without, " +
      `greedy. Without it ${unsearched(input)} correct factual trajectories of the runs had no ` +
      "search.",
    isBeyondPaper: true,
    figures: ofOption({
      option: "mustRetrieve",
      a: true,
      b: false,
      system: "agent-student",
      only: ({ kind }) => kind === "qa",
      name: "with the filter − without, factual",
    }),
  },
  cascade,
  {
    id: "F12",
    claim: "Sag with isolated candidates beats sag whose candidates leak into each other.",
    source: "beyond the paper, whose implementation runs all candidates in one interpreter",
    note: ({ reference }) => `Sag with ${reference.candidates} candidates of the same students.`,
    isBeyondPaper: true,
    figures: ofOption({
      option: "candidateState",
      a: "isolated",
      b: "leaking",
      system: "agent-student-sag",
      name: "isolated − leaking",
    }),
  },
  {
    id: "F13",
    claim: "A curriculum by number of turns makes a better agent student than random order.",
    source: "beyond the paper, which shuffles",
    note: "Accuracy of the agent student, greedy; the first pass goes from few turns to many, " +
      "those after it are in random order.",
    isBeyondPaper: true,
    figures: ofOption({
      option: "curriculum",
      a: "steps",
      b: "none",
      system: "agent-student",
      name: "by turns − random",
    }),
  },
  {
    id: "F14",
    claim: "Some of the tasks as corrected rollouts of the student beat the teacher's runs alone.",
    source: "beyond the paper: arXiv 2509.14257",
    note: ({ reference }) =>
      `Accuracy of the agent student, greedy, from ${
        2 * reference.trainTasks
      } tasks in all. With ` +
      "rollouts the teacher solves some of them alone, and corrects the first wrong step of the " +
      "student's attempts at the others; the student is then trained anew on both.",
    isBeyondPaper: true,
    figures: ofRuns({
      system: "agent-student",
      a: ({ rollouts, trainTasks }, reference) =>
        rollouts > 0 && rollouts + trainTasks === reference.trainTasks,
      b: { rollouts: 0 },
      own: ["trainTasks"],
      figures: [{ name: "with corrected rollouts − without", of: accuracy, threshold: above }],
      needs: "one size with rollouts and as many tasks without",
    }),
  },
  ...pastImitation,
];
