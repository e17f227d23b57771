import {
  type ChatModel,
  type ChatRequest,
  type ChatResponse,
  GenerationError,
} from "../../models/chat_model.ts";
import { Random } from "../../records/random.ts";
import { labSkills } from "../benchmarks.ts";
import { malformedTurn, repaired, withBug } from "./flaws.ts";
import { type ReadConversation, readConversation } from "../../agent/scripted/read_conversation.ts";
import {
  continuedAnswer,
  continuedTurn,
  scriptedCompletion,
  thoughtOf,
  tokensIn,
} from "../../agent/scripted/scripted_text.ts";
import type { Imperfections, Problem, Skill } from "./skill.ts";

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
    return scriptedCompletion(write(conversation, problem, rates, random), request);
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
    return continuedAnswer(whole, started);
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
