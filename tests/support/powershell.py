"""What a PowerShell grammar says of a script, where no PowerShell runs."""

import tree_sitter_powershell
from tree_sitter import Language, Node, Parser

POWERSHELL = Parser(Language(tree_sitter_powershell.language()))


def mistakes(text: str) -> list[str]:
    """What a PowerShell grammar does not take, as line and text."""
    found: list[str] = []
    waiting: list[Node] = [POWERSHELL.parse(text.encode()).root_node]
    while waiting:
        node = waiting.pop()
        if node.is_error or node.is_missing:
            found.append(f"line {node.start_point[0] + 1}: {(node.text or b'').decode()[:80]}")
        waiting += node.children
    return found
