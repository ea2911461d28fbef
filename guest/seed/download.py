"""Downloads files inside the seed, several at a time, and says how each went.

usage: download.py LIST FOLDER

LIST is a JSON array of {"id", "url"} (a file of a Debian mirror) or {"id", "project", "file"} (a file of
the Python package index). Each is written to FOLDER/<id>. One JSON line per file goes to standard output:
{"id", "status": "ok" | "gone" | "failed", "bytes", "reason"}. Hashes are the caller's business.
"""

from __future__ import annotations

import http.client
import json
import os
import ssl
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from html.parser import HTMLParser
from pathlib import Path

PARALLEL = 4
ATTEMPTS = 3
TIMEOUT_SECONDS = 60
CHUNK = 1 << 18
GONE = (404, 410)
INDEX_TYPES = "application/vnd.pypi.simple.v1+json, text/html;q=0.1"

Item = dict[str, str]


class GoneError(Exception):
    """The server answers, but does not have the file."""


class Links(HTMLParser):
    """The files of a project page in the older HTML form of the index protocol."""

    def __init__(self) -> None:
        super().__init__()
        self.urls: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        href = dict(attrs).get("href")
        if tag == "a" and href:
            self.urls.append(href.split("#")[0])


def request(url: str, accept: str = "*/*") -> http.client.HTTPResponse:
    """Opens an address; proxies and the CA bundle come from the environment."""
    headers = {"Accept": accept, "User-Agent": "majek-lab"}
    context = None
    if urllib.parse.urlsplit(url).hostname in os.environ.get("PIP_TRUSTED_HOST", "").split():
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    try:
        wanted = urllib.request.Request(url, headers=headers)
        answer: http.client.HTTPResponse = urllib.request.urlopen(wanted, timeout=TIMEOUT_SECONDS, context=context)
    except urllib.error.HTTPError as error:
        if error.code in GONE:
            raise GoneError(f"{error.code} {error.reason}") from error
        raise
    return answer


def indexes() -> list[str]:
    """Package indexes as pip takes them from its variables; pip's own default where none is set."""
    first = os.environ.get("PIP_INDEX_URL")
    if not first:
        from pip._internal.models.index import PyPI

        first = PyPI.simple_url
    return [first, *os.environ.get("PIP_EXTRA_INDEX_URL", "").split()]


def file_urls(page: str) -> list[str]:
    """Addresses of all files on one project page."""
    with request(page, INDEX_TYPES) as answer:
        body = answer.read()
        kind = answer.headers.get_content_type()
        base = answer.url
    if kind.endswith("json"):
        found = [entry["url"] for entry in json.loads(body)["files"]]
    else:
        links = Links()
        links.feed(body.decode("utf-8", "replace"))
        found = links.urls
    return [urllib.parse.urljoin(base, url) for url in found]


def address(item: Item) -> str:
    """Where the file of an item is, asking the package index where the item names a project."""
    if "url" in item:
        return item["url"]
    for index in indexes():
        try:
            urls = file_urls(f"{index.rstrip('/')}/{item['project']}/")
        except GoneError:
            continue
        for url in urls:
            name = urllib.parse.unquote(urllib.parse.urlsplit(url).path.rsplit("/", 1)[-1])
            if name == item["file"]:
                return url
    raise GoneError("not in the package index")


def save(url: str, target: Path) -> int:
    """Writes the file and returns its length in bytes; a short answer is an error."""
    written = 0
    with request(url) as answer, target.open("wb") as out:
        while chunk := answer.read(CHUNK):
            written += out.write(chunk)
        expected = answer.headers.get("Content-Length")
        if expected is not None and written != int(expected):
            raise OSError(f"cut off after {written} of {expected} bytes")
    return written


def fetch(item: Item, folder: Path) -> dict[str, str | int]:
    """Tries a file a few times; a server that does not have it is asked once."""
    reason = ""
    for attempt in range(ATTEMPTS):
        time.sleep(attempt)
        try:
            return {"id": item["id"], "status": "ok", "bytes": save(address(item), folder / item["id"])}
        except GoneError as error:
            return {"id": item["id"], "status": "gone", "reason": str(error)}
        except (OSError, http.client.HTTPException, ValueError) as error:
            reason = str(error) or type(error).__name__
    (folder / item["id"]).unlink(missing_ok=True)
    return {"id": item["id"], "status": "failed", "reason": reason}


def main() -> None:
    """Reads the list, downloads, reports."""
    items: list[Item] = json.loads(Path(sys.argv[1]).read_text())
    folder = Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(PARALLEL) as pool:
        for report in pool.map(lambda item: fetch(item, folder), items):
            print(json.dumps(report), flush=True)


if __name__ == "__main__":
    main()
