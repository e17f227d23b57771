"""What the gguf package's reader finds in a file: metadata, and tensors with their first numbers."""
import json
import sys

from gguf import GGUFReader
from gguf.quants import dequantize

reader = GGUFReader(json.load(sys.stdin)["file"])
print(json.dumps({
    "fields": {name: field.contents() for name, field in reader.fields.items()},
    "tensors": {
        tensor.name: {
            # The reader has the fastest dimension first.
            "shape": [int(size) for size in tensor.shape][::-1],
            "type": tensor.tensor_type.name,
            "first": dequantize(tensor.data, tensor.tensor_type).flatten()[:64].tolist(),
        }
        for tensor in reader.tensors
    },
}))
