#!/usr/bin/env python3
"""Holds the documents to the tree: links lead somewhere, named tests exist, crates are described in one sentence everywhere."""

import re
import sys
from pathlib import Path

root = Path(__file__).resolve().parent.parent
pages = [*root.glob("*.md"), *root.glob("docs/**/*.md"), *root.glob("examples/**/*.md")]
sources = [path for path in root.glob("**/*.rs") if "target" not in path.parts]
wrong = []

for page in pages:
    for link in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text()):
        if "://" not in link and not (page.parent / link).exists():
            wrong.append(f"{page.relative_to(root)}: {link} leads nowhere")

for file, test in set(re.findall(r"`([\w\-/.]+\.rs)::(\w+)`", (root / "docs" / "PROMISES.md").read_text())):
    texts = [path.read_text() for path in sources if str(path).endswith("/" + file)]
    if not any(re.search(rf"fn {test}\b", text) for text in texts):
        wrong.append(f"PROMISES.md: there is no test {file}::{test}")

architecture = (root / "docs" / "ARCHITECTURE.md").read_text()
for manifest in [root / crate / "Cargo.toml" for crate in re.findall(r'^    "([\w/\-]+)",$', (root / "Cargo.toml").read_text(), re.M)]:
    crate = manifest.parent
    sentence = re.search(r'^description = "(.*)"$', manifest.read_text(), re.M)
    if not sentence:
        wrong.append(f"{manifest.relative_to(root)}: no description")
    elif sentence[1] not in architecture:
        wrong.append(f"ARCHITECTURE.md does not say of {crate.relative_to(root)}: {sentence[1]}")

print("\n".join(wrong) or "documents and tree agree")
sys.exit(bool(wrong))
