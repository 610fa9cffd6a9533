"""URLs as Go's net/url reads them: `url('https://a.b:80/c').getPort()`.

https://github.com/kubernetes/apiserver/blob/master/pkg/cel/library/urls.go
"""

from __future__ import annotations

import ipaddress
import re
from typing import NamedTuple
from urllib.parse import quote, unquote_to_bytes

from kubecel.errors import EvalError
from kubecel.pattern import Pattern
from kubecel.signature import function, method
from kubecel.values import URL

_PORT = Pattern(r":[0-9]*\Z|\Z")
_NOT_HOST = Pattern(r"[\x00-\x20\x7f#/?@\\^`{}|]")
_PLAIN_ESCAPE = Pattern(r"%(?!25)[0-7][0-9A-Fa-f]")
_ANY_ESCAPE = Pattern(r"%([0-9A-Fa-f]{2})")
_ESCAPE = Pattern(r"%(?![0-9A-Fa-f]{2})(.{0,2})", re.DOTALL)
_USER = Pattern(r"[A-Za-z0-9._:~!$&'()*+,;=%@-]*\Z")
_PATH_SAFE = "/$&+,:;=@!~'()*-._"
_PLAIN_PATH = Pattern(r"(?:[A-Za-z0-9._~/!$&'()*+,;=:@\[\]-]|%[0-9A-Fa-f]{2})*\Z")


class Parts(NamedTuple):
    """A URL taken apart; `path` is unescaped, `raw_path` as it was written."""

    scheme: str
    user: str
    host: str
    path: str
    raw_path: str
    query: str
    fragment: str
    opaque: str


def _failure(text: str, why: str) -> EvalError:
    return EvalError(f'URL parse error during conversion from string: parse "{text}": {why}')


def parse_request(text: str) -> Parts:
    """An absolute URL or an absolute path, with no fragment. Raises EvalError."""
    return _parse(text, text, "", request=True)


def parse(text: str) -> Parts:
    """The URL that a text spells, if it is absolute. Raises EvalError."""
    parse_request(text)
    before, _, fragment = text.partition("#")
    return _parse(text, before, _unescape(text, fragment), request=False)


def _parse(text: str, rest: str, fragment: str, *, request: bool) -> Parts:
    if any(ord(character) < 0x20 or character == "\x7f" for character in rest):
        raise _failure(text, "net/url: invalid control character in URL")
    if not rest and request:
        raise _failure(text, "empty url")
    if rest == "*":
        return Parts("", "", "", "*", "*", "", fragment, "")
    scheme, rest = _scheme(text, rest)
    rest, _, query = rest.partition("?")
    if not rest.startswith("/"):
        if scheme:
            return Parts(scheme, "", "", "", "", query, fragment, rest)
        if request:
            raise _failure(text, "invalid URI for request")
        if ":" in rest.partition("/")[0]:
            raise _failure(text, "first path segment in URL cannot contain colon")
    user = host = ""
    if rest.startswith("//") and (scheme or not rest.startswith("///")) and (scheme or not request):
        authority, slash, path = rest[2:].partition("/")
        rest = slash + path
        user, host = _authority(text, scheme, authority)
    return Parts(scheme, user, host, _unescape(text, rest), rest, query, fragment, "")


def _scheme(text: str, rest: str) -> tuple[str, str]:
    for index, character in enumerate(rest):
        if character.isascii() and character.isalpha():
            continue
        if character.isascii() and (character.isdigit() or character in "+-."):
            if index == 0:
                return "", rest
            continue
        if character == ":":
            if index == 0:
                raise _failure(text, "missing protocol scheme")
            return rest[:index].lower(), rest[index + 1 :]
        return "", rest
    return "", rest


def _authority(text: str, scheme: str, authority: str) -> tuple[str, str]:
    user, _, host = authority.rpartition("@")
    if user and not _USER.match(user):
        raise _failure(text, "net/url: invalid userinfo")
    return _unescape(text, user), _host(text, scheme, host)


