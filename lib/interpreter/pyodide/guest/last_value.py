"""Makes the last statement of a step leave its value, as smolagents does."""

import ast

from tool_names import at

#: The name that the value is bound to.
LAST = "__last_value__"
#: The function that is called with the values of statements in an `if` or `for`.
KEEP = "__keep_value__"
_ASSIGNED, _INDEX = "__assigned__", "__index__"
#: Names that a step leaves beside them.
TEMPORARY = (_ASSIGNED, _INDEX)


def _name(name, context, like):
    return at(ast.Name(name, context), like)


def record_last(body, optional):
    """Rewrites statements so that the value of the last, an expression or an assignment, also as the
    last of an `if` or `for`, is bound to `LAST`. `optional`: only if it is not None, for every
    statement and not only the last."""
    out = []
    for index, node in enumerate(body):
        if not optional and index < len(body) - 1:
            out.append(node)
        elif isinstance(node, ast.Expr):
            out.append(_store(node.value, node, optional))
        elif isinstance(node, ast.Assign):
            targets = [_name(_ASSIGNED, ast.Store(), node)] + node.targets
            out.append(at(ast.Assign(targets, node.value), node))
            out.append(_store(_name(_ASSIGNED, ast.Load(), node), node, optional))
        elif isinstance(node, ast.AugAssign) or isinstance(node, ast.AnnAssign) and node.value:
            out += _record_update(node, optional)
        elif isinstance(node, (ast.If, ast.For)):
            node.body = record_last(node.body, True)
            node.orelse = record_last(node.orelse, True)
            out.append(node)
        else:
            out.append(node)
    return out


def _record_update(node, optional):
    """`target op= value`: evaluates the target's parts once, then reads the target again."""
    target = node.target
    before = []
    if isinstance(target, (ast.Attribute, ast.Subscript)):
        owner = _name(_ASSIGNED, ast.Store(), node)
        before.append(at(ast.Assign([owner], target.value), node))
        target.value = _name(_ASSIGNED, ast.Load(), node)
    if isinstance(target, ast.Subscript):
        index = _name(_INDEX, ast.Store(), node)
        before.append(at(ast.Assign([index], target.slice), node))
        target.slice = _name(_INDEX, ast.Load(), node)
        load = ast.Subscript(target.value, target.slice, ast.Load())
    elif isinstance(target, ast.Attribute):
        load = ast.Attribute(target.value, target.attr, ast.Load())
    else:
        load = ast.Name(target.id, ast.Load())
    return before + [node, _store(at(load, node), node, optional)]


def _store(value, like, optional):
    if optional:
        call = ast.Call(_name(KEEP, ast.Load(), like), [value], [])
        return at(ast.Expr(call), like)
    return at(ast.Assign([_name(LAST, ast.Store(), like)], value), like)
