"""Renders the cases of golden.json with transformers' own template environment, and writes it anew.

pip install transformers==5.24.0 jinja2==3.1.6
python make_golden.py
"""
import json

import jinja2
import transformers
from transformers.utils.chat_template_utils import _compile_jinja_template

golden = json.load(open("golden.json"))


def rendered(template, variables):
    try:
        return {"want": _compile_jinja_template(template).render(**variables)}
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"[:100]}


golden["source"] = f"transformers {transformers.__version__}, jinja2 {jinja2.__version__}"
golden["cases"] = [
    {"template": case["template"], **rendered(case["template"], golden["variables"])} for case in golden["cases"]
]
golden["chats"] = [
    {
        **{key: chat[key] for key in ("model", "conversation", "variables")},
        **rendered(
            golden["models"][chat["model"]],
            {**golden["tokens"], "messages": golden["conversations"][chat["conversation"]], **chat["variables"]},
        ),
    }
    for chat in golden["chats"]
]
json.dump(golden, open("golden.json", "w"), indent=0)
