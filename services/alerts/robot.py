"""The robot of a WeCom group: one POST a message; what it refuses is told without its address, which is a secret."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from http.client import HTTPException
from typing import Any
from urllib.parse import quote

POST_SECONDS_MAX = 5.0
_ANSWER_BYTES_MAX = 65_536


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirected POST would arrive empty, and perhaps at somebody else's."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


class Robot:
    """Standard library only: one small request every few seconds needs no client of its own."""

    def __init__(self, url: str, key: str) -> None:
        self._url = url + quote(key, safe="")
        self._opener = urllib.request.build_opener(_NoRedirect)

    def post(self, text: str) -> str:
        """Empty where the robot took it, else why not, in Chinese."""
        body = json.dumps({"msgtype": "text", "text": {"content": text}}, ensure_ascii=False).encode("utf-8")
        try:
            request = urllib.request.Request(self._url, body, {"Content-Type": "application/json; charset=utf-8"})
            with self._opener.open(request, timeout=POST_SECONDS_MAX) as answer:
                return _refusal(answer.read(_ANSWER_BYTES_MAX))
        except urllib.error.HTTPError as error:
            return f"HTTP {error.code}"
        except urllib.error.URLError as error:
            return f"无法连接（{type(error.reason).__name__}）"
        except (OSError, ValueError, HTTPException) as error:
            return f"没有收到应答（{type(error).__name__}）"


def _refusal(answer: bytes) -> str:
    """The robot says 200 to everything; whether it took the message stands in ``errcode``."""
    try:
        said = json.loads(answer)
        code = said["errcode"]
    except (ValueError, KeyError, TypeError):
        return "应答无法识别"
    return "" if code == 0 else f"errcode {code}：{str(said.get('errmsg', ''))[:100]}"
