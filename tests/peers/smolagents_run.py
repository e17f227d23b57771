"""Lets smolagents' CodeAgent solve tasks through a server of Potstill, and gives its memory."""
import json
import sys
import urllib.request

import smolagents
from smolagents import CodeAgent, OpenAIServerModel, Tool

question = json.load(sys.stdin)


class WebSearch(Tool):
    name = "web_search"
    description = "Searches the encyclopaedia and gives the passages that fit the query best."
    inputs = {"query": {"type": "string", "description": "what to search for"}}
    output_type = "string"

    def forward(self, query: str) -> str:
        body = json.dumps({"queries": [query], "topk": 3, "return_scores": True}).encode()
        request = urllib.request.Request(question["retrieve"], body,
                                         {"Content-Type": "application/json"})
        [found] = json.load(urllib.request.urlopen(request))["result"]
        return "\nRetrieved documents:" + "".join(
            f"\n\n===== Document {i + 1}, similarity: {hit['score']:.2f} =====\n"
            + hit["document"]["contents"] for i, hit in enumerate(found))


model = OpenAIServerModel("lab-expert", api_base=question["base_url"], api_key="none",
                          temperature=0.0)
runs = []
for task in question["tasks"]:
    agent = CodeAgent(tools=[WebSearch()], model=model, max_steps=5, verbosity_level=0,
                      **question.get("options", {}))
    answer = agent.run(task["question"])
    runs.append({"id": task["id"], "answer": str(answer), "memory": {
        "question": task["question"], "true_answer": task["answer"], "model_id": "lab-expert",
        "system_prompt": agent.memory.system_prompt.system_prompt,
        "steps": agent.memory.get_full_steps()}})
print(json.dumps({"version": smolagents.__version__, "runs": runs}, default=str))
