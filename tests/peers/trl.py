"""TRL's own preprocessing and two steps of training on exports; what it trains on, token by token."""
import json
import os
import sys

import torch
import yaml
from datasets import load_dataset
from transformers import AutoModelForCausalLM, AutoTokenizer
from trl import DPOConfig, DPOTrainer, SFTConfig, SFTTrainer

question = json.load(sys.stdin)
answers = {}
for name, job in question["jobs"].items():
    os.chdir(job["export"])
    kind = "dpo" if os.path.exists("dpo.yaml") else "sft"
    settings = yaml.safe_load(open(f"{kind}.yaml"))
    # What needs a GPU or belongs to the command line alone; everything else is as the export says.
    for key in ("model_name_or_path", "dtype", "dataset_name", "dataset_train_split", "use_peft",
                "lora_r", "lora_alpha", "lora_dropout", "lora_target_modules"):
        settings.pop(key)
    settings.update(bf16=False, use_cpu=True, max_steps=question["steps"], save_strategy="no",
                    output_dir=job["out"], max_length=None, gradient_checkpointing=False,
                    gradient_accumulation_steps=1, disable_tqdm=True)
    tokenizer = AutoTokenizer.from_pretrained(job["model"])
    model = AutoModelForCausalLM.from_pretrained(job["model"], dtype=torch.float32)
    data = load_dataset("data", split="train", cache_dir=job["out"] + "-cache")
    if kind == "dpo":
        trainer = DPOTrainer(model=model, ref_model=None, processing_class=tokenizer,
                             train_dataset=data, args=DPOConfig(**settings))
    else:
        trainer = SFTTrainer(model=model, processing_class=tokenizer, train_dataset=data,
                             args=SFTConfig(**settings))
    rows = []
    for example in trainer.train_dataset:
        batch = trainer.data_collator([example])
        if kind == "dpo":
            # The chosen turn's conversation, then the rejected one's.
            rows += [{"ids": ids, "trained": trained} for ids, trained in
                     zip(batch["input_ids"].tolist(), batch["completion_mask"].tolist())]
            continue
        rows.append({"ids": batch["input_ids"][0].tolist(),
                     "trained": [int(label != -100) for label in batch["labels"][0].tolist()]})
    before = {key: value.clone() for key, value in model.state_dict().items()}
    result = trainer.train() if question["steps"] > 0 and job.get("train", True) else None
    changed = any(not torch.equal(value, before[key]) for key, value in model.state_dict().items())
    answers[name] = {"rows": rows, "loss": result and result.training_loss, "changed": changed}
print(json.dumps(answers))
