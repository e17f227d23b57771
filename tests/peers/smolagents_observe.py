"""Runs the code of steps in smolagents' own interpreter; the observations as its agent writes them."""
import json
import sys

from smolagents.local_python_executor import LocalPythonExecutor
from smolagents.utils import truncate_content

question = json.load(sys.stdin)
answers = []
for run in question["runs"]:
    executor = LocalPythonExecutor(question["imports"])
    # Searches are answered as they were when the steps were made.
    found = iter(run["searches"])
    executor.send_tools({"web_search": lambda query, found=found: next(found),
                         "final_answer": lambda answer: answer})
    seen = []
    for code in run["codes"]:
        try:
            result = executor(code)
            output, logs, is_final = (
                (result.output, result.logs, result.is_final_answer)
                if hasattr(result, "logs") else result)
            text = f"Execution logs:\n{logs}"
            if not is_final:
                text += "Last output from code snippet:\n" + truncate_content(str(output))
            seen.append({"text": text, "final": str(output) if is_final else None})
        except Exception as error:
            seen.append({"text": str(error), "final": None, "error": True})
    answers.append(seen)
print(json.dumps(answers))
