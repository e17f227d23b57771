"""Which modules agents' code may import, and what it is told of the others.

The process is the boundary, not this list: a module is left out because it cannot work here, so that
the agent reads why at once, and not a failure from deep inside.
"""

import importlib.abc
import sys

_NO_NETWORK = "the sandbox has no network"
_NO_PROCESSES = "the sandbox has no processes, users and signals"
_NO_TERMINAL = "the sandbox has no terminal and no window"
_NO_COMPILED_CODE = "the sandbox runs no compiled code of others"
_NO_JAVASCRIPT = "the sandbox has no way to JavaScript"
_NO_PACKAGES = "the sandbox cannot install packages"

_LEFT_OUT = {
    _NO_NETWORK: "antigravity ftplib http.client http.cookiejar http.server imaplib poplib select "
    "selectors smtplib socket socketserver ssl urllib.request urllib.robotparser webbrowser "
    "wsgiref.simple_server xmlrpc",
    _NO_PROCESSES: "concurrent.futures.process faulthandler fcntl grp mmap multiprocessing posix pty "
    "pwd resource signal subprocess syslog",
    _NO_TERMINAL: "bdb cmd code curses getpass idlelib pdb readline rlcompleter termios tkinter tty "
    "turtle turtledemo",
    _NO_COMPILED_CODE: "ctypes",
    _NO_JAVASCRIPT: "js pyodide pyodide_js",
    _NO_PACKAGES: "ensurepip micropip pip venv zipapp",
}
_REASONS = {name: reason for reason, names in _LEFT_OUT.items() for name in names.split()}

#: Cannot be imported by anybody: they would end the process.
_UNAVAILABLE = {
    "ctypes": _NO_COMPILED_CODE,
    "_ctypes": _NO_COMPILED_CODE,
    "js": _NO_JAVASCRIPT,
    "pyodide": _NO_JAVASCRIPT,
    "pyodide_js": _NO_JAVASCRIPT,
    "_pyodide": _NO_JAVASCRIPT,
    "_pyodide_core": _NO_JAVASCRIPT,
}


class Unavailable(importlib.abc.MetaPathFinder):
    """Says why a module that would end the process cannot be imported."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        reason = _UNAVAILABLE.get(name)
        if reason is not None:
            raise ModuleNotFoundError(f"No module named '{name}': {reason}", name=name)


def refusal(name, allowed, packages):
    """What to say of the import of `name`, or None where it may be imported. `allowed`: a list of
    names, or None for the standard library and `packages`."""
    parents = [name]
    while "." in parents[-1]:
        parents.append(parents[-1].rpartition(".")[0])
    if allowed is not None:
        if "*" in allowed or any(parent in allowed for parent in parents):
            return None
        return f" is not allowed. Authorized imports are: {allowed}"
    top = parents[-1]
    if top in packages or any(parent in packages for parent in parents):
        return None
    reason = next((_REASONS[parent] for parent in parents if parent in _REASONS), None)
    if reason is None and top not in sys.stdlib_module_names:
        reason = "it is not installed"
    if reason is None and (not top.startswith("_") or top == "__future__"):
        return None
    reason = reason or "it is a private module"
    names = ", ".join(["Python's standard library", *packages])
    return f" is not allowed: {reason}. Authorized imports are: {names}"
