# Logits of the last tokens of prompts, by transformers: python real_model_logits.py FOLDER FILE OUT
# reads {"prompts": [[id, ...], ...], "last": rows} from standard input and writes float32 rows to OUT.
import json
import os
import sys

os.environ["HF_HUB_OFFLINE"] = "1"
import torch
from transformers import AutoModelForCausalLM

folder, name, out = sys.argv[1:]
request = json.load(sys.stdin)
model = AutoModelForCausalLM.from_pretrained(
    folder, gguf_file=name, dtype=torch.float32, attn_implementation="eager"
).eval()
with open(out, "wb") as file, torch.no_grad():
    for prompt in request["prompts"]:
        logits = model(torch.tensor([prompt])).logits[0, -request["last"] :]
        file.write(logits.float().numpy().tobytes())
