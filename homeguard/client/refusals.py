"""Why HomeGuard's web server said no, in words (RFC 9457). No I/O."""

import orjson


def why_refused(status: int, body: bytes) -> str:
    """Take the words of a problem, or name the status where there are none."""
    try:
        problem = orjson.loads(body)
        why = str(problem.get("detail") or problem.get("title") or "")
    except (orjson.JSONDecodeError, AttributeError):
        why = ""
    return why or f"the server answered with HTTP {status}"
