import { longSystemPrompt, shortSystemPrompt } from "../agent/agent_prompt.ts";
import type { AgentOptions } from "../agent/agent_options.ts";
import type { AgentSetup } from "../agent/agent_setup.ts";
import { runAgent } from "../agent/run_agent.ts";
import { type CotOptions, runCot } from "../agent/run_cot.ts";
import { gradeTrajectory } from "../grading/grade_trajectory.ts";
import type { Interpreter, Tool } from "../interpreter/interpreter.ts";
import type { ChatModel } from "../models/chat_model.ts";
import type { PromptSet } from "../agent/prompts/prompt_set.ts";
import type { Task } from "../records/task.ts";
import type { Trajectory } from "../records/trajectory.ts";
import type { Retriever } from "../retrieval/retriever.ts";
import type { OpenedSearch } from "./open_search.ts";

/** Options of one attempt. */
export interface AttemptOptions {
  /** Everything random in the attempt follows from it. @default 0 */
  readonly seed?: number;
  /** Number of the attempt among several at the task, from 0. @default 0 */
  readonly sample?: number;
  /** Beginning of the agent's first turn. */
  readonly firstThought?: string;
  /** The long system prompt is for models that were not trained as agents. @default "long" */
  readonly systemPrompt?: "long" | "short";
  /** Stops the attempt. */
  readonly signal?: AbortSignal;
}

/** Parts of a {@link Workbench}. */
interface WorkbenchParts {
  /** Search of its agents. */
  readonly search: OpenedSearch;
  /** Runs the agents' code. */
  readonly interpreter: Interpreter;
  /** Modules that the code may import, as the long system prompt names them. */
  readonly imports: readonly string[];
  /** Python functions that the agents' code can call. */
  readonly tools: readonly Tool[];
  /** The kit's prompts, or the user's own. */
  readonly prompts: PromptSet;
}

/**
 * The environment of attempts at tasks: search, Python, tools, prompts. {@link openWorkbench}
 * opens one; it serves any number of models and attempts at once.
 */
export class Workbench {
  /** Search of its agents, with its name in the address of stored steps. */
  readonly search: OpenedSearch;
  /** Runs the agents' code. */
  readonly interpreter: Interpreter;
  /** Modules that the code may import, as the long system prompt names them. */
  readonly imports: readonly string[];
  /** Python functions that the agents' code can call; `final_answer` is the interpreter's own. */
  readonly tools: readonly Tool[];
  /** Templates of the system prompts and messages. */
  readonly prompts: PromptSet;

  /** Puts a workbench together; the parts stay open until {@link close}. */
  constructor({ search, interpreter, imports, tools, prompts }: WorkbenchParts) {
    this.search = search;
    this.interpreter = interpreter;
    this.imports = imports;
    this.tools = tools;
    this.prompts = prompts;
  }

  /** The retriever. @throws {TypeError} on a workbench without search */
  get retriever(): Retriever {
    const { retriever } = this.search;
    if (retriever === null) throw new TypeError("Cannot search: the workbench has search none");
    return retriever;
  }

  /** Number of passages that can be found; 0 without search, null where it is not known. */
  get passages(): number | null {
    return this.search.passages;
  }

  /** The rendered system prompt of an agent. @param maxSteps named by the long prompt. @default 5 */
  systemPrompt(form: "long" | "short", maxSteps: number = 5): string {
    return form === "short"
      ? shortSystemPrompt(this.prompts)
      : longSystemPrompt(this.prompts, this.tools, this.imports, maxSteps);
  }

  /** A model as an agent, to run in ways that {@link solve} does not offer. */
  agent(
    model: ChatModel,
    { systemPrompt = "long", ...options }: AgentOptions & Pick<AttemptOptions, "systemPrompt"> = {},
  ): AgentSetup {
    const { interpreter, tools, prompts } = this;
    return {
      model,
      interpreter,
      tools,
      prompts,
      systemPrompt: this.systemPrompt(systemPrompt, options.maxSteps ?? 5),
      options,
    };
  }

  /** Runs a model as an agent on a task, and grades the answer. */
  async solve(
    model: ChatModel,
    task: Task,
    options: AgentOptions & AttemptOptions = {},
  ): Promise<Trajectory> {
    const { seed = 0, sample, firstThought, signal, ...setup } = options;
    return gradeTrajectory(
      await runAgent(this.agent(model, setup), {
        task,
        seed,
        sample,
        signal,
        ...(firstThought === undefined ? {} : { firstThought }),
      }),
    );
  }

  /** Lets a model answer by chain of thought, and grades the answer. */
  async answer(
    model: ChatModel,
    task: Task,
    options: CotOptions & AttemptOptions = {},
  ): Promise<Trajectory> {
    const { seed = 0, sample, signal, firstThought: _, systemPrompt: __, ...cotOptions } = options;
    const { prompts, search: { retriever } } = this;
    const setup = {
      model,
      prompts,
      options: cotOptions,
      ...(retriever === null ? {} : { retriever }),
    };
    return gradeTrajectory(await runCot(setup, { task, seed, sample, signal }));
  }

  /** The same workbench with another interpreter, such as one that records what it runs. */
  withInterpreter(interpreter: Interpreter): Workbench {
    return new Workbench({ ...this, interpreter });
  }

  /** Ends the interpreter and closes what is searched. */
  async close(): Promise<void> {
    await this.interpreter.close();
    await this.search.close();
  }
}
