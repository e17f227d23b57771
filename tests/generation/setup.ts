import {
  type GivenGenerationOptions,
  resolveGenerationOptions,
} from "@potstill/generation/generation_options.ts";
import type { GenerationSetup } from "@potstill/generation/solve_attempt.ts";
import type { StepStore } from "@potstill/generation/step_store.ts";
import type { Interpreter } from "@potstill/interpreter/interpreter.ts";
import type { ChatModel } from "@potstill/models/chat_model.ts";
import { loadPrompts } from "@potstill/agent/prompts/prompt_set.ts";
import type { Task } from "@potstill/records/task.ts";
import { Workbench } from "@potstill/workbench/workbench.ts";

/** Tasks "What is 3 times 4?", whose answers are right. */
export function productTasks(count: number): Task[] {
  return Array.from({ length: count }, (_, i) => ({
    id: `t${i}`,
    benchmark: "products",
    split: "train",
    kind: "math",
    question: `What is ${i + 2} times ${i + 3}?`,
    answer: String((i + 2) * (i + 3)),
  }));
}

/** Solves a product in two turns: computes and prints, then answers. */
export function replyToProduct(messages: readonly { role: string; content: string }[]): string {
  const question = messages.find(({ role }) => role === "user")!.content;
  const [, a, b] = /What is (\d+) times (\d+)/.exec(question)!;
  const last = messages.at(-1)!;
  const isCot = messages[0].content.startsWith("Think step by step");
  if (isCot) return `I multiply ${a} by ${b}.\n\n\\boxed{${Number(a) * Number(b)}}`;
  if (last.role === "assistant") return `\nCode:\n\`\`\`py\nx = ${a} * ${b}\nprint(x)\n\`\`\``;
  if (last.content.startsWith("Observation:")) {
    return "Thought: That is it.\nCode:\n```py\nfinal_answer(x)\n```<end_code>";
  }
  return `Thought: Compute.\nCode:\n\`\`\`py\nx = ${a} * ${b}\nprint(x)\n\`\`\`<end_code>`;
}

/** A setup for attempts at products. */
export async function productSetup(
  parts: { model: ChatModel; interpreter: Interpreter; store: StepStore; isOneByOne?: boolean },
  options: Partial<GivenGenerationOptions> = {},
): Promise<GenerationSetup> {
  const prompts = await loadPrompts();
  const { model, interpreter, store, isOneByOne = false } = parts;
  return {
    model,
    store,
    isOneByOne,
    options: resolveGenerationOptions({
      benchmark: "products",
      model: parts.model.name,
      ...options,
    }),
    modelIdentity: { prefixMode: "vllm", extraBody: {} },
    interpreterIdentity: "arithmetic 1",
    bench: new Workbench({
      search: { retriever: null, identity: "none", passages: 0, close: () => Promise.resolve() },
      interpreter,
      imports: ["math"],
      tools: [],
      prompts,
    }),
  };
}

/** A folder that is removed at the end. */
export async function withFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "potstill-" });
  try {
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
