"""The page on which a tablet comes to trust a trial gives what is asked for by its address, and nothing else."""

from typing import Any

import pytest

from vipdesk.trust import make_application


def ask(method: str, path: str) -> tuple[str, dict[str, str], bytes]:
    started: list[Any] = []
    application = make_application({"/ca.crt": ("application/x-x509-ca-cert", b"certificate")})
    environ = {"REQUEST_METHOD": method, "PATH_INFO": path}
    (content,) = application(environ, lambda status, headers, error=None: started.extend([status, dict(headers)]))
    return started[0], started[1], content


def test_what_there_is_is_given() -> None:
    status, headers, content = ask("GET", "/ca.crt")
    assert (status, headers["Content-Type"], content) == ("200 OK", "application/x-x509-ca-cert", b"certificate")
    assert headers["Content-Length"] == "11" and headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/"), ("POST", "/ca.crt"), ("GET", "/../ca.key"), ("GET", "//ca.crt")]
)
def test_what_there_is_not_is_not_found(method: str, path: str) -> None:
    status, headers, content = ask(method, path)
    assert (status, content) == ("404 Not Found", b"") and "default-src 'none'" in headers["Content-Security-Policy"]
