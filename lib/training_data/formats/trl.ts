import type { JsonValue } from "../../records/json.ts";
import { checkKeys, checkMessages, fieldsOf } from "./check_rows.ts";
import type { ExportContext, ExportFile, ExportFormat, LaunchCommand } from "./export_format.ts";
import type { HyperParameters } from "./hyper_parameters.ts";
import { accelerateFsdp, accumulationSteps, EXAMPLE_GPUS } from "./launch.ts";
import { learnsAll, learnsLast, type TrainingExample } from "../training_example.ts";
import { toYaml } from "./yaml.ts";

const INSTALL = '"trl[peft]>=0.24" accelerate';

/** Settings that supervised and preference training have in common. */
function trlCommon(hyper: HyperParameters): Record<string, JsonValue> {
  return {
    model_name_or_path: hyper.baseModel,
    dtype: "bfloat16",
    dataset_name: "data",
    dataset_train_split: "train",
    use_peft: true,
    lora_r: hyper.loraRank,
    lora_alpha: hyper.loraAlpha,
    lora_dropout: hyper.loraDropout,
    lora_target_modules: ["all-linear"],
    num_train_epochs: hyper.epochs,
    per_device_train_batch_size: 1,
    gradient_accumulation_steps: hyper.effectiveBatch,
    max_length: hyper.maxLength,
    bf16: true,
    gradient_checkpointing: true,
    logging_steps: 10,
    save_strategy: "epoch",
    seed: hyper.seed,
    report_to: "none",
    output_dir: "output",
  };
}

/** Commands of TRL's command line. */
function trlCommands(command: string, hyper: HyperParameters): LaunchCommand[] {
  const steps = accumulationSteps(hyper, EXAMPLE_GPUS);
  const batch = `--gradient_accumulation_steps ${steps}`;
  const many = `--num_processes ${EXAMPLE_GPUS} ${batch}`;
  const config = `${command}.yaml`;
  return [
    { title: "One GPU", command: `trl ${command} --config ${config}` },
    {
      title: `${EXAMPLE_GPUS} GPUs, a copy of the model on each`,
      command: `trl ${command} --config ${config} --accelerate_config multi_gpu ${many}`,
    },
    {
      title: `${EXAMPLE_GPUS} GPUs, the model shared out (FSDP)`,
      command:
        `trl ${command} --config ${config} --accelerate_config accelerate_fsdp.yaml ${batch}`,
    },
  ];
}

/** Prompt-completion and preference data keep the model's own template out of the mask's way. */
function sftFiles(
  { hyper }: ExportContext,
  loss: Record<string, JsonValue>,
): ExportFile[] {
  const config = toYaml({
    ...trlCommon(hyper),
    packing: false,
    learning_rate: hyper.learningRate,
    chat_template_path: {
      comment: "ChatML without a system prompt of its own, with generation tags for the loss mask",
      value: "chat_template.jinja",
    },
    eos_token: "<|im_end|>",
    ...loss,
  });
  return [
    { name: "sft.yaml", text: config },
    accelerateFsdp(),
  ];
}

/** Whole conversations, the loss on assistant turns by the template's generation tags. */
export const trlFormat: ExportFormat = {
  name: "trl",
  summary: "TRL, whole conversations with loss on the assistant's turns",
  dataFile: "data/train.jsonl",
  isPreference: false,
  masks: "all-or-last",
  install: INSTALL,
  rows: (example, isLastOnly) => {
    // Of conversations, TRL learns every assistant turn; a last turn alone is a completion.
    if (isLastOnly && learnsLast(example)) return promptCompletionRows(example);
    return !isLastOnly && learnsAll(example)
      ? [{ row: { messages: messagesJson(example) } }]
      : [{ problem: "TRL cannot learn some turns of a conversation and not others" }];
  },
  check: (row) => {
    const fields = fieldsOf(row);
    if (fields === null) return "it is not an object";
    if ("prompt" in fields) return checkPromptCompletion(fields);
    return checkKeys(fields, ["messages"]) ??
      checkMessages(fields.messages, { where: "messages", last: "assistant" });
  },
  files: (context) =>
    sftFiles(
      context,
      context.isLastOnly ? { completion_only_loss: true } : { assistant_only_loss: true },
    ),
  commands: ({ hyper }) => trlCommands("sft", hyper),
};

/** TRL's prompt-completion rows, one per trained turn: the conversation before it is the prompt. */
export const trlPromptCompletionFormat: ExportFormat = {
  name: "trl-prompt-completion",
  summary: "TRL, one row for each turn with loss on the completion; needs no template of ours",
  dataFile: "data/train.jsonl",
  isPreference: false,
  masks: "any",
  install: INSTALL,
  rows: promptCompletionRows,
  check: (row) => {
    const fields = fieldsOf(row);
    return fields === null ? "it is not an object" : checkPromptCompletion(fields);
  },
  files: (context) => sftFiles(context, { completion_only_loss: true }),
  commands: ({ hyper }) => trlCommands("sft", hyper),
};

/** Preferences: two turns after the same conversation. */
export const dpoFormat: ExportFormat = {
  name: "dpo",
  summary: "TRL, preference pairs: the turn of a kept and of a rejected trajectory",
  dataFile: "data/train.jsonl",
  isPreference: true,
  masks: "any",
  install: INSTALL,
  rows: () => [{ problem: "preferences are made of pairs" }],
  pairRow: ({ prompt, chosen, rejected }) => ({
    prompt: prompt.map(({ role, content }) => ({ role, content })),
    chosen: [{ role: chosen.role, content: chosen.content }],
    rejected: [{ role: rejected.role, content: rejected.content }],
  }),
  check: (row) => {
    const fields = fieldsOf(row);
    if (fields === null) return "it is not an object";
    return checkKeys(fields, ["prompt", "chosen", "rejected"]) ??
      checkMessages(fields.prompt, { where: "prompt", last: "user" }) ??
      checkCompletion(fields.chosen, "chosen") ?? checkCompletion(fields.rejected, "rejected") ??
      (JSON.stringify(fields.chosen) === JSON.stringify(fields.rejected)
        ? "chosen and rejected are the same"
        : null);
  },
  files: ({ hyper }) => [
    {
      name: "dpo.yaml",
      text: toYaml({
        ...trlCommon(hyper),
        model_name_or_path: {
          comment:
            "TRL takes this model's own template; after training with the export trl it is ours",
          value: hyper.baseModel,
        },
        learning_rate: {
          comment: "The paper has no preference training; this is a usual rate for LoRA",
          value: 5e-6,
        },
        beta: 0.1,
      }),
    },
    accelerateFsdp(),
  ],
  commands: ({ hyper }) => trlCommands("dpo", hyper),
};

function promptCompletionRows({ messages, learned }: TrainingExample) {
  return learned.map((at) => ({
    row: {
      prompt: messages.slice(0, at).map(({ role, content }) => ({ role, content })),
      completion: [{ role: "assistant", content: messages[at].content }],
    },
  }));
}

function messagesJson({ messages }: TrainingExample): JsonValue {
  return messages.map(({ role, content }) => ({ role, content }));
}

function checkPromptCompletion(fields: Readonly<Record<string, unknown>>): string | null {
  return checkKeys(fields, ["prompt", "completion"]) ??
    checkMessages(fields.prompt, { where: "prompt", last: "user" }) ??
    checkCompletion(fields.completion, "completion");
}

/** A side is one assistant message. */
function checkCompletion(value: unknown, where: string): string | null {
  if (Array.isArray(value) && value.length !== 1) return `${where} has ${value.length} messages`;
  return checkMessages(value, { where, last: "assistant", allowsSystem: false });
}
