"""What transformers and PEFT make of folders of Potstill: ids, decoded texts, chats, logits."""
import json
import sys

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

question = json.load(sys.stdin)
tokenizer = AutoTokenizer.from_pretrained(question["folder"])
model = AutoModelForCausalLM.from_pretrained(question["folder"], dtype=torch.float32).eval()


def logits_of(model):
    with torch.no_grad():
        return [model(torch.tensor([ids])).logits[0].tolist() for ids in question["prompts"]]


answer = {
    "ids": [tokenizer.encode(text, add_special_tokens=False) for text in question["texts"]],
    "decoded": [tokenizer.decode(tokenizer.encode(text, add_special_tokens=False))
                for text in question["texts"]],
    "chats": [tokenizer.apply_chat_template(chat, add_generation_prompt=True, return_dict=False)
              for chat in question["chats"]],
    "special": [tokenizer.eos_token_id, tokenizer.pad_token_id],
    "logits": logits_of(model),
}
if "adapter" in question:
    from peft import LoraConfig, PeftModel, get_peft_model

    answer["adapted"] = logits_of(PeftModel.from_pretrained(model, question["adapter"]).eval())
    model = AutoModelForCausalLM.from_pretrained(question["folder"], dtype=torch.float32)
    torch.manual_seed(1)
    theirs = get_peft_model(model, LoraConfig(r=4, lora_alpha=12, target_modules="all-linear",
                                              init_lora_weights=False, task_type="CAUSAL_LM"))
    theirs.save_pretrained(question["peft"])
    answer["theirs"] = logits_of(theirs.eval())
print(json.dumps(answer))
