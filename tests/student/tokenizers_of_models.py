"""Tokens, texts and rendered conversations of a tokenizer in transformers.

Reads {"path", "texts", "chats"} from standard input: a Hugging Face folder or a GGUF file, texts, and
conversations as {"messages", "tools", "prompt"}. Prints {"ids", "decoded", "chats"}; a conversation that
the template refuses is null.
"""
import json
import os
import sys

from tokenizers import Tokenizer, pre_tokenizers
from transformers import AutoTokenizer
from transformers.utils import logging

logging.set_verbosity_error()
asked = json.load(sys.stdin)
folder, name = os.path.split(asked["path"])
if name.endswith(".gguf"):
    tokenizer = AutoTokenizer.from_pretrained(folder, gguf_file=name)
    if asked.get("pre") == "smollm":
        # transformers takes GPT-2's for every file; the published tokenizer has each digit by itself.
        steps = [pre_tokenizers.Digits(True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
        tokenizer.backend_tokenizer.pre_tokenizer = pre_tokenizers.Sequence(steps)
    backend = tokenizer.backend_tokenizer
else:
    tokenizer = AutoTokenizer.from_pretrained(asked["path"])
    # As the file says: transformers' own class for Llama 2 puts no space before one that is there.
    backend = Tokenizer.from_file(os.path.join(asked["path"], "tokenizer.json"))


def rendered(chat):
    try:
        return tokenizer.apply_chat_template(
            chat["messages"], tools=chat["tools"], add_generation_prompt=chat["prompt"], tokenize=False
        )
    except Exception:
        return None


ids = [backend.encode(text, add_special_tokens=False).ids for text in asked["texts"]]
json.dump(
    {
        "ids": ids,
        "decoded": [backend.decode(one, skip_special_tokens=False) for one in ids],
        "chats": [rendered(chat) for chat in asked["chats"]] if tokenizer.chat_template else None,
    },
    sys.stdout,
)
