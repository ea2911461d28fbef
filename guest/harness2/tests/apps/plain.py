"""Answers 200, 404 below /missing/, and raises below /raise/."""

print("printed while importing")


def application(environ, start_response):
    # type: (dict[str, str], object) -> list[bytes]
    """The WSGI callable."""
    path = environ["PATH_INFO"]
    if path == "/raise/":
        raise ValueError("asked for")
    status = "404 Not Found" if path == "/missing/" else "200 OK"
    start_response(status, [("Content-Type", "text/plain")])  # type: ignore[operator]
    return [path.encode("ascii")]