def _host(text: str, scheme: str, host: str) -> str:
    if host.rfind("[") > 0:
        raise _failure(text, "invalid IP-literal")
    if host.startswith("["):
        return _literal(text, host)
    colon = host.find(":") if scheme in ("http", "https") else host.rfind(":")
    if colon >= 0 and not _PORT.match(host[colon:]):
        raise _failure(text, f'invalid port "{host[colon:]}" after host')
    return _unescape_host(text, host)


def _literal(text: str, host: str) -> str:
    """An IPv6 address in brackets, with its zone and port."""
    end = host.rfind("]")
    if end < 0:
        raise _failure(text, "missing ']' in host")
    if not _PORT.match(host[end + 1 :]):
        raise _failure(text, f'invalid port "{host[end + 1 :]}" after host')
    address, percent, zone = host[1:end].partition("%25")
    address = _unescape_host(text, address)
    zone = _unescape_zone(text, percent + zone)
    try:
        ipaddress.IPv6Address(address + ("%x" if len(zone) > 1 else zone))
    except ValueError:
        raise _failure(text, "invalid host") from None
    return f"[{address}{zone}]{host[end + 1 :]}"


def _unescape_zone(text: str, zone: str) -> str:
    """Escapes in a zone may stand for `%`, a blank, and what needs none."""
    for found in _ANY_ESCAPE.finditer(zone):
        code = int(found[1], 16)
        if code > 0x7F or (chr(code) not in "% " and _NOT_HOST.match(chr(code))):
            raise _failure(text, f'invalid URL escape "{found[0]}"')
    if bad := _NOT_HOST.search(zone):
        raise _failure(text, f'invalid character "{bad[0]}" in host name')
    return _unescape(text, zone)


def _unescape_host(text: str, host: str) -> str:
    """Escapes in a host may only stand for what is not ASCII."""
    if found := _PLAIN_ESCAPE.search(host):
        raise _failure(text, f'invalid URL escape "{found[0]}"')
    if found := _NOT_HOST.search(host):
        raise _failure(text, f'invalid character "{found[0]}" in host name')
    return _unescape(text, host)


def _unescape(text: str, part: str) -> str:
    if "%" not in part:
        return part
    if found := _ESCAPE.search(part):
        raise _failure(text, f'invalid URL escape "%{found[1]}"')
    return unquote_to_bytes(part).decode(errors="replace")


def _valid(text: str) -> bool:
    try:
        parse_request(text)
    except EvalError:
        return False
    return True


def _hostname(url: URL) -> str:
    host: str = url.value.host
    if host.startswith("["):
        return host[1 : host.rfind("]")]
    colon = host.rfind(":")
    return host[:colon] if colon >= 0 and _PORT.match(host[colon:]) else host


def _port(url: URL) -> str:
    host: str = url.value.host
    colon = host.rfind(":")
    if colon < 0 or host.rfind("]") > colon or not _PORT.match(host[colon:]):
        return ""
    return host[colon + 1 :]


def _escaped_path(url: URL) -> str:
    parts: Parts = url.value
    return parts.raw_path if _PLAIN_PATH.match(parts.raw_path) else quote(parts.path, safe=_PATH_SAFE)


def _query(url: URL) -> dict[str, list[str]]:
    """The values of each key, in order; a part with a semicolon or a bad escape is left out, as Go does."""
    found: dict[str, list[str]] = {}
    for part in url.value.query.split("&"):
        if not part or ";" in part:
            continue
        key, _, value = part.partition("=")
        try:
            key, value = (_unescape(part, text.replace("+", " ")) for text in (key, value))
        except EvalError:
            continue
        found.setdefault(key, []).append(value)
    return found


OVERLOADS = (
    function("url(string) -> URL", lambda text: URL(parse(text))),
    function("isURL(string) -> bool", _valid),
    method("URL", "getScheme() -> string", lambda url: url.value.scheme),
    method("URL", "getHost() -> string", lambda url: url.value.host),
    method("URL", "getHostname() -> string", _hostname),
    method("URL", "getPort() -> string", _port),
    method("URL", "getEscapedPath() -> string", _escaped_path),
    method("URL", "getQuery() -> map(string, list(string))", _query),
)
