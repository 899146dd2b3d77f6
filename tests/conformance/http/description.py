"""The description is OpenAPI 3.1, and every example in it is of the schema that it stands beside."""

import json
import sys
from pathlib import Path

import jsonschema_rs
import schemathesis.config

document = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
schemathesis.openapi.from_dict(document, config=schemathesis.config.SchemathesisConfig()).validate()


def examples(value):
    if isinstance(value, dict):
        if "example" in value and "schema" in value:
            yield value["schema"], value["example"]
        for inner in value.values():
            yield from examples(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from examples(inner)


count = 0
for schema, example in examples(document):
    jsonschema_rs.Draft202012Validator({"components": document["components"], **schema}).validate(example)
    count += 1
print(count, "examples")
assert count > 20
