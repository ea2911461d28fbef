"""What the tools of this folder know about a patch series."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path

#: In this order, as the last paragraph of a patch's message.
TRAILERS = ("Why", "Origin", "Forwarded", "Applies-To", "Drop-When", "Test")

#: What the build makes from other files, so that a patch of it would be
#: overwritten, or hide that its source was not patched.
GENERATED = re.compile(r"(^|/)clinic/|_cases\.c\.h$|(opcode_ids|uop_ids|_metadata)\.(h|py)$|^configure$")
MACRO = re.compile(r"\bPy_MAJEK_[A-Z0-9_]+\b")
COLUMNS = 79  # PEP 7


@dataclasses.dataclass(frozen=True)
class Version:
    """What versions.json says about a minor."""

    minor: str
    tag: str
    archive: str
    sha256: str


@dataclasses.dataclass(frozen=True)
class Patch:
    """One file of a series: a git mail, its message and its diff."""

    name: str
    mail_headers: dict[str, str]
    trailers: dict[str, str]
    #: Lines that it adds, by path.
    added: dict[str, list[str]]

    @property
    def subject(self) -> str:
        """The subject without the mark of a patch mail."""
        return re.sub(r"^\[PATCH\] ", "", self.mail_headers.get("Subject", ""))

    @property
    def macros(self) -> list[str]:
        """Macros of features in the lines that it adds."""
        found = {name for lines in self.added.values() for line in lines for name in MACRO.findall(line)}
        return sorted(found)

    @property
    def tests(self) -> list[str]:
        """Paths below the repository."""
        return [path.strip() for path in self.trailers.get("Test", "").split(",") if path.strip()]


def read_versions(root: Path) -> dict[str, Version]:
    """The minors that have a series, in the order of versions.json."""
    data = json.loads((root / "versions.json").read_text(encoding="utf-8"))
    return {minor: Version(minor, entry["tag"], entry["archive"], entry["sha256"]) for minor, entry in data.items()}


def series_names(folder: Path) -> list[str]:
    """Patch names of a quilt series: one a line, `#` comments."""
    lines = (folder / "series").read_text(encoding="utf-8").splitlines()
    return [name for line in lines if (name := line.split("#")[0].strip())]


def fields(lines: list[str]) -> dict[str, str]:
    """`Key: value` lines; a line that starts with a blank goes on with the one before."""
    result: dict[str, str] = {}
    key = None
    for line in lines:
        start = re.match(r"([A-Z][A-Za-z-]*): +(.*)", line)
        if start:
            key = start[1]
            result[key] = start[2]
        elif key is not None and line.startswith((" ", "\t")):
            result[key] += " " + line.strip()
        else:
            key = None
    return result


def added_lines(diff: list[str]) -> dict[str, list[str]]:
    """Lines that a unified diff of git adds, by path."""
    result: dict[str, list[str]] = {}
    path = ""
    in_hunk = False
    for line in diff:
        if line.startswith("diff --git "):
            in_hunk = False
        elif line.startswith("@@"):
            in_hunk = True
        elif not in_hunk and line.startswith("+++ "):
            path = re.sub(r"^\+\+\+ b/", "", line)
            result[path] = []
        elif in_hunk and line.startswith("+"):
            result[path].append(line[1:])
    return result


def parse_patch(name: str, text: str) -> Patch:
    """Takes a patch apart; what is missing in it stays empty."""
    lines = text.splitlines()
    start = next((i for i, line in enumerate(lines) if line.startswith("diff --git ")), len(lines))
    message = lines[:start]
    end_of_headers = message.index("") if "" in message else len(message)
    paragraphs = "\n".join(message[end_of_headers:]).strip("\n").split("\n\n")
    return Patch(
        name,
        fields(message[1:end_of_headers]),
        fields(paragraphs[-1].splitlines()),
        added_lines(lines[start:]),
    )


def read_series(folder: Path) -> list[Patch]:
    """The patches of a minor in their order."""
    return [
        parse_patch(name, (folder / name).read_text(encoding="utf-8"))
        for name in series_names(folder)
        if (folder / name).is_file()
    ]


def header_problems(patch: Patch, version: Version, repository: Path) -> list[str]:
    """What is wrong with the message of a patch."""
    problems = []
    if not patch.subject or not patch.mail_headers.get("Subject", "").startswith("[PATCH] "):
        problems.append("is no mail with a subject that starts with [PATCH]")
    if list(patch.trailers) != list(TRAILERS):
        problems.append(f"must end with {', '.join(TRAILERS)}, not {', '.join(patch.trailers) or 'nothing'}")
        return problems
    problems += [f"{key} says nothing" for key, value in patch.trailers.items() if not value.strip()]
    if not re.search(r"\d", patch.trailers["Why"]):
        problems.append("Why has no measured effect: there is no number in it")
    if patch.trailers["Applies-To"] != version.tag:
        problems.append(f"Applies-To is {patch.trailers['Applies-To']}, versions.json has {version.tag}")
    problems += [f"there is no {path}, its test" for path in patch.tests if not (repository / path).is_file()]
    return problems


def content_problems(patch: Patch) -> list[str]:
    """What is wrong with the lines that a patch adds."""
    problems = []
    if len(patch.macros) != 1:
        problems.append(f"must use one macro Py_MAJEK_..., its own, not {', '.join(patch.macros) or 'none'}")
    for path, lines in patch.added.items():
        if GENERATED.search(path):
            problems.append(f"patches {path}, which is generated: patch what it is made from")
        long = [line for line in lines if path.endswith((".c", ".h")) and len(line.expandtabs()) > COLUMNS]
        problems += [f"{path}: longer than {COLUMNS} columns: {line.strip()}" for line in long]
        problems += [f"{path}: ends with blanks: {line!r}" for line in lines if line != line.rstrip()]
    return problems


def series_problems(folder: Path, version: Version, repository: Path) -> list[str]:
    """What is wrong with the files of a series, without looking at CPython."""
    names = series_names(folder)
    on_disk = {path.name for path in folder.glob("*.patch")}
    problems = [f"{name}: named in series, but not there" for name in names if name not in on_disk]
    problems += [f"{name}: not named in series" for name in sorted(on_disk - set(names))]
    problems += [f"{name}: names are words and have no number in front" for name in names if name[:1].isdigit()]
    owners: dict[str, str] = {}
    for patch in read_series(folder):
        found = header_problems(patch, version, repository) + content_problems(patch)
        found += [f"{macro} belongs to {owners[macro]}" for macro in patch.macros if macro in owners]
        owners.update(dict.fromkeys(patch.macros, patch.name))
        problems += [f"{patch.name}: {problem}" for problem in found]
    return problems
