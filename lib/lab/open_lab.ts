import { longSystemPrompt, shortSystemPrompt } from "../agent/agent_prompt.ts";
import type { AgentOptions } from "../agent/agent_options.ts";
import { type AgentSetup, runAgent } from "../agent/run_agent.ts";
import { type CotOptions, runCot } from "../cot/run_cot.ts";
import { gradeTrajectory } from "../evaluation/grade_trajectory.ts";
import type { Interpreter, Tool } from "../interpreter/interpreter.ts";
import {
  createInterpreter,
  DEFAULT_ALLOWED_IMPORTS,
} from "../interpreter/pyodide/create_interpreter.ts";
import type { ChatModel } from "../models/chat_model.ts";
import { loadPrompts, type PromptSet } from "../prompts/prompt_set.ts";
import type { Task } from "../records/task.ts";
import type { Trajectory } from "../records/trajectory.ts";
import { cachedRetriever } from "../retrieval/cached_retriever.ts";
import type { Retriever } from "../retrieval/retriever.ts";
import { webSearchTool } from "../retrieval/web_search_tool.ts";
import { type LabIndexOptions, openLabIndex } from "./lab_index.ts";

/** Options of {@link openLab}. */
export interface OpenLabOptions extends LabIndexOptions {
  /** Passages that `web_search` gives. @default 3 */
  readonly topK?: number;
}

/** How one attempt is made. */
export interface AttemptOptions {
  /** Everything random in the attempt follows from it. @default 0 */
  readonly seed?: number;
  /** Beginning of the agent's first turn. */
  readonly firstThought?: string;
  /** The long system prompt is for models that were not trained as agents. @default "long" */
  readonly systemPrompt?: "long" | "short";
  /** Stops the attempt. */
  readonly signal?: AbortSignal;
}

/** The lab, ready for agents: search, Python, prompts. */
export interface Lab {
  /** Finds passages. */
  readonly retriever: Retriever;
  /** Runs the agents' code. */
  readonly interpreter: Interpreter;
  /** `web_search`; `final_answer` is the interpreter's own. */
  readonly tools: readonly Tool[];
  /** The kit's prompts. */
  readonly prompts: PromptSet;
  /** Number of passages that can be found. */
  readonly passages: number;
  /** A model as an agent of the lab, to run in ways that `solve` does not offer. */
  agent(
    model: ChatModel,
    options?: AgentOptions & Pick<AttemptOptions, "systemPrompt">,
  ): AgentSetup;
  /** Runs a model as an agent on a task, and grades the answer. */
  solve(
    model: ChatModel,
    task: Task,
    options?: AgentOptions & AttemptOptions,
  ): Promise<Trajectory>;
  /** Lets a model answer by chain of thought, and grades the answer. */
  answer(model: ChatModel, task: Task, options?: CotOptions & AttemptOptions): Promise<Trajectory>;
  /** Ends the interpreter and closes the index. */
  close(): Promise<void>;
}

/**
 * Opens the lab: its search index (built the first time, then cached), a Python interpreter and the
 * prompts.
 *
 * @example
 * ```ts
 * import { openLab } from "@potstill/lab/open_lab.ts";
 * const lab = await openLab();
 * const hits = await lab.retriever.search("currency of Georgia", 1);
 * if (!hits[0].passage.text.includes("lari")) throw new Error("not found");
 * await lab.close();
 * ```
 */
export async function openLab(options: OpenLabOptions = {}): Promise<Lab> {
  const prompts = await loadPrompts();
  const index = await openLabIndex(options);
  const retriever = cachedRetriever(index);
  const interpreter = await createInterpreter();
  const tools = [webSearchTool(retriever, options.topK ?? 3)];
  const agent: Lab["agent"] = (model, { systemPrompt = "long", ...options } = {}) => ({
    model,
    interpreter,
    tools,
    prompts,
    systemPrompt: systemPrompt === "short"
      ? shortSystemPrompt(prompts)
      : longSystemPrompt(prompts, tools, DEFAULT_ALLOWED_IMPORTS, options.maxSteps ?? 5),
    options,
  });
  return {
    retriever,
    interpreter,
    tools,
    prompts,
    passages: index.size,
    agent,
    async solve(model, task, attempt = {}) {
      const { seed = 0, firstThought, signal, ...setup } = attempt;
      const begin = { task, seed, signal, ...(firstThought === undefined ? {} : { firstThought }) };
      return gradeTrajectory(await runAgent(agent(model, setup), begin));
    },
    async answer(model, task, attempt = {}) {
      const { seed = 0, signal, firstThought: _, systemPrompt: __, ...cotOptions } = attempt;
      const setup = { model, prompts, retriever, options: cotOptions };
      return gradeTrajectory(await runCot(setup, { task, seed, signal }));
    },
    async close() {
      await interpreter.close();
      index.close();
    },
  };
}
