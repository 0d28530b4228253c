"""The documents in docs/ stand where the code names them, with the sections, clauses and classes it names."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings

pytestmark = pytest.mark.check
ROOT = Path(settings.BASE_DIR)
FOLDERS = ("vipdesk", "staff", "customers", "visits", "feedback", "targets", "outreach", "bench")
DOCUMENT = re.compile(r"\b([\w/-]+\.md)\b(?:[,:] \"([^\"]+)\"|[,:] `([^`]+)`)?")
CLAUSE = re.compile(r"\b([ADSTG])(\d{1,2})\b")
CLAUSES_IN_DOMAIN = re.compile(r"^\| ([ADSTG]\d+)(?: ([ADSTG]\d+))? \|", re.MULTILINE)


def texts_of(path: Path) -> Iterator[str]:
    """Docstrings and comments, each on one line."""
    source = path.read_text()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield " ".join((ast.get_docstring(node) or "").split())
    comments = (
        token for token in tokenize.generate_tokens(io.StringIO(source).readline) if token.type == tokenize.COMMENT
    )
    yield " ".join(token.string.lstrip("# ") for token in comments)


@cache
def texts() -> list[tuple[str, str]]:
    files = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))]
    return [(str(path.relative_to(ROOT)), text) for path in files for text in texts_of(path) if text]


@cache
def sections_of(document: Path) -> str:
    """Headings, terms in bold and commands of a document."""
    text = document.read_text()
    return "\n".join(re.findall(r"^#+ .+$|\*\*[^*\n]+\*\*|^- \w[^.:\n`]+|`[^`\n]+`", text, re.MULTILINE))


def document_of(name: str) -> Path | None:
    return next((path for path in (ROOT / name, ROOT / "docs" / name) if path.is_file()), None)


def test_every_document_and_section_that_the_code_names_exists() -> None:
    missing = []
    for path, text in texts():
        for name, quoted, code in DOCUMENT.findall(text):
            document = document_of(name)
            section = quoted or code
            if document is None or section not in sections_of(document):
                missing.append(f"{path}: {name} {section}".strip())
    assert missing == []


def test_every_clause_that_the_code_names_is_in_the_domain() -> None:
    known = {clause for row in CLAUSES_IN_DOMAIN.findall((ROOT / "docs/domain.md").read_text()) for clause in row}
    unknown = {
        f"{path}: {letter}{number}"
        for path, text in texts()
        for letter, number in CLAUSE.findall(text.replace("A6", ""))  # the size of paper
        if f"{letter}{number}" not in known
    }
    assert sorted(unknown) == []


def test_every_model_that_the_glossary_names_exists() -> None:
    named = set(re.findall(r"`([A-Z][a-z]\w+)[.`(]", (ROOT / "docs/glossary.md").read_text()))
    assert named and named <= {model.__name__ for model in apps.get_models()}


@pytest.mark.parametrize("document", ["docs/domain.md", "docs/contract.md", "docs/promises.md", "CONTRIBUTING.md"])
def test_every_file_and_link_that_a_document_names_exists(document: str) -> None:
    path = ROOT / document
    text = path.read_text()
    named = re.findall(r"`((?:\w+/)+\w+\.py)`", text)
    linked = [target.split("#")[0] for target in re.findall(r"\]\(([^)]+)\)", text)]
    gone = [name for name in named if not (ROOT / name).is_file()]
    gone += [name for name in linked if name and not (path.parent / name).exists()]
    assert gone == []
