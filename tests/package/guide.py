"""The commands of docs/install.md, so that the page alone is what is tried.

Blocks marked `sh` are the installation, in their order. Other marks name blocks for later: reload, upgrade, remove.
Blocks without a mark are not run.
"""
import dataclasses
import re


@dataclasses.dataclass
class Block:
    heading: str
    mark: str
    commands: str


def blocks(text):
    heading, found = "", []
    for match in re.finditer(r"^#+ ([^\n]+)$|^```(\w+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        if match[1]:
            heading = match[1]
        else:
            found.append(Block(heading, match[2], match[3]))
    return found


def only(found, mark):
    matching = [block for block in found if block.mark == mark]
    if len(matching) != 1:
        raise ValueError(f"docs/install.md has {len(matching)} blocks marked {mark}, not one")
    return matching[0]
