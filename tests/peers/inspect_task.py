"""Evaluates tasks of the lab with inspect_ai, on a model behind the OpenAI protocol, and logs it."""
import json
import sys

from inspect_ai import Task, eval
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import GenerateConfig, get_model
from inspect_ai.scorer import pattern
from inspect_ai.solver import generate, system_message

ANSWER = r"(?:<answer>|\\boxed\{)(.*?)(?:</answer>|\})"

question = json.load(sys.stdin)
samples = [
    Sample(id=task["id"], input=task["question"], target=task["answer"],
           metadata={"benchmark": task["benchmark"]})
    for task in question["tasks"]
]
model = get_model(f"openai-api/potstill/{question['model']}", base_url=question["base_url"],
                  api_key="none", config=GenerateConfig(temperature=0.0))
answer = {}
for form in ("eval", "json"):
    task = Task(dataset=MemoryDataset(samples), name="lab", scorer=pattern(ANSWER),
                solver=[system_message(question["system"]), generate()])
    [log] = eval(task, model=model, log_format=form, log_dir=f"{question['logs']}/{form}",
                 display="none", max_connections=4)
    if log.status != "success":
        raise SystemExit(str(log.error))
    answer[form] = {"accuracy": log.results.scores[0].metrics["accuracy"].value,
                    "location": log.location, "answers": [s.output.completion for s in log.samples]}
print(json.dumps(answer))
