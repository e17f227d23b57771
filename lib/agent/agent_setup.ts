import type { Interpreter, Tool } from "../interpreter/interpreter.ts";
import type { ChatModel } from "../models/chat_model.ts";
import type { PromptSet } from "./prompts/prompt_set.ts";
import type { AgentOptions } from "./agent_options.ts";

/** Parts of an agent: model, tools, interpreter, prompts. */
export interface AgentSetup {
  /** Writes the agent's turns. */
  readonly model: ChatModel;
  /** Gives each attempt a session of its own. */
  readonly interpreter: Interpreter;
  /** Python functions that the agent's code can call. */
  readonly tools: readonly Tool[];
  /** Templates of the observation and error messages. */
  readonly prompts: PromptSet;
  /** Rendered; see `agent_prompt.ts`. */
  readonly systemPrompt: string;
  /** Limits, sampling and vote; the paper's settings when left out. */
  readonly options?: AgentOptions;
}
