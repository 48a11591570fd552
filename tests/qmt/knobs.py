"""What can be wrong with the terminal: every knob with its healthy value; README.md says what each does."""

from __future__ import annotations

from typing import Any

DEFAULTS: dict[str, Any] = {
    # -- the session ---------------------------------------------------------------------------------------------
    "permission": True,
    "connect_hang": False,
    "connect_refuse": 0,
    "drop_after_connect": 0,
    "session_grace_s": 4.0,
    "reconnect_gap_s": 3.0,
    "stale_lock": False,
    "subscribe_result": 0,
    "disconnect": "normal",
    "disconnect_late_s": 0.5,
    "stop_hangs": False,
    # -- the account ---------------------------------------------------------------------------------------------
    "login": [1, 4, 0],
    "login_step_s": 0.02,
    "account_status": None,
    # -- orders --------------------------------------------------------------------------------------------------
    "environment": "live",
    "order_outcome": "ok",
    "order_error_id": -61,
    "order_error_msg": "下单失败",
    "response": "first",
    "response_late_s": 0.05,
    "lose_orders": 0,
    "counter_s": 0.005,
    "counter_silent": False,
    "jump": False,
    "odd_status": None,
    "reject": None,
    "numeric_reasons": False,
    "junk_error": True,
    "after_close": "cancel",
    "order_id_start": 1082130433,
    # -- pushes --------------------------------------------------------------------------------------------------
    "pushes": "all",
    "push_delay_s": 0.0,
    "duplicate": 1,
    "reorder": False,
    "trades": "after",
    "trades_late_s": 0.2,
    "zero_first": False,
    "push_assets": False,
    "repush_on_subscribe": False,
    # -- what is told of an order --------------------------------------------------------------------------------
    "remark": "cut",
    "remark_bytes": 24,
    "missing_fields": [],
    "old_terminal": False,
    "commission": "real",
    "order_time": "unix",
    "zero_rows": True,
    # -- cancels -------------------------------------------------------------------------------------------------
    "lose_cancels": 0,
    "cancel": "ok",
    "cancel_s": 0.05,
    # -- queries -------------------------------------------------------------------------------------------------
    "hang": [],
    "none": [],
    "empty": [],
    "slow_s": {},
    "warmup_s": 0.0,
    "query_lag_s": 0.0,
    # -- quotes --------------------------------------------------------------------------------------------------
    "quotes": "up",
    "silent": False,
    "tick_delay_s": 0.0,
    "tick_repeat": 1,
    "whole_chunk": 600,
    "empty_ticks": False,
    "frozen": False,
    "wrong_types": False,
    "missing_keys": [],
    "float_noise": True,
    "bson": False,
    "download": "ok",
    "download_s": 0.0,
    "quotes_hang": [],
    "quotes_abort": [],
    "quotes_slow_s": 0.0,
    "no_instruments": False,
    "need_download": True,
    "daily_volume": "lots",
    "minute_rows": "auction",
}
OLD_TERMINAL_LACKS = ("commission", "fetch_balance", "secu_account", "instrument_name", "last_price", "profit_rate")


def known(name: str, value: Any) -> Any:
    """The value; KeyError where there is no such knob."""
    if name not in DEFAULTS:
        raise KeyError(f"{name} is no knob; there are: {', '.join(DEFAULTS)}")
    return value


class Knobs:
    """The knobs as they stand; KeyError for a name that is none."""

    def __init__(self, values: dict[str, Any] | None = None) -> None:
        self._values = dict(DEFAULTS)
        for name, value in (values or {}).items():
            self.turn(name, value)

    def turn(self, name: str, value: Any) -> None:
        self._values[name] = known(name, value)

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def holds(self, name: str, word: str) -> bool:
        """Whether a list knob names this operation, or all of them."""
        return word in self._values[name] or "all" in self._values[name]

    def count_down(self, name: str) -> bool:
        """Whether a counting knob still strikes; True and negative numbers strike for good."""
        left = self._values[name]
        if left is True or left < 0:
            return True
        self._values[name] = max(left - 1, 0)
        return left > 0
