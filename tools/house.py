"""Figures of the code: size, names of modules, templates, types, SQL, words to avoid, and imports between the apps.

python -m tools.house            a table
python -m tools.house --graph    folders and their imports as a graph in the DOT language
python -m tools.house --json     the table as JSON, to compare two commits
"""

import argparse
import ast
import io
import json
import re
import sys
import tokenize
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
APPS = ("vipdesk", "staff", "customers", "visits", "feedback", "targets", "outreach")
# What a module may be called in each noun's folder; see CONTRIBUTING.md, "Inside an app".
LAYERS = frozenset(
    {
        *("models", "querysets", "rules", "services", "selectors", "forms", "views", "urls", "admin", "tasks"),
        *("sheets", "hooks", "privacy", "demo", "apps", "__init__"),
    }
)
FRAMEWORK = frozenset({"migrations", "management", "templatetags"})  # folders whose modules Django names
TEMPLATE_WIDTH = 120
RAW_SQL = re.compile(r"\b(?:cursor|owner)\w*\.execute\(|\.raw\(|RawSQL\(|\bcopy_expert\(|\bexecute_values\(")
AVOIDED = re.compile(r"^\| (.+?) \| .+ \|$", re.MULTILINE)


def python_files(*folders: str) -> list[Path]:
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


def is_test(path: Path) -> bool:
    return "tests" in path.parts or path.name == "conftest.py"


def product_files() -> list[Path]:
    return [path for path in python_files(*APPS) if not is_test(path)]


def test_files() -> list[Path]:
    return [path for path in python_files(*APPS) if is_test(path)] + [ROOT / "conftest.py"]


def template_files() -> list[Path]:
    return sorted((ROOT / "templates").rglob("*.html"))


@cache
def lines_of(path: Path) -> tuple[str, ...]:
    return tuple(path.read_text(encoding="utf-8").splitlines())


def count_lines(paths: list[Path]) -> int:
    return sum(len(lines_of(path)) for path in paths)


def modules_without_layer() -> list[Path]:
    """Modules whose own name, and whose folder's name inside the app, is no layer's."""
    return [
        path
        for path in product_files()
        if not FRAMEWORK & set(path.parts)
        and path.stem not in LAYERS
        and not LAYERS & set(path.relative_to(ROOT).parts[1:-1])
    ]


def words_to_avoid() -> list[str]:
    """Single words of the glossary's last table, lower case."""
    table = (ROOT / "docs/glossary.md").read_text(encoding="utf-8").partition("## Words to avoid")[2]
    cells = [cell for row in AVOIDED.findall(table) for cell in row.split(",")]
    return [word for cell in cells if (word := cell.strip()).isalpha() and word != "avoid"]


def words_used(path: Path) -> Counter[str]:
    """Parts of names, and words of comments and docstrings."""
    source = path.read_text(encoding="utf-8")
    used: Counter[str] = Counter()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type in (tokenize.NAME, tokenize.COMMENT):
            used.update(re.findall(r"[a-z]+", token.string.lower()))
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            used.update(re.findall(r"[a-z]+", (ast.get_docstring(node) or "").lower()))
    return used


def imports_of(path: Path) -> Iterator[str]:
    """Modules of the apps that a module imports, by their dotted names."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def folder_of(dotted: str) -> str:
    """`visits.forms.rooms` is of the folder visits/forms, `visits.booking` of visits."""
    parts = dotted.split(".")
    while parts and not (ROOT.joinpath(*parts)).is_dir():
        parts.pop()
    return "/".join(parts)


def edges() -> Counter[tuple[str, str]]:
    """Imports from one folder of the apps to another, counted."""
    counted: Counter[tuple[str, str]] = Counter()
    for path in product_files():
        source = str(path.parent.relative_to(ROOT))
        for dotted in imports_of(path):
            target = folder_of(dotted) if dotted.partition(".")[0] in APPS else ""
            if target and target != source:
                counted[source, target] += 1
    return counted


def figures() -> dict[str, int]:
    product, tests, templates = product_files(), test_files(), template_files()
    template_lines = [line for path in templates for line in lines_of(path)]
    used: Counter[str] = sum((words_used(path) for path in product), Counter())
    return {
        "files of product Python": len(product),
        "lines of product Python": count_lines(product),
        "modules without a layer's name": len(modules_without_layer()),
        "files of tests": len(tests),
        "lines of tests": count_lines(tests),
        "templates": len(templates),
        "lines of templates": len(template_lines),
        "longest template line": max(map(len, template_lines)),
        f"template lines over {TEMPLATE_WIDTH}": sum(len(line) > TEMPLATE_WIDTH for line in template_lines),
        "`Any` in product Python": sum(line.count("Any") for path in product for line in lines_of(path)),
        "raw SQL calls": sum(len(RAW_SQL.findall(line)) for path in product for line in lines_of(path)),
        "imports between folders": edges().total(),
        **{f"“{word}”": used[word] for word in words_to_avoid()},
    }


def graph() -> Iterator[str]:
    """Folders as boxes, a cluster for each app, one arrow for all imports from a folder to another."""
    counted = edges()
    folders = sorted({folder for edge in counted for folder in edge})
    yield "digraph house {\n  rankdir=TB; node [shape=box fontname=sans-serif]; edge [color=gray40];"
    for app in APPS:
        own = " ".join(f'"{folder}";' for folder in folders if folder.split("/")[0] == app)
        yield f'  subgraph "cluster_{app}" {{ label="{app}"; {own} }}'
    yield from (f'  "{source}" -> "{target}" [label={count}];' for (source, target), count in sorted(counted.items()))
    yield "}"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.house", description=__doc__.partition("\n")[0])
    parser.add_argument("--graph", action="store_true", help="folders and imports, in the DOT language")
    parser.add_argument("--json", action="store_true", help="the table as JSON")
    options = parser.parse_args()
    if options.graph:
        sys.stdout.writelines(f"{line}\n" for line in graph())
    elif options.json:
        json.dump(figures(), sys.stdout, indent=1, ensure_ascii=False)
    else:
        sys.stdout.writelines(f"{name:34} {number:>8,}\n" for name, number in figures().items())


if __name__ == "__main__":
    main()
