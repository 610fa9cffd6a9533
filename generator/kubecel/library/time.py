"""Timestamps and durations."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC
from typing import TYPE_CHECKING

from kubecel.errors import EvalError
from kubecel.library.numbers import positional, shortest_digits, signed, whole
from kubecel.pattern import Pattern
from kubecel.signature import Overload, function, method
from kubecel.values import INT_MAX, INT_MIN, NANOSECOND, Duration, Timestamp

if TYPE_CHECKING:
    from datetime import datetime

_FIRST, _LAST = -62135596800, 253402300799  # the years 1 to 9999
_MICRO, _MILLI, _MINUTE, _HOUR = 10**3, 10**6, 60 * NANOSECOND, 3600 * NANOSECOND
_UNITS = {
    "ns": 1, "us": _MICRO, "µs": _MICRO, "μs": _MICRO, "ms": _MILLI, "s": NANOSECOND, "m": _MINUTE, "h": _HOUR,
}  # fmt: skip
_PART = r"([0-9]*)(?:\.([0-9]*))?(ns|us|µs|μs|ms|s|m|h)"
_DURATION = Pattern(rf"([+-]?)(?:0|((?:(?=\.?[0-9]){_PART})+))\Z")
_PARTS = Pattern(_PART)
_TIMESTAMP = Pattern(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{1,2}):([0-9]{2}):([0-9]{2})(?:[.,]([0-9]+))?"
    r"(?:Z|([+-])([0-9]{2}):([0-9]{2}))\Z"
)


def _check_instant(nanoseconds: int) -> int:
    if not _FIRST <= nanoseconds // NANOSECOND <= _LAST:
        raise EvalError("timestamp overflow")
    return nanoseconds


def duration_of(nanoseconds: int) -> Duration:
    """A duration, if it fits an int64."""
    if not INT_MIN <= nanoseconds <= INT_MAX:
        raise EvalError("integer overflow")
    return Duration(nanoseconds)


def later(instant: Timestamp, by: Duration) -> Timestamp:
    """timestamp + duration"""
    return Timestamp(_check_instant(instant.value + by.value), instant.offset)


def earlier(instant: Timestamp, by: Duration) -> Timestamp:
    """timestamp - duration"""
    return Timestamp(_check_instant(instant.value - by.value), instant.offset)


def parse_duration(text: str) -> Duration:
    """A Go duration such as 1h30m or -1.5s."""
    match = _DURATION.match(text)
    if match is None:
        raise EvalError("type conversion error from 'string' to 'google.protobuf.Duration'")
    total = 0
    for units, fraction, unit in _PARTS.findall(match[2] or ""):
        total += whole(units) * _UNITS[unit]
        total += int(fraction[:20] or 0) * _UNITS[unit] // 10 ** min(len(fraction), 20)
    if total > INT_MAX + (match[1] == "-"):
        raise EvalError("type conversion error from 'string' to 'google.protobuf.Duration'")
    return Duration(-total if match[1] == "-" else total)


def parse_timestamp(text: str) -> Timestamp:
    """An RFC 3339 timestamp, as strictly as Go's time package reads it."""
    from datetime import datetime

    match = _TIMESTAMP.match(text)
    try:
        if match is None:
            raise ValueError
        year, month, day, hour, minute, second = map(int, match.groups()[:6])
        offset = 0
        if match[8]:
            offset = int(match[9]) * 3600 + int(match[10]) * 60
            if int(match[9]) > 24 or int(match[10]) > 60:
                raise ValueError
            offset = -offset if match[8] == "-" else offset
        seconds = int(datetime(year, month, day, hour, minute, second, tzinfo=UTC).timestamp())
    except ValueError:
        raise EvalError("type conversion error from 'string' to 'google.protobuf.Timestamp'") from None
    nanoseconds = int((match[7] or "").ljust(9, "0")[:9])
    return Timestamp(_check_instant((seconds - offset) * NANOSECOND + nanoseconds), offset)


def format_duration(nanoseconds: int) -> str:
    """Seconds with a fraction, as string(duration) gives them."""
    whole, rest = divmod(abs(nanoseconds), NANOSECOND)
    seconds = float(whole) + rest / 1e9
    if not seconds:
        return "0s"
    return ("-" if nanoseconds < 0 else "") + positional(*shortest_digits(seconds)) + "s"


