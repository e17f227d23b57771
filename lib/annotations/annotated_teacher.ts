import { readConversation } from "../agent/scripted/read_conversation.ts";
import {
  continuedAnswer,
  continuedTurn,
  scriptedCompletion,
  tokensIn,
} from "../agent/scripted/scripted_text.ts";
import type { ChatModel, ChatRequest, ChatResponse } from "../models/chat_model.ts";
import { Random } from "../records/random.ts";
import type { Task } from "../records/task.ts";
import type { AnnotatedProblem } from "./annotated_problem.ts";
import { AnnotationGapError } from "./annotation_gap_error.ts";
import { problemOf } from "./problem_of.ts";

/** Name of the teacher that is made of annotations, in every trajectory that it wrote. */
const ANNOTATED_TEACHER = "annotations";

/**
 * A teacher made of what people wrote down about the tasks, behind the interface of a chat model. It
 * reads the question and the observations in the messages, and writes the next step of an agent, whose
 * code is then run and whose searches go where all agents' go; or a chain-of-thought answer. Of an
 * answer to a part of the question it writes nothing before a passage was observed that says it. The
 * request's seed chooses the words.
 *
 * @param tasks the tasks that can be asked, with their annotations
 *
 * @example
 * ```ts
 * import { createAnnotatedTeacher } from "@potstill";
 * const question = "Ann has 48 clips and Bo half as many. How many do they have?";
 * const teacher = createAnnotatedTeacher([{
 *   id: "1",
 *   benchmark: "own",
 *   split: "train",
 *   kind: "math",
 *   question,
 *   answer: "72",
 *   annotation: { solution: "Bo has 48/2 = <<48/2=24>>24 clips.\n48+24 = <<48+24=72>>72 clips." },
 * }]);
 * const { completions } = await teacher.complete({
 *   messages: [
 *     { role: "system", content: "Answer in Thought and Code turns." },
 *     { role: "user", content: question },
 *   ],
 * });
 * if (!completions[0].text.includes("48 / 2")) throw new Error(completions[0].text);
 * ```
 */
export function createAnnotatedTeacher(tasks: readonly Task[]): ChatModel {
  const byQuestion = new Map<string, Task>();
  for (const task of tasks) {
    const key = keyOf(task.question);
    if (!byQuestion.has(key)) byQuestion.set(key, task);
  }
  return {
    name: ANNOTATED_TEACHER,
    teacher: ANNOTATED_TEACHER,
    prefixContinuation: "native",
    complete: (request) => {
      request.signal?.throwIfAborted();
      // Rejects where a caller waits for a promise.
      return Promise.resolve().then(() => answer(request, byQuestion));
    },
  };
}

function keyOf(question: string): string {
  return question.normalize("NFC").replace(/\s+/g, " ").trim();
}

function answer(request: ChatRequest, tasks: ReadonlyMap<string, Task>): ChatResponse {
  const { mode, questions, steps, started } = readConversation(request.messages);
  const task = questions.map((question) => tasks.get(keyOf(question))).find((one) => one);
  if (task === undefined) {
    throw new AnnotationGapError(
      "no-annotation",
      `the question is none of the ${tasks.size} tasks: "${questions[0].slice(0, 200)}"`,
    );
  }
  const problem: AnnotatedProblem = problemOf(task);
  const root = new Random(`annotations/${request.seed ?? 0}/${keyOf(task.question)}`);
  const completions = Array.from({ length: request.samples ?? 1 }, (_, sample) => {
    const random = root.fork(sample);
    if (mode === "cot") {
      return scriptedCompletion(continuedAnswer(problem.cot(random), started), request);
    }
    const action = problem.act({ random, steps });
    return scriptedCompletion(continuedTurn(action, started), request);
  });
  const text = request.messages.map(({ content }) => content).join("\n");
  return { completions, promptTokens: tokensIn(text) };
}
