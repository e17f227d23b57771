"""LLaMA-Factory's own preprocessing of exports: ids and labels."""
import importlib.machinery
import json
import os
import sys
import types

import yaml

# Sound is no part of the exports, and torchaudio has no build for this torch.
sys.modules["torchaudio"] = types.ModuleType("torchaudio")
sys.modules["torchaudio"].__spec__ = importlib.machinery.ModuleSpec("torchaudio", None)

question = json.load(sys.stdin)
answers = {}
from llamafactory.data import get_dataset, get_template_and_fix_tokenizer  # noqa: E402
from llamafactory.hparams import get_train_args  # noqa: E402
from llamafactory.model import load_tokenizer  # noqa: E402

for name, job in question["jobs"].items():
    os.chdir(job["export"])
    settings = yaml.safe_load(open("sft.yaml"))
    # As the export has it, but for what needs a GPU.
    settings.update(model_name_or_path=job["model"], bf16=False, output_dir=job["out"],
                    overwrite_cache=True, preprocessing_num_workers=1)
    settings.pop("flash_attn", None)
    model_args, data_args, training_args, _, _ = get_train_args(settings)
    module = load_tokenizer(model_args)
    tokenizer = module["tokenizer"]
    template = get_template_and_fix_tokenizer(tokenizer, data_args)
    data = get_dataset(template, model_args, data_args, training_args, stage="sft", **module)
    answers[name] = [
        {"ids": row["input_ids"], "trained": [int(label != -100) for label in row["labels"]]}
        for row in data["train_dataset"]
    ]
print(json.dumps(answers))
