"""Runs an agent's code inside the interpreter process, with the texts that trained agents know.

`prepare(modules)` is called once, before the memory image is taken. `start(config)` builds an
agent's namespace; `run(code)` runs one step in it. These two take and give bytes, so that the host
needs nothing of Python but two calls. Nothing here is a boundary: the agent's code can reach and
change all of it, to its own harm only.
"""

import ast
import asyncio
import builtins
import gc
import importlib
import io
import json
import math
import os
import random
import sys
import time
import types
import warnings

import error_texts
import sandbox_loop
import standard_imports
from last_value import KEEP, LAST, TEMPORARY, record_last
from package_warm_up import warm_up
from tool_names import ANSWER, END_OF_STEP, hidden_name, read_tools


class InterpreterError(ValueError):
    """An error that the interpreter raises itself; agents know it by this name."""


class _ImportNotAllowed(InterpreterError, ImportError):
    pass


_ImportNotAllowed.__name__ = _ImportNotAllowed.__qualname__ = "InterpreterError"


class _FinalAnswer(BaseException):
    """Ends the step. Not an Exception, so that `except Exception` does not swallow it."""


class _Logs(io.TextIOBase):
    """Keeps the first and the last half of what is printed."""

    def __init__(self, limit):
        self.limit = limit
        self.half = limit // 2
        self.clear()

    def clear(self):
        self.head = []
        self.head_size = 0
        self.tail = []
        self.tail_size = 0
        self.size = 0

    def writable(self):
        return True

    def write(self, text):
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        written = len(text)
        self.size += written
        room = self.limit - self.head_size
        if room > 0:
            part = text[:room]
            self.head.append(part)
            self.head_size += len(part)
        if written > self.limit:
            text = text[-self.limit :]
        self.tail.append(text)
        self.tail_size += len(text)
        if self.tail_size > 4 * self.limit + 4096:
            kept = "".join(self.tail)[-self.limit :]
            self.tail = [kept]
            self.tail_size = len(kept)
        return written

    def text(self):
        head = "".join(self.head)
        if self.size <= self.limit:
            return head
        return head[: self.half] + _cut_mark(self.limit) + "".join(self.tail)[-self.half :]


def _cut_mark(limit):
    return f"\n..._This content has been truncated to stay below {limit} characters_...\n"


