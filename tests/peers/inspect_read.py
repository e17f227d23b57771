"""The one log of a folder as inspect_ai lists and reads it."""
import json
import sys

from inspect_ai.log import list_eval_logs, read_eval_log

question = json.load(sys.stdin)
[info] = list_eval_logs(question["folder"])
log = read_eval_log(info.name)
print(json.dumps({
    "status": log.status,
    "model": log.eval.model,
    "accuracy": log.results.scores[0].metrics["accuracy"].value,
    "samples": [
        {"id": sample.id, "epoch": sample.epoch, "completion": sample.output.completion,
         "messages": [[message.role, message.text] for message in sample.messages],
         "value": sample.scores["verdict"].value, "answer": sample.scores["verdict"].answer}
        for sample in log.samples
    ],
}))
