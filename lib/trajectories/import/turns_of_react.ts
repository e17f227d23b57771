import { writeTurn } from "../../agent/write_turn.ts";
import type { JsonValue } from "../../records/json.ts";
import { asFields, type Fields, firstText, verdictOf } from "./fields.ts";
import type { ImportForm } from "./imported_trajectory.ts";
import type { ReadConversation } from "./read_conversation.ts";
import { isReactTrace, type ReactStep, readReactTrace } from "./react_trace.ts";
import type { RecordedTurn } from "./recorded_turns.ts";

/** Fields in which data sets keep a trace. */
const TRACE = [
  "output",
  "trajectory",
  "trace",
  "completion",
  "response",
  "text",
  "log",
  "scratchpad",
];
const QUESTION = ["instruction", "question", "prompt", "task", "query"];
/** Said by FireAct between two rounds. @source FireAct, Reflexion as one of its methods */
const REFLECTION = /\blet me do a reflection\b/i;

/** The trace that a record holds as text; null when it holds none. */
function traceOf(record: Fields): string | null {
  const texts = TRACE.map((name) => record[name]);
  return texts.find((text): text is string => typeof text === "string" && isReactTrace(text)) ??
    null;
}

/**
 * The form of a record that holds a ReAct trace: with searches (`react`), with a reflection between two
 * rounds (`react-reflection`), with an answer alone (`react-answer`); null when it holds none.
 */
export function reactForm(record: unknown): ImportForm | null {
  const trace = traceOf(asFields(record));
  if (trace === null) return null;
  const { steps } = readReactTrace(trace);
  if (!steps.some(({ action }) => action !== null && action !== "finish")) return "react-answer";
  return REFLECTION.test(trace) ? "react-reflection" : "react";
}

/**
 * A ReAct trace as an agent's turns: `search[x]` is `print(web_search("x"))` with what was observed,
 * `finish[x]` is `final_answer("x")`. A trace without a search is a chain-of-thought answer.
 *
 * @throws {TypeError} naming the action that no tool of this kind's agents does
 */
export function turnsOfReact(record: Fields): ReadConversation {
  const { steps, question, reward } = readReactTrace(traceOf(record)!);
  const asked = [firstText(record, QUESTION), firstText(record, ["input"])]
    .filter((text) => text !== null && text.trim() !== "").join("\n") || question;
  if (asked === null || asked === "") throw new TypeError("it has no question");
  const strange = steps.find(({ action }) => !["search", "finish", null].includes(action));
  if (strange !== undefined) {
    throw new TypeError(
      `it does ${strange.action}[${
        strange.argument.slice(0, 60)
      }], which nothing can be made of: ` +
        "there are search[...] and finish[...]",
    );
  }
  if (steps.length === 0) throw new TypeError("it has no step");
  const finish = steps.find(({ action, isBrokenOff }) => action === "finish" && !isBrokenOff);
  const turns: RecordedTurn[] = [{ role: "user", text: asked }];
  const isAnswer = steps.every(({ action }) => action !== "search");
  if (isAnswer) turns.push(answerTurn(steps, finish));
  else {
    for (const step of steps) {
      turns.push(...turnsOf(step));
      if (step === finish) break;
    }
  }
  return {
    turns,
    answer: finish?.argument ?? null,
    // An episode without an end is a failed one.
    correct: reward ?? verdictOf(record.reward) ?? verdictOf(record.em) ??
      (finish === undefined ? false : null),
    part: null,
    record: record as JsonValue,
  };
}

/** All thoughts and the answer as one text. */
function answerTurn(steps: readonly ReactStep[], finish: ReactStep | undefined): RecordedTurn {
  const thoughts = steps.map(({ thought }) => thought).filter((thought) => thought !== "");
  const answer = finish === undefined ? [] : [`<answer>${finish.argument}</answer>`];
  return {
    role: "assistant",
    text: [...thoughts, ...answer].join("\n\n"),
    ...(finish === undefined ? { finishReason: "length" as const } : {}),
  };
}

function turnsOf(
  { thought, action, argument, observation, isBrokenOff }: ReactStep,
): RecordedTurn[] {
  if (isBrokenOff || action === null) {
    const written = action === null ? "" : `\nAction: ${action}[${argument}`;
    return [{ role: "assistant", text: `Thought: ${thought}${written}`, finishReason: "length" }];
  }
  const text = JSON.stringify(argument);
  if (action === "finish") {
    return [{ role: "assistant", text: writeTurn(thought, `final_answer(${text})`) }];
  }
  const turn: RecordedTurn = {
    role: "assistant",
    text: writeTurn(thought, `print(web_search(${text}))`),
  };
  if (observation === null) return [turn];
  const seen =
    `Observation:\nExecution logs:\n${observation}\nLast output from code snippet:\nNone`;
  return [turn, { role: "tool-response", text: seen }];
}
