import { parameterCount, type StudentConfig } from "../config.ts";
import type { StudentOrigin } from "../../training_data/student_origin.ts";
import { escapeMarkdown } from "../../display/escape_markdown.ts";

/** Facts about a student besides its shape. Nothing is made up for missing ones. */
export interface ModelCardFacts {
  /** The model's name. @default "Student" */
  readonly name?: string;
  /** The model whose trajectories it learned from. */
  readonly teacher?: string;
  /** The model that training began with. */
  readonly base?: string;
  /** Training data, in a sentence or two. */
  readonly trainingData?: string;
  /** Intended use, such as an agent with search and Python. */
  readonly use?: string;
  /** Measured results, as Markdown: a table with its caption. */
  readonly results?: string;
  /** Settings of the run that made it, by name. */
  readonly settings?: { readonly [name: string]: string | number | boolean | null };
  /** The command that made it. */
  readonly command?: string;
  /** True if the folder has `onnx/`. @default true */
  readonly onnx?: boolean;
  /** An SPDX name, where the weights may be passed on. */
  readonly license?: string;
}

/**
 * The `README.md` of a student's folder: what was distilled from what, its shape, how it was
 * measured, and how to run it.
 *
 * @source https://huggingface.co/docs/hub/model-cards
 *
 * @example
 * ```ts
 * import { studentPreset } from "@potstill/student";
 * import { modelCard } from "@potstill/student/export/model_card.ts";
 * const card = modelCard(studentPreset("1M", 1024), { teacher: "lab-expert" });
 * if (!card.includes("| Teacher | lab-expert |")) throw new Error(card);
 * ```
 */
export function modelCard(config: StudentConfig, facts: ModelCardFacts = {}): string {
  const { name = "Student", teacher, base, trainingData, use, results, settings, command } = facts;
  const heads = `${config.num_attention_heads} (${config.num_key_value_heads} of keys and values)`;
  const rows: readonly (readonly [string, string | undefined])[] = [
    ["Teacher", teacher],
    ["Base model", base],
    ["Training data", trainingData],
    ["Architecture", config.architectures.join(", ")],
    ["Parameters", parameterCount(config).toLocaleString("en-US")],
    ["Layers, width, heads", `${config.num_hidden_layers}, ${config.hidden_size}, ${heads}`],
    ["Vocabulary", config.vocab_size.toLocaleString("en-US")],
    ["Longest sequence", `${config.max_position_embeddings.toLocaleString("en-US")} tokens`],
    ["Made with", command === undefined ? "Potstill" : `Potstill: ${command}`],
  ];
  const sections = [
    frontMatter(facts),
    `# ${escapeMarkdown(name)}`,
    teacher === undefined
      ? "A small language model, trained with Potstill."
      : `A small language model, distilled with Potstill from trajectories of ${
        escapeMarkdown(teacher)
      }.`,
    table(["", ""], rows.filter((row): row is [string, string] => row[1] !== undefined)),
    ...(use === undefined ? [] : ["## Use", use]),
    "## Results",
    results ?? "Not measured.",
    ...(settings === undefined ? [] : [
      "## Settings",
      table(["Setting", "Value"], Object.entries(settings).map(([key, v]) => [key, String(v)])),
    ]),
    "## Files",
    "`model.safetensors` with `config.json` for transformers, vLLM and Potstill; " +
    (facts.onnx ?? true ? "`onnx/` for transformers.js; " : "") +
    "`tokenizer.json` and `tokenizer_config.json`, with the chat template that " +
    "the model was trained with.",
  ];
  return sections.join("\n\n") + "\n";
}

/** Facts for a model card from a student's origin. */
export function originFacts(origin: StudentOrigin): ModelCardFacts {
  const { base, teachers, systems, data, trajectories, firstThoughtPrefix, files = [] } = origin;
  const tasks = data.map(({ benchmark, split, tasks }) => `${tasks} of ${benchmark} (${split})`);
  const prefix = firstThoughtPrefix ? ", with first-thought prefix" : "";
  const parts = [
    ...(trajectories === 0 && files.length > 0 ? [] : [
      `${trajectories} trajectories (${systems.join(", ")}${prefix}) on tasks: ` +
      `${tasks.join(", ") || "none"}`,
    ]),
    ...(files.length === 0 ? [] : [`rows of ${files.join(", ")}, whose tasks are not known`]),
  ];
  return {
    ...(teachers.length === 0 ? {} : { teacher: teachers.join(", ") }),
    base: base === null ? "none: fresh weights" : base.name,
    trainingData: parts.join("; "),
  };
}

function frontMatter({ license, base }: ModelCardFacts): string {
  const fields = [
    ...(license === undefined ? [] : [`license: ${JSON.stringify(license)}`]),
    // The hub links names of its own form only.
    ...(base !== undefined && /^[\w.-]+\/[\w.-]+$/.test(base)
      ? [`base_model: ${JSON.stringify(base)}`]
      : []),
    "pipeline_tag: text-generation",
    "tags: [agent-distillation, potstill]",
  ];
  return ["---", ...fields, "---"].join("\n");
}

function table(
  head: readonly [string, string],
  rows: readonly (readonly [string, string])[],
): string {
  const line = (cells: readonly string[]) => `| ${cells.map(escapeMarkdown).join(" | ")} |`;
  return [line(head), "| --- | --- |", ...rows.map(line)].join("\n");
}