def format_timestamp(instant: Timestamp) -> str:
    """RFC 3339, with the fraction only where there is one."""
    moment = _moment(instant.value, instant.offset)
    fraction = str(instant.value % NANOSECOND).zfill(9).rstrip("0")
    zone = "Z"
    if instant.offset:
        hours, minutes = divmod(abs(instant.offset) // 60, 60)
        zone = f"{'-' if instant.offset < 0 else '+'}{hours:02d}:{minutes:02d}"
    return f"{moment.isoformat(timespec='seconds').zfill(19)}{'.' + fraction if fraction else ''}{zone}"


_CYCLE = 146_097 * 24 * 3600  # the seconds of 400 years, after which the calendar repeats itself


def _moment(nanoseconds: int, offset: int) -> datetime:
    """The wall clock so many seconds east of UTC."""
    return _shifted(nanoseconds, offset)[0]


def _shifted(nanoseconds: int, offset: int) -> tuple[datetime, int]:
    """The wall clock, and the years to add to it: a zone can move it out of the years that Python knows."""
    from datetime import datetime, timedelta

    seconds, years = nanoseconds // NANOSECOND + offset, 0
    if not _FIRST <= seconds <= _LAST:
        years = 400 if seconds > _LAST else -400
        seconds -= years // 400 * _CYCLE
    start = datetime.fromtimestamp(0, UTC).replace(tzinfo=None)
    try:
        return start + timedelta(seconds=seconds, microseconds=nanoseconds % NANOSECOND // 1000), years
    except OverflowError:
        raise EvalError("timestamp overflow") from None


_NUMBER = Pattern(r"[+-]?[0-9]+\Z")


def _zone_offset(nanoseconds: int, zone: str) -> int:
    """How far a zone, a name such as Europe/Paris or an offset such as +02:00, is east of UTC at that moment."""
    hours, colon, minutes = zone.partition(":")
    if colon:
        if not _NUMBER.match(hours) or not _NUMBER.match(minutes):
            raise EvalError(f'strconv.Atoi: parsing "{zone}": invalid syntax')
        minute = -signed(minutes) if zone.startswith("-") else signed(minutes)
        return (signed(hours) * 60 + minute) * 60
    if zone in ("", "UTC", "Local"):
        return 0
    return _named_offset(nanoseconds, zone)


def _named_offset(nanoseconds: int, zone: str) -> int:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    seconds = min(max(nanoseconds // NANOSECOND, _FIRST + 86_400), _LAST - 86_400)
    try:
        offset = datetime.fromtimestamp(seconds, UTC).astimezone(ZoneInfo(zone)).utcoffset()
    except (ValueError, OSError, KeyError):
        raise EvalError(f"unknown time zone {zone}") from None
    return int(offset.total_seconds()) if offset is not None else 0


def _timestamp_overloads() -> tuple[Overload, ...]:
    parts: dict[str, Callable[[datetime], int]] = {
        "getFullYear": lambda moment: moment.year,
        "getMonth": lambda moment: moment.month - 1,
        "getDate": lambda moment: moment.day,
        "getDayOfMonth": lambda moment: moment.day - 1,
        "getDayOfWeek": lambda moment: moment.isoweekday() % 7,
        "getDayOfYear": lambda moment: moment.timetuple().tm_yday - 1,
        "getHours": lambda moment: moment.hour,
        "getMinutes": lambda moment: moment.minute,
        "getSeconds": lambda moment: moment.second,
        "getMilliseconds": lambda moment: moment.microsecond // 1000,
    }
    return tuple(overload for name, part in parts.items() for overload in _part_overloads(name, part))


def _part_overloads(name: str, part: Callable[[datetime], int]) -> tuple[Overload, Overload]:
    def read(instant: Timestamp, offset: int) -> int:
        moment, years = _shifted(instant.value, offset)
        return part(moment) + (years if name == "getFullYear" else 0)

    def in_utc(instant: Timestamp) -> int:
        return read(instant, 0)

    def in_zone(instant: Timestamp, zone: str) -> int:
        return read(instant, _zone_offset(instant.value, zone))

    return method("timestamp", f"{name}() -> int", in_utc), method("timestamp", f"{name}(string) -> int", in_zone)


def _whole(unit: int) -> Callable[[Duration], int]:
    def count(duration: Duration) -> int:
        whole = abs(duration.value) // unit
        return int(-whole if duration.value < 0 else whole)

    return count


OVERLOADS = (
    function("timestamp(timestamp) -> timestamp", lambda a: a),
    function("timestamp(int) -> timestamp", lambda seconds: Timestamp(_check_instant(seconds * NANOSECOND))),
    function("timestamp(string) -> timestamp", parse_timestamp),
    function("duration(duration) -> duration", lambda a: a),
    function("duration(int) -> duration", Duration)._replace(removed=(1, 37)),
    function("duration(string) -> duration", parse_duration),
    *_timestamp_overloads(),
    method("duration", "getHours() -> int", _whole(_HOUR)),
    method("duration", "getMinutes() -> int", _whole(_MINUTE)),
    method("duration", "getSeconds() -> int", _whole(NANOSECOND)),
    method("duration", "getMilliseconds() -> int", _whole(_MILLI)),
)
