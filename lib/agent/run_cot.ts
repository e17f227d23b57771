import { extractAnswer } from "../grading/extract_answer.ts";
import { majorityVote } from "../grading/majority_vote.ts";
import { type ChatModel, type Completion, GenerationError } from "../models/chat_model.ts";
import { failedGeneration } from "../models/failed_generation.ts";
import { teacherOf } from "../models/teacher_of.ts";
import type { PromptSet } from "./prompts/prompt_set.ts";
import type { Message } from "../records/message.ts";
import { type Candidate, emptyStep, type Step, type StepError } from "../records/step.ts";
import { attemptId, type Task } from "../records/task.ts";
import type { Trajectory } from "../records/trajectory.ts";
import type { Retriever } from "../retrieval/retriever.ts";
import type { OptionInput, OptionTable } from "../records/option_table.ts";
import { resolveOptions } from "../records/resolve_options.ts";
import { resolveSampling, SAMPLING_OPTIONS } from "./sampling.ts";
import { formatHits } from "../retrieval/web_search_tool.ts";

/** Options of chain-of-thought (CoT) answers. */
export const COT_OPTIONS = {
  samples: {
    type: "integer",
    min: 1,
    default: 1,
    description: "Answers sampled; above 1 the majority's is taken (self-consistency)",
  },
  ...SAMPLING_OPTIONS,
  maxNewTokens: {
    type: "integer",
    min: 1,
    default: 1024,
    description: "Most new tokens of an answer",
  },
  passages: {
    type: "integer",
    min: 0,
    default: 0,
    description: "Passages put before the question; 0 is CoT without retrieval",
  },
} as const satisfies OptionTable;

/** Options of CoT answers. Flat and JSON-serialisable. */
export type CotOptions = OptionInput<typeof COT_OPTIONS>;

/** Parts of a CoT run. */
export interface CotSetup {
  /** Writes the answers. */
  readonly model: ChatModel;
  /** Templates of the prompt. */
  readonly prompts: PromptSet;
  /** Needed when `passages` is above 0; searched with the question itself. */
  readonly retriever?: Retriever;
  /** Options. @default one greedy answer without retrieval */
  readonly options?: CotOptions;
}

/** An attempt at one task. */
export interface CotAttempt {
  /** The task, whose question is put to the model. */
  readonly task: Task;
  /** Passed to the model. */
  readonly seed: number;
  /** Distinguishes several attempts at one task. @default 0 */
  readonly sample?: number;
  /** Ends the attempt, which then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/**
 * Answers a task by chain of thought, with or without retrieved passages in the prompt. The result is
 * a trajectory of one step without code; a model that gives no text leaves an error in that step.
 *
 * @source paper, section 4 (baselines: CoT, CoT + RAG); self-consistency: arXiv 2203.11171
 * @throws the signal's reason when it aborts
 */
export async function runCot(setup: CotSetup, attempt: CotAttempt): Promise<Trajectory> {
  const { task, seed, signal } = attempt;
  const options = resolveOptions(COT_OPTIONS, setup.options ?? {}, "answer by chain of thought");
  const { samples } = options;
  const prompt = await cotPrompt(setup, task, signal);
  const startedAt = performance.now();
  let step: Step;
  let answer: string | null = null;
  try {
    const response = await setup.model.complete({
      messages: prompt,
      samples,
      ...resolveSampling(options, samples > 1),
      maxNewTokens: options.maxNewTokens,
      seed,
      signal,
    });
    const texts = response.completions.map((completion) => completion.text.trim());
    const answers = texts.map((text) => statedAnswer(text, task));
    const vote = majorityVote(answers, task.kind);
    const chosen = Math.max(0, vote.chosen);
    answer = answers[chosen];
    step = {
      ...emptyStep(0, { durations: { generateMs: performance.now() - startedAt, executeMs: 0 } }),
      modelOutput: texts[chosen],
      thought: texts[chosen],
      isFinal: answer !== null,
      finishReason: response.completions[chosen].finishReason,
      error: noAnswerError(answer),
      ...(samples > 1
        ? {
          candidates: texts.map((text, i) => candidate(text, answers[i], response.completions[i])),
          vote: { chosen, groups: vote.groups, share: vote.share },
        }
        : {}),
      tokens: {
        prompt: response.promptTokens,
        completion: response.completions.reduce((sum, c) => sum + c.completionTokens, 0),
      },
    };
  } catch (error) {
    if (!(error instanceof GenerationError) || signal?.aborted) throw error;
    step = {
      ...emptyStep(0, { durations: { generateMs: performance.now() - startedAt, executeMs: 0 } }),
      ...failedGeneration(error),
    };
  }
  return {
    id: attemptId(task, attempt.sample),
    task,
    paradigm: options.passages > 0 ? "cot-rag" : "cot",
    model: setup.model.name,
    ...teacherOf(setup.model),
    prompt,
    steps: [step],
    answer,
    correct: null,
    seed,
  };
}

/** The messages that ask a task by CoT; with `passages` above 0 the question's best passages first. */
async function cotPrompt(
  setup: Pick<CotSetup, "prompts" | "retriever" | "options">,
  task: Task,
  signal?: AbortSignal,
): Promise<Message[]> {
  const passages = setup.options?.passages ?? 0;
  let content = task.question;
  if (passages > 0) {
    if (!setup.retriever) throw new TypeError("Cannot run CoT with passages: no retriever given");
    const hits = await setup.retriever.search(task.question, passages, signal);
    const documents = formatHits(hits).trimStart();
    content = setup.prompts.render("cot_rag_user", { documents, question: task.question });
  }
  return [{ role: "system", content: setup.prompts.render("cot_system") }, {
    role: "user",
    content,
  }];
}

/** The answer that a text states, or null when it is prose without one. */
function statedAnswer(text: string, task: Task): string | null {
  const { answer, source } = extractAnswer(text, task.kind);
  const isAnswer = source !== "whole" && source !== "last-number";
  return answer !== "" && (isAnswer || answer.length <= 40) ? answer : null;
}

function noAnswerError(answer: string | null): StepError | null {
  return answer === null ? { kind: "parse", message: "the text holds no answer" } : null;
}

function candidate(
  text: string,
  answer: string | null,
  { completionTokens, finishReason }: Completion,
): Candidate {
  return {
    modelOutput: text,
    code: null,
    error: noAnswerError(answer),
    result: answer === null ? null : { logs: "", output: answer, isFinal: true },
    completionTokens,
    finishReason,
  };
}