def _cut(text, limit):
    if len(text) <= limit:
        return text
    return text[: limit // 2] + _cut_mark(limit) + text[-(limit // 2) :]


class _State:
    """What one agent's run knows about itself."""

    namespace = None
    builtins = None
    logs = None
    tool_names = (ANSWER,)
    config = None
    final = None  # (value,) once final_answer was called in this step
    step = 0


_state = _State()
_FILE = "<step>"
MAX_ANSWER_CHARS = 1_000_000


def _guest_import(name, globals=None, locals=None, fromlist=(), level=0):
    # Functions in C, such as time.strptime, import what they need with this list.
    if level == 0 and not isinstance(fromlist, list):
        config = _state.config
        refusal = standard_imports.refusal(name, config["imports"], config["packages"])
        if refusal is not None:
            word = "from" if fromlist else "of"
            raise _ImportNotAllowed(f"Import {word} {name}{refusal}")
    return builtins.__import__(name, globals, locals, fromlist, level)


def _refuse_name(name):
    raise InterpreterError(
        f"Cannot assign to name '{name}': doing this would erase the existing tool!"
    )


def _refuse_del(name):
    if name not in _state.namespace:
        raise InterpreterError(f"Cannot delete name '{name}': it is a tool.")


def _final_answer(answer=None):
    if _state.final is None:
        _state.final = (answer,)
    raise _FinalAnswer


_final_answer.__name__ = _final_answer.__qualname__ = "final_answer"


def _jsonable(value, depth=0):
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        return int(value) if abs(value) <= 2**53 else str(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else str(value)
    if depth < 20:
        if isinstance(value, (list, tuple, set, frozenset)):
            return [_jsonable(v, depth + 1) for v in value]
        if isinstance(value, dict):
            return {str(k): _jsonable(v, depth + 1) for k, v in value.items()}
    return str(value)


_HOST = 3  # the device /dev/tools, open before Python starts
# Held here, so that code that patches these modules still gets its results.
_write, _read = os.write, os.read
_to_json, _from_json = json.JSONEncoder().encode, json.JSONDecoder().decode


def _ask_host(request):
    """Sends bytes to the host and waits for the answer."""
    _write(_HOST, request)
    return _read_exactly(int.from_bytes(_read_exactly(4), "little"))


def _sleep(seconds, /):
    """Suspend execution for the given number of seconds."""
    if not isinstance(seconds, (int, float)) and not hasattr(seconds, "__index__"):
        raise TypeError(
            f"'{type(seconds).__name__}' object cannot be interpreted as an integer"
        )
    if seconds < 0:
        raise ValueError("sleep length must be non-negative")
    _ask_host(b"z" + repr(float(seconds)).encode())


_sleep.__name__ = _sleep.__qualname__ = "sleep"


def _read_exactly(size):
    parts = []
    while size:
        part = _read(_HOST, size)
        if not part:
            raise InterpreterError("The connection to the tools was closed.")
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _make_tool(spec):
    name = spec["name"]
    names = [p["name"] for p in spec["parameters"]]

    def tool(*args, **kwargs):
        if len(args) > len(names):
            raise TypeError(
                f"{name}() takes {len(names)} arguments but {len(args)} were given"
            )
        values = dict(zip(names, args))
        for key, value in kwargs.items():
            if key not in names:
                raise TypeError(f"{name}() got an unexpected keyword argument '{key}'")
            if key in values:
                raise TypeError(f"{name}() got multiple values for argument '{key}'")
            values[key] = value
        arguments = []
        for parameter in spec["parameters"]:
            key = parameter["name"]
            if key in values:
                value = _jsonable(values[key])
                _check_type(name, parameter, values[key])
            elif "default" in parameter:
                value = parameter["default"]
            else:
                raise TypeError(f"{name}() missing 1 required positional argument: '{key}'")
            arguments.append(value)
        request = {"name": name, "arguments": arguments}
        reply = _from_json(_ask_host(_to_json(request).encode()).decode())
        if "error" in reply:
            raise InterpreterError(reply["error"])
        return reply["value"]

    tool.__name__ = tool.__qualname__ = name
    tool.__doc__ = spec["description"]
    return tool


_TYPES = {
    "string": ((str,), "a string"),
    "integer": ((int,), "an integer"),
    "number": ((int, float), "a number"),
    "boolean": ((bool,), "True or False"),
}


def _check_type(tool, parameter, value):
    if parameter["type"] not in _TYPES or (value is None and parameter.get("default", 0) is None):
        return
    types_, words = _TYPES[parameter["type"]]
    if not isinstance(value, types_) or (
        isinstance(value, bool) and parameter["type"] in ("integer", "number")
    ):
        raise TypeError(
            f"{tool}() argument '{parameter['name']}' must be {words}, not {type(value).__name__}"
        )


def unpack(archives, folder):
    """Unpacks wheels with compiled code, which is loaded from files."""
    for archive in archives:
        importlib.import_module("zipfile").ZipFile(archive).extractall(folder)
    # The folder was looked at before; its time, which would tell, is fixed while Python starts.
    importlib.invalidate_caches()


def prepare(modules, packages):
    """Loads what agents use, and leaves the addresses of the two functions for the host."""
    for name in modules:
        importlib.import_module(name)
    for package in packages:
        warm_up(package)
    sys.meta_path.insert(0, standard_imports.Unavailable)
    # Remarks on the code are none of its output.
    warnings.simplefilter("ignore", SyntaxWarning)
    asyncio.events._set_event_loop_policy(sandbox_loop.Policy())
    time.sleep = _sleep
    sys.last_exc = None
    with open("/tmp/pointers.json", "w") as file:
        json.dump({"start": id(start), "run": id(run)}, file)
    gc.collect()
    gc.freeze()


def start(config):
    """Builds a fresh namespace. `config`: imports, packages, maxLogChars, maxOutputChars, tools."""
    _state.config = json.loads(config)
    _state.logs = _Logs(_state.config["maxLogChars"])
    sys.stdout = sys.stderr = _state.logs
    random.seed(_state.config["seed"])
    sys.setrecursionlimit(_state.config["recursionLimit"])
    names = dict(vars(builtins))
    names["__import__"] = _guest_import
    # Names that agents trained with smolagents use without an import.
    for name in "ceil floor log exp sin cos tan asin acos atan atan2 degrees radians sqrt".split():
        names[name] = getattr(math, name)
    names["final_answer"] = _final_answer
    names[END_OF_STEP] = _FinalAnswer
    names["__refuse_name__"] = _refuse_name
    names["__refuse_del__"] = _refuse_del
    for spec in _state.config["tools"]:
        names[spec["name"]] = _make_tool(spec)
    _state.tool_names = (ANSWER, *[spec["name"] for spec in _state.config["tools"]])
    for name in _state.tool_names:
        names[hidden_name(name)] = names[name]
    _state.builtins = names
    module = types.ModuleType("__main__")
    sys.modules["__main__"] = module
    _state.namespace = module.__dict__
    return b"d"


def _first_place(error):
    """Line and column in the step's code where the outermost call that led to `error` begins."""
    tb = error.__traceback__
    while tb is not None:
        code = tb.tb_frame.f_code
        if code.co_filename == _FILE:
            line, _, column, _ = list(code.co_positions())[tb.tb_lasti // 2]
            return (line or tb.tb_lineno, column or 0)
        tb = tb.tb_next
    return None


def _statement_at(tree, code, place):
    """The source of the statement of a step that begins last before `place`."""
    chosen = tree.body[0] if tree.body else None
    for node in tree.body:
        first = min([node, *getattr(node, "decorator_list", ())], key=lambda part: part.lineno)
        if place is not None and (first.lineno, first.col_offset) <= place:
            chosen = node
    return (ast.get_source_segment(code, chosen) or "") if chosen is not None else ""


def _syntax_text(error):
    return (
        f"Code parsing failed on line {error.lineno or 1} due to: {type(error).__name__}: {error}\n"
        f"{error.text or ''}{' ' * (error.offset or 0)}^"
    )


def run(code):
    """Runs one step. Gives logs, output, error, isFinal, finalAnswer, truncated."""
    state = _state
    logs = state.logs
    logs.clear()
    state.final = None
    state.step += 1
    result = {"logs": "", "output": None, "error": None, "isFinal": False, "finalAnswer": None}
    result["statement"] = None
    value = None
    try:
        source = code.decode()
        try:
            tree = ast.parse(source, "<unknown>")
            assigned = False
            if any(name in source for name in ("except", *state.tool_names)):
                tree, assigned = read_tools(tree, state.tool_names)
            tree.body = record_last(tree.body, False)
            compiled = compile(ast.fix_missing_locations(tree), _FILE, "exec")
        except SyntaxError as error:
            if error.filename == _FILE:
                error.filename = "<unknown>"
            result["error"] = {"kind": "syntax", "message": _syntax_text(error)}
        except (ValueError, RecursionError, MemoryError) as error:
            text = f"Code parsing failed on line 1 due to: {type(error).__name__}: {error}"
            result["error"] = {"kind": "syntax", "message": text}
        else:
            # Code may have cleared its globals, or left the output in the hands of an object of its own.
            names = state.namespace["__builtins__"] = state.builtins
            sys.stdout = sys.stderr = logs

            def keep(value):
                if value is not None:
                    state.namespace[LAST] = value

            names[KEEP] = keep
            state.namespace[LAST] = None
            try:
                exec(compiled, state.namespace)
                value = state.namespace.pop(LAST, None)
                answer = state.namespace.get(ANSWER) if assigned else None
                if answer is not None and state.final is None:
                    state.final = (answer,)
            except _FinalAnswer:
                pass
            except BaseException as error:
                if state.final is None:
                    original = ast.parse(source, "<unknown>")
                    statement = _statement_at(original, source, _first_place(error))
                    result["statement"] = statement
                    text = error_texts.describe(error, original, _FILE)
                    result["error"] = {
                        "kind": "memory" if isinstance(error, MemoryError) else "execution",
                        "message": f"Code execution failed at line '{statement}' due to: {text}",
                    }
                error.__traceback__ = None
            state.namespace.pop(LAST, None)
            for name in (*TEMPORARY, *state.tool_names):
                state.namespace.pop(name, None)
        if state.final is not None:
            value = state.final[0]
            result["isFinal"] = True
        if result["error"] is None:
            try:
                text = None if value is None and not result["isFinal"] else str(value)
                if result["isFinal"]:
                    if len(text) > MAX_ANSWER_CHARS:
                        raise InterpreterError(
                            f"The final answer has {len(text)} characters, more than the "
                            f"{MAX_ANSWER_CHARS} that it may have: give a shorter one."
                        )
                    result["finalAnswer"] = text
                result["output"] = None if value is None else text
            except BaseException as error:
                where = "final_answer(...)" if result["isFinal"] else "str(...)"
                result["isFinal"] = False
                result["finalAnswer"] = result["output"] = None
                result["error"] = {
                    "kind": "execution",
                    "message": f"Code execution failed at line '{where}' due to: "
                    f"{type(error).__name__}: {error}",
                }
    except BaseException as error:
        result["error"] = {"kind": "execution", "message": f"{type(error).__name__}: {error}"}
    result["truncated"] = logs.size > logs.limit
    result["logs"] = logs.text()
    limit = state.config["maxOutputChars"]
    if result["output"] is not None and len(result["output"]) > limit:
        result["output"] = _cut(result["output"], limit)
        result["truncated"] = True
    if result["error"] is not None:
        result["error"]["message"] = _cut(result["error"]["message"], limit)
    if result["statement"] is not None:
        result["statement"] = _cut(result["statement"], limit)
    logs.clear()
    state.final = None
    flag = b"m" if result["error"] and result["error"]["kind"] == "memory" else b"d"
    return flag + _to_json(result).encode()
