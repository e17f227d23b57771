"""Writes architectures.json: what transformers' classes (and PEFT's adapters) say of tiny students.

Needs torch, transformers and peft. Weights follow from a formula, so that none are stored.
"""
import json
import math
import sys

import torch
from transformers import AutoModelForCausalLM, AutoConfig
from peft import LoraConfig, get_peft_model

torch.set_default_dtype(torch.float64)
BASE = dict(vocab_size=40, hidden_size=16, intermediate_size=24, num_hidden_layers=3,
            num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=64,
            bos_token_id=1, eos_token_id=2, pad_token_id=0)
CONFIGS = {
    "qwen3": dict(BASE, model_type="qwen3", head_dim=6, rope_theta=1e6, rms_norm_eps=1e-6,
                  tie_word_embeddings=True, attention_bias=False),
    "qwen3 with an output layer": dict(BASE, model_type="qwen3", head_dim=4, rope_theta=1e4,
                                       rms_norm_eps=1e-5, tie_word_embeddings=False),
    "gemma 3": dict(BASE, model_type="gemma3_text", head_dim=8, rope_theta=1e6,
                    rope_local_base_freq=1e4, sliding_window=4, query_pre_attn_scalar=11,
                    layer_types=["sliding_attention", "full_attention", "sliding_attention"],
                    hidden_activation="gelu_pytorch_tanh", rms_norm_eps=1e-6,
                    tie_word_embeddings=True, attention_bias=False),
    "gemma 3 with scaled angles": dict(BASE, model_type="gemma3_text", head_dim=4, rope_theta=1e6,
                    rope_local_base_freq=1e4, sliding_window=6, query_pre_attn_scalar=4,
                    layer_types=["sliding_attention", "sliding_attention", "full_attention"],
                    rope_scaling={"rope_type": "linear", "factor": 8.0},
                    hidden_activation="gelu_pytorch_tanh", rms_norm_eps=1e-6,
                    tie_word_embeddings=True, attention_bias=False),
    "llama 3.2": dict(BASE, model_type="llama", head_dim=4, rope_theta=5e5, rms_norm_eps=1e-5,
                      tie_word_embeddings=True, attention_bias=False, mlp_bias=False,
                      rope_scaling={"rope_type": "llama3", "factor": 32.0, "low_freq_factor": 1.0,
                                    "high_freq_factor": 4.0,
                                    "original_max_position_embeddings": 32}),
    "smollm2": dict(BASE, model_type="llama", num_attention_heads=4, num_key_value_heads=1,
                    rope_theta=1e5, rms_norm_eps=1e-5, tie_word_embeddings=True),
}
IDS = [(7 * i * i + 3 * i + 5) % 40 for i in range(14)]


def fill(name, tensor, number, gemma):
    flat = torch.tensor([math.sin(1.7 * (number + 1) + 0.9 * j + 0.013 * j * (number % 5))
                         for j in range(tensor.numel())]).reshape(tensor.shape)
    if name.endswith("norm.weight"):
        value = 0.2 * flat + (0 if gemma else 1)
    elif name.endswith(("lora_A.weight", "lora_B.weight")):
        value = 0.1 * flat
    else:
        value = 0.25 * flat
    with torch.no_grad():
        tensor.copy_(value.to(torch.float32).to(torch.float64))


def facts(gradient):
    flat = gradient.reshape(-1)
    places = torch.arange(len(flat), dtype=torch.float64)
    return [float(flat.norm()), float((flat * torch.cos(places)).sum())]


def loss_of(logits):
    rows = torch.log_softmax(logits[:-1], -1)
    # Tokens after the fifth are learned.
    return -sum(rows[i, IDS[i + 1]] for i in range(5, len(IDS) - 1))


def plain(name):
    return name.replace("base_model.model.", "").replace(".base_layer", "").replace(".default", "")


golden = {}
for title, fields in CONFIGS.items():
    config = AutoConfig.for_model(**fields)
    config._attn_implementation = "eager"
    model = AutoModelForCausalLM.from_config(config, attn_implementation="eager").double().eval()
    gemma = fields["model_type"].startswith("gemma")
    for number, (name, tensor) in enumerate(sorted(model.named_parameters())):
        fill(name, tensor, number, gemma)
    logits = model(torch.tensor([IDS])).logits[0]
    loss = loss_of(logits)
    loss.backward()
    entry = dict(config=fields, ids=IDS, loss=float(loss),
                 logits=[[round(float(x), 9) for x in row[:6]] for row in logits],
                 gradients={name: facts(t.grad) for name, t in model.named_parameters()})
    model.zero_grad()
    lora = get_peft_model(model, LoraConfig(r=2, lora_alpha=8, lora_dropout=0.0,
                                            target_modules=["q_proj", "o_proj", "down_proj"]))
    lora.double().eval()
    adapted = sorted((plain(n), t) for n, t in lora.named_parameters() if "lora_" in n)
    for number, (name, tensor) in enumerate(adapted):
        fill(name, tensor, number, gemma)
    loss = loss_of(lora(torch.tensor([IDS])).logits[0])
    loss.backward()
    entry["lora"] = dict(loss=float(loss), gradients={n: facts(t.grad) for n, t in adapted})
    golden[title] = entry
    print(title, entry["loss"], entry["lora"]["loss"], file=sys.stderr)
json.dump(golden, open(sys.argv[1], "w"), indent=1)
