import { asFields, type Fields, firstNumber, firstText, millisecondsOf } from "./fields.ts";
import type { ReadConversation } from "./read_conversation.ts";
import { endedAs, type RecordedTurn, recordedTurns } from "./recorded_turns.ts";
import type { StepFacts } from "./steps_from_turns.ts";

/** smolagents' message after a plan. */
const GO_ON = "Now proceed and carry out this plan.";

/**
 * The turns of an agent's memory as smolagents gives it (`agent.memory.get_full_steps()`): a list of
 * steps, one of which may be the task, others the model's turns.
 *
 * @throws {TypeError} when no step holds a model's text
 */
export function turnsOfMemory(
  record: Fields,
): Pick<ReadConversation, "turns" | "facts" | "answer" | "model"> {
  const turns: RecordedTurn[] = [];
  const facts: StepFacts[] = [];
  const system = firstText(asFields(record.system_prompt), ["system_prompt"]) ??
    firstText(record, ["system_prompt"]);
  if (system !== null) turns.push({ role: "system", text: system });
  const task = firstText(record, ["task", "question"]);
  if (task !== null) turns.push({ role: "user", text: task });
  let answer: string | null = null;
  for (const step of (record.steps as unknown[]).map(asFields)) {
    const instructions = firstText(step, ["system_prompt"]);
    if (instructions !== null && system === null) {
      turns.unshift({ role: "system", text: instructions });
    }
    const asked = firstText(step, ["task"]);
    if (asked !== null && task === null) turns.push({ role: "user", text: asked });
    const plan = firstText(step, ["plan"]);
    if (plan !== null) {
      turns.push({ role: "assistant", text: plan }, { role: "user", text: GO_ON });
      facts.push({});
      continue;
    }
    const turn = turnOf(step);
    if (turn === null) continue;
    turns.push(turn);
    const error = asFields(step.error);
    const seen = firstText(step, ["observations"]);
    if (seen !== null) turns.push({ role: "tool-response", text: `Observation:\n${seen}` });
    const message = firstText(error, ["message"]);
    if (message !== null) {
      const type = firstText(error, ["type"]);
      turns.push({
        role: "tool-response",
        text: `Error:\n${type === null ? "" : `${type}: `}${message}`,
      });
    }
    if (step.is_final_answer === true) answer = firstText(step, ["action_output"]);
    const usage = asFields(step.token_usage);
    facts.push({
      tokens: {
        prompt: firstNumber(usage, ["input_tokens"]),
        completion: firstNumber(usage, ["output_tokens"]),
      },
      durationMs: millisecondsOf(asFields(step.timing).duration),
    });
  }
  if (!turns.some(({ role, text }) => role === "assistant" && text !== "")) {
    throw new TypeError("steps hold no model_output");
  }
  return {
    turns,
    facts,
    answer,
    model: firstText(record, ["model_id", "model"]) ?? "unknown",
  };
}

/** A step's text, with its calls where it wrote no code; empty when the model failed; else null. */
function turnOf(step: Fields): RecordedTurn | null {
  const text = firstText(step, ["model_output"]);
  const message = asFields(step.model_output_message);
  const calls = message.tool_calls ?? step.tool_calls ?? [];
  if (text === null || text === "") {
    const content = message.content ?? null;
    const isEmpty = content === null && (!Array.isArray(calls) || calls.length === 0);
    if (isEmpty) return step.error ? { role: "assistant", text: "" } : null;
    const rebuilt = { ...message, role: "assistant", content, tool_calls: calls };
    return recordedTurns([rebuilt], "model_output_message")[0];
  }
  const [choice] = Array.isArray(asFields(message.raw).choices)
    ? asFields(message.raw).choices as unknown[]
    : [];
  return endedAs({ role: "assistant", text }, asFields(choice), "model_output_message.raw");
}
