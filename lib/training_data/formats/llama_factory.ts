import { checkKeys, fieldsOf } from "./check_rows.ts";
import type { ExportFormat } from "./export_format.ts";
import { accumulationSteps, EXAMPLE_GPUS } from "./launch.ts";
import { learnsAll, learnsLast } from "../training_example.ts";
import { toYaml } from "./yaml.ts";

const DATASET = "potstill";

/** LLaMA-Factory's ShareGPT format. Observations are the human's, as they are when the student acts. */
export const llamaFactoryFormat: ExportFormat = {
  name: "llama-factory",
  summary: "LLaMA-Factory, ShareGPT conversations with dataset_info.json",
  dataFile: "data/train.json",
  isPreference: false,
  masks: "all-or-last",
  install: '"llamafactory[torch,metrics]"',
  rows: (example) => {
    if (!learnsAll(example) && !learnsLast(example)) {
      return [{
        problem: "LLaMA-Factory cannot learn some turns of a conversation and not others",
      }];
    }
    const system = example.messages.filter(({ role }) => role === "system");
    const turns = example.messages.filter(({ role }) => role !== "system");
    return [{
      row: {
        conversations: turns.map(({ role, content }) => ({
          from: role === "assistant" ? "gpt" : "human",
          value: content,
        })),
        system: system.map(({ content }) => content).join("\n\n"),
      },
    }];
  },
  check: (row) => {
    const fields = fieldsOf(row);
    if (fields === null) return "it is not an object";
    const keys = checkKeys(fields, ["conversations"], ["system", "tools"]);
    if (keys !== null) return keys;
    const { conversations, system = "" } = fields;
    if (typeof system !== "string") return "system is not a text";
    if (!Array.isArray(conversations) || conversations.length < 2) {
      return "conversations has fewer than two messages";
    }
    if (conversations.length % 2 !== 0) return "conversations does not end with gpt's";
    for (const [i, message] of conversations.entries()) {
      const at = `conversations[${i}]`;
      const one = fieldsOf(message);
      if (one === null) return `${at} is not an object`;
      const wrong = checkKeys(one, ["from", "value"]);
      if (wrong !== null) return `${at}: ${wrong}`;
      const allowed = i % 2 === 0 ? ["human", "observation"] : ["gpt", "function_call"];
      if (!allowed.includes(String(one.from))) {
        return `${at} is ${one.from}'s, at a place for ${allowed.join(" or ")}`;
      }
      if (typeof one.value !== "string" || one.value.trim() === "") return `${at} is empty`;
    }
    return null;
  },
  files: ({ hyper, isLastOnly }) => [
    {
      name: "data/dataset_info.json",
      text: JSON.stringify(
        {
          [DATASET]: {
            file_name: "train.json",
            formatting: "sharegpt",
            columns: { messages: "conversations", system: "system" },
            tags: {
              role_tag: "from",
              content_tag: "value",
              user_tag: "human",
              assistant_tag: "gpt",
              observation_tag: "observation",
              function_tag: "function_call",
            },
          },
        },
        null,
        2,
      ) + "\n",
    },
    {
      name: "sft.yaml",
      text: toYaml({
        model_name_or_path: hyper.baseModel,
        stage: "sft",
        do_train: true,
        finetuning_type: "lora",
        lora_rank: hyper.loraRank,
        lora_alpha: hyper.loraAlpha,
        lora_dropout: hyper.loraDropout,
        lora_target: "all",
        dataset: DATASET,
        dataset_dir: "data",
        template: {
          comment: "ChatML without a system prompt of its own",
          value: "chatml",
        },
        cutoff_len: hyper.maxLength,
        mask_history: {
          comment: isLastOnly
            ? "The last turn alone is trained on"
            : "Every turn of the assistant is trained on, and no turn of the human",
          value: isLastOnly,
        },
        train_on_prompt: false,
        learning_rate: hyper.learningRate,
        num_train_epochs: hyper.epochs,
        per_device_train_batch_size: 1,
        gradient_accumulation_steps: hyper.effectiveBatch,
        bf16: true,
        logging_steps: 10,
        save_strategy: "epoch",
        seed: hyper.seed,
        report_to: "none",
        output_dir: "output",
      }),
    },
  ],
  commands: ({ hyper }) => {
    const batch = `gradient_accumulation_steps=${accumulationSteps(hyper, EXAMPLE_GPUS)}`;
    return [
      { title: "One GPU", command: "CUDA_VISIBLE_DEVICES=0 llamafactory-cli train sft.yaml" },
      {
        title: `${EXAMPLE_GPUS} GPUs (torchrun)`,
        command: `FORCE_TORCHRUN=1 llamafactory-cli train sft.yaml ${batch}`,
      },
      {
        title: "Two machines, here the first",
        command: `FORCE_TORCHRUN=1 NNODES=2 NODE_RANK=0 MASTER_ADDR=192.0.2.1 MASTER_PORT=29500 ` +
          `llamafactory-cli train sft.yaml gradient_accumulation_steps=${
            accumulationSteps(hyper, 2 * EXAMPLE_GPUS)
          }`,
      },
    ];
  },
};
