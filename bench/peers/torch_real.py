"""Training of a real model as its users do it: transformers, PEFT, PyTorch eager or torch.compile.

Answers one JSON object a line. The first sets up: `folder`, `adaptation` (full or lora), `rank`,
`alpha`, `threads`, `learning_rate`, `compile`, `micro_batch_rows` and `rows` (`ids` and `trained` of
each). Each further one names rows for one step, `rows`, and gets `ms`, `loss`, `tokens` (without
padding) and `peak_bytes`. Rows of a micro-batch are padded to the longest and masked.
"""

import json
import resource
import sys
import time

import torch
import transformers


def main():
    setup = json.loads(sys.stdin.readline())
    torch.set_num_threads(setup["threads"])
    torch.manual_seed(0)
    transformers.utils.logging.set_verbosity_error()
    model = transformers.AutoModelForCausalLM.from_pretrained(setup["folder"], dtype=torch.float32)
    model.train()
    if setup["adaptation"] == "lora":
        import peft

        model = peft.get_peft_model(
            model,
            peft.LoraConfig(
                r=setup["rank"], lora_alpha=setup["alpha"], target_modules="all-linear"
            ),
        )
    trained = [weight for weight in model.parameters() if weight.requires_grad]
    optimizer = torch.optim.AdamW(
        trained, lr=setup["learning_rate"], betas=(0.9, 0.95), weight_decay=0.01, fused=True
    )
    forward = torch.compile(model, dynamic=True) if setup["compile"] else model
    rows = setup["rows"]
    size = setup["micro_batch_rows"]
    print(json.dumps({"torch": torch.__version__, "transformers": transformers.__version__}), flush=True)
    for line in sys.stdin:
        names = json.loads(line)["rows"]
        start = time.perf_counter()
        count = sum(sum(rows[name]["trained"][1:]) for name in names)
        total = 0.0
        for at in range(0, len(names), size):
            part = [rows[name] for name in names[at : at + size]]
            longest = max(len(row["ids"]) for row in part)
            ids = torch.zeros(len(part), longest, dtype=torch.int64)
            mask = torch.zeros_like(ids)
            labels = torch.full_like(ids, -100)
            for i, row in enumerate(part):
                length = len(row["ids"])
                ids[i, :length] = torch.tensor(row["ids"])
                mask[i, :length] = 1
                learned = torch.tensor(row["trained"], dtype=torch.bool)
                labels[i, :length] = torch.where(learned, ids[i, :length], -100)
            loss = forward(
                input_ids=ids, attention_mask=mask, labels=labels, num_items_in_batch=count
            ).loss
            loss.backward()
            total += loss.item()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        optimizer.zero_grad()
        answer = {
            "ms": 1000 * (time.perf_counter() - start),
            "loss": total,
            "tokens": sum(len(rows[name]["ids"]) for name in names),
            "peakBytes": 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
        }
        print(json.dumps(answer), flush=True)


main()
