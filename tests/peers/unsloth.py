"""Unsloth's masking function on exports. Its package wants a GPU; the function's module does not."""
import importlib.util
import json
import os
import sys

from transformers import AutoTokenizer

spec = importlib.util.find_spec("unsloth_zoo")
path = os.path.join(spec.submodule_search_locations[0], "dataset_utils.py")
spec = importlib.util.spec_from_file_location("unsloth_dataset_utils", path)
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)

question = json.load(sys.stdin)
answers = {}
for name, job in question["jobs"].items():
    tokenizer = AutoTokenizer.from_pretrained(job["model"])
    with open(os.path.join(job["export"], "chat_template.jinja")) as file:
        # As the export's train.py does.
        tokenizer.chat_template = (
            file.read().replace("{%- generation -%}", "").replace("{%- endgeneration -%}", ""))
    mask = module.train_on_responses_only(
        None, tokenizer=tokenizer, return_function=True,
        instruction_part="<|im_start|>user\n", response_part="<|im_start|>assistant\n",
        **({"last_response_only": True} if job["last"] else {}))
    rows = []
    with open(os.path.join(job["export"], "data", "train.jsonl")) as file:
        for line in file:
            text = tokenizer.apply_chat_template(json.loads(line)["messages"], tokenize=False)
            ids = tokenizer(text, add_special_tokens=False)["input_ids"]
            [labels] = mask({"input_ids": [ids]})["labels"]
            rows.append({"ids": ids, "trained": [int(label != -100) for label in labels]})
    answers[name] = rows
print(json.dumps(answers))
