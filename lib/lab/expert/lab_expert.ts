import { cutAtStop } from "../../records/turn/cut_at_stop.ts";
import { writeTurn } from "../../agent/write_turn.ts";
import {
  type ChatModel,
  type ChatRequest,
  type ChatResponse,
  type Completion,
  GenerationError,
} from "../../models/chat_model.ts";
import { Random } from "../../records/random.ts";
import { labSkills } from "../benchmarks.ts";
import { malformedTurn, repaired, withBug } from "./flaws.ts";
import { type ReadConversation, readConversation } from "./read_conversation.ts";
import type { Action, Imperfections, Problem, Skill } from "./skill.ts";

/** Options of {@link createLabExpert}. */
export interface LabExpertOptions extends Partial<Imperfections> {
  /** Another seed writes other words and makes other mistakes. @default 0 */
  readonly seed?: number;
}

/** Default rates of the expert's mistakes. */
const DEFAULT_IMPERFECTIONS: Imperfections = {
  wrongQueryRate: 0.06,
  buggyCodeRate: 0.06,
  wrongReasoningRate: 0.04,
  malformedRate: 0.02,
};

/** Length of a token of English text and Python, roughly; the expert has no tokenizer. */
const CHARACTERS_PER_TOKEN = 4;

/**
 * The lab's teacher: a scripted expert behind the interface of a chat model. It reads nothing but the
 * messages: the mode from the system prompt, the question from its wording, the facts from the
 * observations. It writes with natural variation and is imperfect at set rates. At temperature 0 it
 * always writes the same text for the same messages; above 0 the request's seed and the sample's
 * number choose.
 *
 * It continues a started assistant message: after a thought it goes on with the code.
 *
 * @param skills what it can do. @default every skill of the lab's benchmarks
 * @throws {RangeError} when a rate is not between 0 and 1
 *
 * @example
 * ```ts
 * import { createLabExpert } from "@potstill";
 * const expert = createLabExpert({ malformedRate: 0, buggyCodeRate: 0 });
 * const { completions } = await expert.complete({
 *   messages: [
 *     { role: "system", content: "Answer in Thought and Code turns." },
 *     { role: "user", content: "What is the capital of the country where Kutaisi lies?" },
 *   ],
 * });
 * if (!completions[0].text.includes("web_search(")) throw new Error(completions[0].text);
 * ```
 */
export function createLabExpert(
  options: LabExpertOptions = {},
  skills: readonly Skill[] = labSkills(),
): ChatModel {
  const { seed = 0, ...given } = options;
  const rates: Imperfections = { ...DEFAULT_IMPERFECTIONS, ...given };
  for (const [name, rate] of Object.entries(rates)) {
    if (!(rate >= 0 && rate <= 1)) {
      throw new RangeError(`Cannot create the lab's expert: ${name} is ${rate}`);
    }
  }
  return {
    name: "lab-expert",
    prefixContinuation: "native",
    complete: (request) => {
      request.signal?.throwIfAborted();
      return Promise.resolve(answer(request, skills, rates, seed));
    },
  };
}

/** True if the expert can answer a question: one of the lab's, recognised by its wording. */
export function isLabQuestion(
  question: string,
  skills: readonly Skill[] = labSkills(),
): boolean {
  const { questions } = readConversation([{ role: "user", content: question }]);
  return questions.some((text) => skills.some((skill) => skill.recognise(text) !== null));
}

function answer(
  request: ChatRequest,
  skills: readonly Skill[],
  rates: Imperfections,
  seed: number,
): ChatResponse {
  const conversation = readConversation(request.messages);
  const problem = recognise(skills, conversation.questions);
  const text = request.messages.map((message) => `${message.role}: ${message.content}`).join("\n");
  const root = new Random(`expert/${seed}/${text}`);
  const greedy = (request.temperature ?? 0) === 0;
  const completions = Array.from({ length: request.samples ?? 1 }, (_, sample) => {
    const random = greedy ? root.fork("greedy") : root.fork(`${request.seed ?? 0}/${sample}`);
    return toCompletion(write(conversation, problem, rates, random), request);
  });
  return { completions, promptTokens: tokensIn(text) };
}

function recognise(skills: readonly Skill[], questions: readonly string[]): Problem {
  for (const question of questions) {
    for (const skill of skills) {
      const problem = skill.recognise(question);
      if (problem !== null) return problem;
    }
  }
  throw new GenerationError(
    `Cannot answer: the lab's expert does not know this kind of question: "${
      questions[0].slice(0, 200)
    }"`,
  );
}

function write(
  conversation: ReadConversation,
  problem: Problem,
  rates: Imperfections,
  random: Random,
): string {
  const { mode, steps, started } = conversation;
  const flaws = random.fork("flaws");
  const [wrongQuery, buggy, wrongReasoning, malformed] = [
    flaws.chance(rates.wrongQueryRate),
    flaws.chance(rates.buggyCodeRate),
    flaws.chance(rates.wrongReasoningRate),
    flaws.chance(rates.malformedRate),
  ];
  const words = random.fork("words");
  if (mode === "cot") {
    const whole = problem.cot({ random: words, flaw: wrongReasoning ? "wrong-reasoning" : null });
    return continued(whole, started);
  }
  const repairing = steps.length > 0 && steps[steps.length - 1].failed;
  const decided = problem.act({
    random: words,
    steps,
    prefix: thoughtOf(started),
    repairing,
    flaw: wrongReasoning ? "wrong-reasoning" : wrongQuery ? "wrong-query" : null,
  });
  // A repair is careful: it is not broken again.
  const action = repairing
    ? repaired(decided, words)
    : buggy
    ? { ...decided, code: withBug(decided.code, words) }
    : decided;
  if (malformed && !repairing && started === "") return malformedTurn(action, words);
  return continuedTurn(action, started);
}

/** Text after `started` in the agent's turn. */
function continuedTurn(action: Action, started: string): string {
  const whole = writeTurn(action.thought, action.code);
  if (whole.startsWith(started)) return whole.slice(started.length);
  const fromCode = whole.slice(whole.indexOf("\nCode:\n"));
  if (!/\n[ \t]*Code:/.test(started)) {
    return `${started.trim() === "Thought:" ? ` ${action.thought}` : ""}${fromCode}`;
  }
  if (!started.includes("```")) {
    return `${started.endsWith("\n") ? "" : "\n"}${fromCode.slice("\nCode:\n".length)}`;
  }
  return `${started.endsWith("\n") ? "" : "\n"}${action.code}\n\`\`\`<end_code>`;
}

/** Text after `started` in a chain-of-thought answer. */
function continued(whole: string, started: string): string {
  if (whole.startsWith(started)) return whole.slice(started.length);
  const rest = whole.split("\n\n").slice(1).join("\n\n");
  return `${started.endsWith("\n") ? "" : "\n\n"}${rest}`;
}

function thoughtOf(started: string): string {
  return started.trimStart().replace(/^Thought:/, "").replace(/\n[ \t]*Code:[\s\S]*$/, "").trim();
}

function toCompletion(text: string, request: ChatRequest): Completion {
  const end = cutAtStop(text, request.stop ?? []).length;
  const limit = (request.maxNewTokens ?? 1024) * CHARACTERS_PER_TOKEN;
  const finishReason = end > limit ? "length" : "stop";
  const written = text.slice(0, Math.min(end, limit));
  return { text: written, finishReason, completionTokens: tokensIn(written) };
}

function tokensIn(text: string): number {
  return Math.ceil(text.length / CHARACTERS_PER_TOKEN);
}
