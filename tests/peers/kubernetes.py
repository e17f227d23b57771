"""Checks a manifest against the schema of Kubernetes, strictly: an unknown field is a problem."""
import json
import sys

import kubernetes_validate

manifest = json.load(sys.stdin)["manifest"]
problem = None
try:
    version = kubernetes_validate.validate(manifest, "1.30", strict=True)
except kubernetes_validate.ValidationError as error:
    problem = f"{error.path}: {error.message}"
print(json.dumps({"problem": problem, "version": "1.30"}))
