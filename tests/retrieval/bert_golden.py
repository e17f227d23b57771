"""States of a small BertModel for bert_graph_test.ts: python bert_golden.py > bert_golden.json

transformers 5.24, torch 2.13. Weights follow from their place, as in bert_graph_test.ts.
"""
import json
import math

import torch
from transformers import BertConfig, BertModel

CONFIG = dict(
    vocab_size=40, hidden_size=16, num_hidden_layers=2, num_attention_heads=4,
    intermediate_size=24, max_position_embeddings=12, type_vocab_size=2, layer_norm_eps=1e-12,
)
model = BertModel(BertConfig(**CONFIG), add_pooling_layer=False).eval()
with torch.no_grad():
    for place, (name, tensor) in enumerate(sorted(model.state_dict().items())):
        middle = 1.0 if name.endswith("LayerNorm.weight") else 0.0
        values = [middle + 0.4 * math.sin(1.7 * i + place) for i in range(tensor.numel())]
        tensor.copy_(torch.tensor(values, dtype=torch.float64).reshape(tensor.shape))
    rows = [[1, 5, 9, 30, 39, 2], [1, 7, 2]]
    ids = torch.zeros(2, 6, dtype=torch.long)
    mask = torch.zeros(2, 6, dtype=torch.long)
    for i, row in enumerate(rows):
        ids[i, : len(row)] = torch.tensor(row)
        mask[i, : len(row)] = 1
    states = model(input_ids=ids, attention_mask=mask).last_hidden_state
print(json.dumps({
    "config": {**CONFIG, "model_type": "bert", "hidden_act": "gelu"},
    "shapes": {name: list(tensor.shape) for name, tensor in sorted(model.state_dict().items())},
    "rows": rows,
    "states": [states[i, : len(row)].flatten().tolist() for i, row in enumerate(rows)],
}))
