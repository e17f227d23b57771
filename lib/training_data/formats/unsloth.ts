import { checkKeys, checkMessages, fieldsOf } from "./check_rows.ts";
import type { ExportContext, ExportFormat } from "./export_format.ts";
import { accumulationSteps, EXAMPLE_GPUS } from "./launch.ts";
import { learnsAll, learnsLast } from "../training_example.ts";

/**
 * Unsloth: messages, rendered by a script that masks all text but the assistant's and checks the
 * mask.
 */
export const unslothFormat: ExportFormat = {
  name: "unsloth",
  summary: "Unsloth, messages with a training script that checks its mask",
  dataFile: "data/train.jsonl",
  isPreference: false,
  masks: "all-or-last",
  install: "unsloth",
  rows: (example) =>
    learnsAll(example) || learnsLast(example)
      ? [{ row: { messages: example.messages.map(({ role, content }) => ({ role, content })) } }]
      : [{ problem: "Unsloth cannot learn some turns of a conversation and not others" }],
  check: (row) => {
    const fields = fieldsOf(row);
    if (fields === null) return "it is not an object";
    const wrong = checkKeys(fields, ["messages"]) ??
      checkMessages(fields.messages, { where: "messages", last: "assistant" });
    if (wrong !== null) return wrong;
    // The mask is found by these words, so no text may spell them.
    const messages = fields.messages as { content: string }[];
    const at = messages.findIndex(({ content }) => /<\|im_(?:start|end)\|>/.test(content));
    return at === -1 ? null : `messages[${at}] spells a token of the template`;
  },
  files: (context) => [
    { name: "train.py", text: script(context) },
  ],
  commands: ({ hyper }) => [
    { title: "One GPU", command: "python train.py" },
    {
      title: `${EXAMPLE_GPUS} GPUs (torchrun)`,
      command: `torchrun --nproc_per_node ${EXAMPLE_GPUS} train.py ` +
        `--gradient-accumulation-steps ${accumulationSteps(hyper, EXAMPLE_GPUS)}`,
    },
  ],
};

function script({ hyper, isLastOnly }: ExportContext): string {
  return `"""Trains with Unsloth: LoRA on all linear layers, loss on ${
    isLastOnly ? "the last turn of the assistant" : "the assistant's turns"
  } alone."""
import argparse

from unsloth import FastLanguageModel
from unsloth.chat_templates import train_on_responses_only
from datasets import load_dataset
from trl import SFTConfig, SFTTrainer

parser = argparse.ArgumentParser()
parser.add_argument("--model", default=${JSON.stringify(hyper.baseModel)})
parser.add_argument("--gradient-accumulation-steps", type=int, default=${hyper.effectiveBatch})
parser.add_argument("--output-dir", default="output")
args = parser.parse_args()

model, tokenizer = FastLanguageModel.from_pretrained(
    args.model, max_seq_length=${hyper.maxLength}, load_in_4bit=False, dtype=None
)
model = FastLanguageModel.get_peft_model(
    model,
    r=${hyper.loraRank},
    lora_alpha=${hyper.loraAlpha},
    lora_dropout=${hyper.loraDropout},
    target_modules=["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"],
    use_gradient_checkpointing="unsloth",
    random_state=${hyper.seed},
)
with open("chat_template.jinja") as file:
    # Unsloth masks by the template's words; the generation tags are for other trainers.
    tokenizer.chat_template = (
        file.read().replace("{%- generation -%}", "").replace("{%- endgeneration -%}", "")
    )

dataset = load_dataset("json", data_files="data/train.jsonl", split="train")
dataset = dataset.map(
    lambda row: {"text": tokenizer.apply_chat_template(row["messages"], tokenize=False)},
    remove_columns=["messages"],
)
trainer = SFTTrainer(
    model=model,
    processing_class=tokenizer,
    train_dataset=dataset,
    args=SFTConfig(
        dataset_text_field="text",
        max_length=${hyper.maxLength},
        packing=False,
        per_device_train_batch_size=1,
        gradient_accumulation_steps=args.gradient_accumulation_steps,
        num_train_epochs=${hyper.epochs},
        learning_rate=${hyper.learningRate},
        bf16=True,
        logging_steps=10,
        save_strategy="epoch",
        seed=${hyper.seed},
        report_to="none",
        output_dir=args.output_dir,
    ),
)
trainer = train_on_responses_only(
    trainer,
    instruction_part="<|im_start|>user\\n",
    response_part="<|im_start|>assistant\\n",${isLastOnly ? "\n    last_response_only=True," : ""}
)

# A mask can be lost without a word: look at it before spending GPU hours.
for row in trainer.train_dataset.select(range(min(8, len(trainer.train_dataset)))):
    learned = [token for token, label in zip(row["input_ids"], row["labels"]) if label != -100]
    if not learned:
        raise SystemExit("An example has no trained token: check the chat template")
    text = tokenizer.decode(learned)
    if "Observation:\\n" in text and text.lstrip().startswith("Observation:"):
        raise SystemExit("An observation would be trained on: check the chat template")

trainer.train()
model.save_pretrained(args.output_dir)
tokenizer.save_pretrained(args.output_dir)
`;
}
