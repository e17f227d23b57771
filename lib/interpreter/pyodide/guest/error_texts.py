"""Says an uncaught exception in the words that agents trained with smolagents know.

smolagents walks the syntax tree and raises an InterpreterError of its own where CPython raises a
NameError, a KeyError and so on. Code sees CPython's exceptions; only the text that the agent is
shown is smolagents'.
"""

import ast
import difflib

_NO_FUNCTION = (
    "It is not permitted to evaluate other functions than the provided tools or functions "
    "defined/imported in previous code (tried to execute {})."
)


def describe(error, tree, file):
    """The text after `due to:`. `tree`: the step's code as written; `file`: its file name."""
    try:
        text = _special(error, *_failing(error, tree, file))
    except Exception:
        text = None
    if text:
        return f"InterpreterError: {text}"
    if type(error) is AssertionError and not error.args:
        return _assertion_text(error, tree, file)
    return f"{type(error).__name__}: {_text(error)}"


def _text(error):
    try:
        return str(error)
    except Exception:
        return "<exception str() failed>"


def _assertion_text(error, tree, file):
    line = _place(error, file).tb_lineno
    for node in ast.walk(tree):
        if isinstance(node, ast.Assert) and node.lineno <= line <= node.end_lineno:
            return f"AssertionError: Assertion failed: {ast.unparse(node.test)}"
    return "AssertionError: "


def _special(error, nodes, frame):
    """smolagents' text, or None where it shows the exception itself."""
    kind = type(error)
    if kind is NameError and error.name:
        functions = [n for n in nodes if isinstance(n, ast.Name) and n.id == error.name]
        if _is_called(functions, frame[0]):
            return _NO_FUNCTION.format(error.name)
        return f"The variable `{error.name}` is not defined."
    if kind is ImportError and getattr(error, "name_from", None):
        return f"Module {error.name} has no attribute {error.name_from}"
    if kind is AttributeError and error.name is not None:
        functions = [n for n in nodes if isinstance(n, ast.Attribute) and n.attr == error.name]
        if _is_called(functions, frame[0]):
            return f"Object {error.obj} has no attribute {error.name}"
    if kind in (KeyError, IndexError, TypeError):
        for node in nodes:
            if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
                return _index_text(error, node, frame)
    if kind is ValueError and "values to unpack" in str(error):
        return "Cannot unpack tuple of wrong size"
    if kind is TypeError and str(error).startswith("cannot unpack non-iterable"):
        return "Cannot unpack non-tuple value"
    return None


def _is_called(functions, tree):
    return any(isinstance(n, ast.Call) and n.func in functions for n in ast.walk(tree))


def _index_text(error, node, frame):
    value = _evaluate(node.value, frame)
    index = _evaluate(node.slice, frame)
    text = f"Could not index {value} with '{index}': {type(error).__name__}: {error}"
    if isinstance(index, str) and isinstance(value, dict):
        close = difflib.get_close_matches(index, [k for k in value if isinstance(k, str)])
        if close:
            text += f". Maybe you meant one of these indexes instead: {close}"
    return text


_PLAIN = (int, float, str, bool, list, tuple, dict)


def _evaluate(node, frame):
    """The value of an expression that has no side effect. Raises for any other."""
    tree, names = frame
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Name):
        for space in names:
            if node.id in space:
                return space[node.id]
        raise KeyError(node.id)
    if isinstance(node, (ast.Tuple, ast.List)):
        values = [_evaluate(n, frame) for n in node.elts]
        return tuple(values) if isinstance(node, ast.Tuple) else values
    if isinstance(node, ast.Dict) and None not in node.keys:
        keys, values = [[_evaluate(n, frame) for n in part] for part in (node.keys, node.values)]
        return dict(zip(keys, values))
    if isinstance(node, ast.Slice):
        parts = [node.lower, node.upper, node.step]
        return slice(*[None if n is None else _evaluate(n, frame) for n in parts])
    if isinstance(node, ast.Subscript):
        value = _evaluate(node.value, frame)
        if type(value) in _PLAIN:
            return value[_evaluate(node.slice, frame)]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        value = _evaluate(node.operand, frame)
        if type(value) in (int, float):
            return -value
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub, ast.Mod)):
        left, right = _evaluate(node.left, frame), _evaluate(node.right, frame)
        if type(left) in (int, float) and type(right) in (int, float):
            if isinstance(node.op, ast.Add):
                return left + right
            return left - right if isinstance(node.op, ast.Sub) else left % right
    raise ValueError("not a plain expression")


def _failing(error, tree, file):
    """The expressions at the place in the step's code where `error` came up, and that place's
    syntax tree and names."""
    place = _place(error, file)
    code = place.tb_frame.f_code
    line, end_line, column, end_column = list(code.co_positions())[place.tb_lasti // 2]
    nodes = [
        node
        for node in ast.walk(tree)
        if getattr(node, "lineno", None) == line
        and node.end_lineno == end_line
        and (node.col_offset, node.end_col_offset) == (column, end_column)
    ]
    frame = place.tb_frame
    return nodes, (tree, (frame.f_locals, frame.f_globals, frame.f_builtins))


def _place(error, file):
    """The innermost part of the traceback that is in the step's own code."""
    place = None
    tb = error.__traceback__
    while tb is not None:
        if tb.tb_frame.f_code.co_filename == file:
            place = tb
        tb = tb.tb_next
    return place
