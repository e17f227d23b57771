"""Reads a step so that the names of tools mean the tools.

Whatever a step binds a tool's name to (a function, class, import, loop variable), a call by that name
is a call of the tool, except in a scope that has a variable of its own of this name. Values that are
assigned to `final_answer` are the answer, where the step does not call it. A handler of every exception
lets the end of the step pass.
"""

import ast

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_ASSIGNMENTS = (ast.Assign, ast.AugAssign, ast.AnnAssign)
ANSWER = "final_answer"


#: Bound to the exception that ends a step.
END_OF_STEP = "__end_of_step__"


def hidden_name(tool):
    """The name under which the tool is found, whatever its own name is bound to."""
    return f"__tool_{tool}__"


def read_tools(tree, tools):
    """Rewrites `tree`. Gives it and whether the value of `final_answer` after the step is the answer.
    `tools`: all names, `final_answer` among them."""
    reader = _Reader(tools, _assigns_plainly(tree))
    tree = reader.visit(tree)
    return tree, reader.answer_assigned and not reader.answer_called


def _assigns_plainly(tree):
    """Whether `final_answer` gets a value that does not depend on its value before."""
    return any(
        isinstance(node, ast.Name) and node.id == ANSWER and isinstance(node.ctx, ast.Store)
        for statement in ast.walk(tree)
        if not isinstance(statement, ast.AugAssign)
        for node in ast.iter_child_nodes(statement)
    )


def _bound_names(body, names):
    """Those of `names` that the statements bind in their own scope."""
    bound, declared = set(), set()
    queue = list(body)
    while queue:
        node = queue.pop()
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            bound.add(node.id)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            bound.add(node.name)
            continue
        elif isinstance(node, ast.Lambda):
            continue
        elif isinstance(node, _COMPREHENSIONS):
            queue += [n.target for n in ast.walk(node) if isinstance(n, ast.NamedExpr)]
            continue
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            bound.update(alias.asname or alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)):
            bound.add(node.name)
        elif isinstance(node, ast.MatchMapping):
            bound.add(node.rest)
        elif isinstance(node, (ast.Global, ast.Nonlocal)):
            declared.update(node.names)
        queue += ast.iter_child_nodes(node)
    return (bound - declared) & names


def _parameters(arguments):
    every = arguments.posonlyargs + arguments.args + arguments.kwonlyargs
    return {a.arg for a in [*every, arguments.vararg, arguments.kwarg] if a is not None}


class _Reader(ast.NodeTransformer):
    def __init__(self, tools, plain):
        self.tools = frozenset(tools)
        self.plain = plain
        self.answer_assigned = False
        self.answer_called = False
        #: Names that mean a variable of a function here; a class's own are not seen in its methods.
        self.local = self.functions = frozenset()

    def _within(self, node, local, functions):
        before = self.local, self.functions
        self.local, self.functions = local, functions
        node = self.generic_visit(node)
        self.local, self.functions = before
        return node

    def _visit_function(self, node):
        body = [node.body] if isinstance(node, ast.Lambda) else node.body
        own = _bound_names(body, self.tools) | (_parameters(node.args) & self.tools)
        local = self.functions | own
        return self._within(node, local, local)

    visit_FunctionDef = visit_AsyncFunctionDef = visit_Lambda = _visit_function

    def visit_ClassDef(self, node):
        local = self.functions | _bound_names(node.body, self.tools)
        return self._within(node, local, self.functions)

    def _visit_comprehension(self, node):
        targets = [generator.target for generator in node.generators]
        local = self.local | _bound_names(targets, self.tools)
        return self._within(node, local, self.functions | local)

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _visit_comprehension

    def _is_tool(self, node):
        return isinstance(node, ast.Name) and node.id in self.tools and node.id not in self.local

    def visit_Call(self, node):
        node = self.generic_visit(node)
        if self._is_tool(node.func):
            self.answer_called |= node.func.id == ANSWER
            node.func = at(ast.Name(hidden_name(node.func.id), ast.Load()), node.func)
        return node

    def _visit_assignment(self, node):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        names = [
            n.id
            for target in targets
            for n in ast.walk(target)
            if self._is_tool(n) and isinstance(n.ctx, ast.Store)
        ]
        if isinstance(node, _ASSIGNMENTS) and any(
            self._is_tool(t) and t.id == ANSWER for t in targets
        ):
            self.answer_assigned |= node.value is not None
        refused = [n for n in names if n != ANSWER]
        if isinstance(node, ast.AugAssign) and ANSWER in names and not self.plain:
            refused.append(ANSWER)
        return self._refusal(node, "__refuse_name__", refused)

    visit_Assign = visit_AugAssign = visit_AnnAssign = visit_For = _visit_assignment

    def visit_Delete(self, node):
        return self._refusal(node, "__refuse_del__", [t.id for t in node.targets if self._is_tool(t)])

    def visit_Try(self, node):
        node = self.generic_visit(node)
        if any(_catches_all(handler) for handler in node.handlers):
            end = ast.ExceptHandler(ast.Name(END_OF_STEP, ast.Load()), None, [ast.Raise()])
            node.handlers.insert(0, at(end, node.handlers[0]))
        return node

    def _refusal(self, node, function, names):
        """The statement, after a call that raises where it would take a tool away."""
        node = self.generic_visit(node)
        if not names:
            return node
        call = ast.Call(ast.Name(function, ast.Load()), [ast.Constant(names[0])], [])
        return [at(ast.Expr(call), node), node]


def _catches_all(handler):
    if handler.type is None:
        return True
    names = (n.id for n in ast.walk(handler.type) if isinstance(n, ast.Name))
    return "BaseException" in names


def at(node, like):
    """`node` with the place in the code of `like`."""
    return ast.fix_missing_locations(ast.copy_location(node, like))
