"""Runs language_cases.txt and library_cases.txt with this Python and writes what it gave to
language_cases.json and library_cases.json.

    python3 tests/interpreter/data/make_language_cases.py

A case is `### name` and its steps, which `---` separates and which share one namespace. Of each step
the prints, the value of the last statement (an expression or an assignment) as text, and the type and
text of an uncaught exception are kept.
"""

import ast
import contextlib
import io
import json
import pathlib
import platform

FOLDER = pathlib.Path(__file__).parent


def run(code, namespace):
    tree = ast.parse(code)
    last = tree.body[-1] if tree.body else None
    if isinstance(last, ast.Expr):
        tree.body[-1] = ast.copy_location(
            ast.Assign([ast.Name("_last", ast.Store())], last.value), last
        )
    elif isinstance(last, ast.Assign):
        last.targets.insert(0, ast.Name("_last", ast.Store()))
    elif isinstance(last, ast.AugAssign):
        load = ast.Name(last.target.id, ast.Load())
        tree.body.append(ast.Assign([ast.Name("_last", ast.Store())], load))
    namespace.pop("_last", None)
    logs = io.StringIO()
    error = None
    with contextlib.redirect_stdout(logs):
        try:
            exec(compile(ast.fix_missing_locations(tree), "<step>", "exec"), namespace)
        except Exception as e:
            error = {"type": type(e).__name__, "text": str(e)}
    value = namespace.pop("_last", None)
    output = None if error or value is None else str(value)
    return {"code": code, "logs": logs.getvalue(), "output": output, "error": error}


def make(name_of_file):
    cases = []
    for part in (FOLDER / f"{name_of_file}.txt").read_text().split("### ")[1:]:
        name, _, body = part.partition("\n")
        namespace = {"__name__": "__main__"}
        steps = [run(code.strip("\n"), namespace) for code in body.split("\n---\n")]
        cases.append({"name": name, "steps": steps})
    result = {"python": platform.python_version(), "cases": cases}
    (FOLDER / f"{name_of_file}.json").write_text(json.dumps(result, indent=1) + "\n")
    print(len(cases), "cases")


if __name__ == "__main__":
    for name_of_file in ("language_cases", "library_cases"):
        make(name_of_file)
