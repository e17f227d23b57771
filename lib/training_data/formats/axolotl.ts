import { checkKeys, checkMessages, fieldsOf } from "./check_rows.ts";
import type { ExportFormat } from "./export_format.ts";
import { accumulationSteps, EXAMPLE_GPUS } from "./launch.ts";
import { toYaml } from "./yaml.ts";

/** Axolotl's chat_template data set; each message has a flag on whether it is trained on. */
export const axolotlFormat: ExportFormat = {
  name: "axolotl",
  summary: "Axolotl, messages with a flag each on whether it is trained on",
  dataFile: "data/train.jsonl",
  isPreference: false,
  masks: "any",
  install: '"axolotl[flash-attn]"',
  rows: ({ messages, learned }) => [{
    row: {
      messages: messages.map(({ role, content }, i) => ({
        role,
        content,
        train: learned.includes(i),
      })),
    },
  }],
  check: (row) => {
    const fields = fieldsOf(row);
    if (fields === null) return "it is not an object";
    const wrong = checkKeys(fields, ["messages"]) ??
      checkMessages(fields.messages, { where: "messages", last: "assistant", extra: ["train"] });
    if (wrong !== null) return wrong;
    const messages = fields.messages as { role: string; train?: unknown }[];
    for (const [i, { role, train }] of messages.entries()) {
      if (typeof train !== "boolean") return `messages[${i}].train is not true or false`;
      if (train && role !== "assistant") {
        return `messages[${i}] is the ${role}'s and would be trained on`;
      }
    }
    return messages.some(({ train }) => train) ? null : "no message is trained on";
  },
  files: ({ hyper, chatTemplate }) => [
    {
      name: "axolotl.yaml",
      text: toYaml({
        base_model: hyper.baseModel,
        adapter: "lora",
        lora_r: hyper.loraRank,
        lora_alpha: hyper.loraAlpha,
        lora_dropout: hyper.loraDropout,
        lora_target_linear: true,
        chat_template: "jinja",
        chat_template_jinja: {
          comment: "ChatML without a system prompt of its own",
          value: chatTemplate.replaceAll(/\{%- (?:end)?generation -%\}\n/g, ""),
        },
        datasets: [{
          path: "data/train.jsonl",
          ds_type: "json",
          type: "chat_template",
          field_messages: "messages",
          message_property_mappings: { role: "role", content: "content" },
          roles_to_train: [],
          message_field_training: "train",
          train_on_eos: "turn",
        }],
        dataset_prepared_path: "prepared",
        special_tokens: { eos_token: "<|im_end|>" },
        sequence_len: hyper.maxLength,
        sample_packing: false,
        micro_batch_size: 1,
        gradient_accumulation_steps: hyper.effectiveBatch,
        num_epochs: hyper.epochs,
        optimizer: "adamw_torch",
        learning_rate: hyper.learningRate,
        lr_scheduler: "linear",
        bf16: true,
        gradient_checkpointing: true,
        flash_attention: true,
        logging_steps: 10,
        saves_per_epoch: 1,
        seed: hyper.seed,
        output_dir: "output",
      }),
    },
  ],
  commands: ({ hyper }) => {
    const batch = `--gradient-accumulation-steps=${accumulationSteps(hyper, EXAMPLE_GPUS)}`;
    return [
      {
        title: "Look at the mask before training",
        command: "axolotl preprocess axolotl.yaml --debug",
      },
      { title: "One GPU", command: "axolotl train axolotl.yaml" },
      {
        title: `${EXAMPLE_GPUS} GPUs (torchrun)`,
        command:
          `axolotl train axolotl.yaml ${batch} --launcher torchrun -- --nproc_per_node=${EXAMPLE_GPUS}`,
      },
      {
        title: `${EXAMPLE_GPUS} GPUs (accelerate)`,
        command:
          `accelerate launch --num_processes ${EXAMPLE_GPUS} -m axolotl.cli.train axolotl.yaml ` +
          `--gradient_accumulation_steps=${accumulationSteps(hyper, EXAMPLE_GPUS)}`,
      },
    ];
  },
};
