"""Writes model.onnx with PyTorch's exporter, and the weights as JSON, to the folder that is named.

Modules are named as in Hugging Face's Qwen2; what they compute does not matter here.
"""

import json
import sys

import torch
import torch.nn as nn
import torch.nn.functional as F

WIDTH, INNER, HEADS, KEY_HEADS, SIZE = 16, 24, 4, 2, 4


class Norm(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.rand(WIDTH) + 0.5)

    def forward(self, x):
        return self.weight * x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6)


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.q_proj = nn.Linear(WIDTH, HEADS * SIZE)
        self.k_proj = nn.Linear(WIDTH, KEY_HEADS * SIZE)
        self.v_proj = nn.Linear(WIDTH, KEY_HEADS * SIZE)
        self.o_proj = nn.Linear(HEADS * SIZE, WIDTH, bias=False)

    def forward(self, x):
        keys, values = self.k_proj(x), self.v_proj(x)
        return self.o_proj(self.q_proj(x) * torch.cat((keys, values), dim=-1))


class FeedForward(nn.Module):
    def __init__(self):
        super().__init__()
        self.gate_proj = nn.Linear(WIDTH, INNER, bias=False)
        self.up_proj = nn.Linear(WIDTH, INNER, bias=False)
        self.down_proj = nn.Linear(INNER, WIDTH, bias=False)

    def forward(self, x):
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.self_attn = Attention()
        self.mlp = FeedForward()
        self.input_layernorm = Norm()
        self.post_attention_layernorm = Norm()

    def forward(self, x):
        x = x + self.self_attn(self.input_layernorm(x))
        return x + self.mlp(self.post_attention_layernorm(x))


class Body(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed_tokens = nn.Embedding(50, WIDTH)
        self.layers = nn.ModuleList([Layer(), Layer()])
        self.norm = Norm()

    def forward(self, ids):
        x = self.embed_tokens(ids)
        for layer in self.layers:
            x = layer(x)
        return self.norm(x)


class Student(nn.Module):
    def __init__(self):
        super().__init__()
        self.model = Body()
        self.lm_head = nn.Linear(WIDTH, 50, bias=False)

    def forward(self, input_ids):
        return self.lm_head(self.model(input_ids))


folder = sys.argv[1]
torch.manual_seed(0)
student = Student().eval()
torch.onnx.export(
    student,
    (torch.zeros(1, 3, dtype=torch.long),),
    f"{folder}/model.onnx",
    input_names=["input_ids"],
    output_names=["logits"],
    opset_version=14,
)
weights = {name: value.flatten().tolist() for name, value in student.named_parameters()}
with open(f"{folder}/weights.json", "w") as file:
    json.dump(weights, file)
