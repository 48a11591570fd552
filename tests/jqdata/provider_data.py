"""A small provider's folder: five codes, nine months, statements that are published late and corrected later."""

import random
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path

from common.calendar import load

Row = dict[str, object]
Files = dict[str, list[Row]]

CODES = ("000001.XSHE", "000002.XSHE", "300750.XSHE", "600000.XSHG", "688001.XSHG")
FIRST, LAST = date(2026, 4, 1), date(2026, 12, 31)
DAYS = load().days_between(FIRST, LAST)
PERIODS = ("2025-06-30", "2025-09-30", "2025-12-31", "2026-03-31", "2026-06-30", "2026-09-30")
INDEX, INDUSTRY, CONCEPT = "000300.XSHG", "801780", "SC0001"

TIMES = {
    "valuation": "day", "indicator": "pubDate", "income": "pubDate", "balance": "pubDate", "cash_flow": "pubDate",
    "income_year": "pubDate", "index_weights": "day", "industry_members": "start_date", "industries": "start_date",
    "concept_members": "start_date", "concepts": "start_date", "extras": "day", "money_flow": "date",
    "billboard": "day", "locked_shares": "pub_date", "mtss": "date", "margincash_stocks": "day",
    "marginsec_stocks": "day", "factor_values": "day", "call_auction": "time", "ticks": "time",
    "factor_kanban": "date", "factor_stats": "date", "factor_style_returns": "date",
    "factor_specific_returns": "date", "factor_cov": "date",
    "alpha101": "day", "alpha191": "day", "technical": "day",
    "finance.STK_XR_XD": "pub_date", "factors": "",
}  # fmt: skip
"""Since when a row of each file is known."""


def files(seed: int = 1) -> Files:
    """Every dataset that the tests ask for, drawn from a seed."""
    rng = random.Random(seed)
    return {
        **_statements(rng),
        "valuation": [
            _row(code=code, day=day, market_cap=_number(rng), pe_ratio=_number(rng), pb_ratio=_number(rng))
            for day in DAYS
            for code in CODES
        ],
        **_memberships(rng),
        **_flows(rng),
        **_risk_model(rng),
        "factor_values": [
            _row(day=day, code=code, factor=name, value=_number(rng))
            for day in DAYS
            for code in CODES
            for name in ("size", "beta")
        ],
        **_alphas(rng),
        "factors": [_row(factor="size", factor_intro="市值", category="style")],
        "finance.STK_XR_XD": [
            _row(code=code, report_date=period, pub_date=_days_after(period, rng.randrange(30, 200)),
                 bonus_ratio_rmb=_number(rng))
            for code in CODES
            for period in PERIODS
        ],
    }  # fmt: skip


KNOWN_TWO_DAYS_LATER = ("factor_kanban", "factor_stats")
"""What needs the close of the day after: it is known the second trading day."""

KNOWN_THE_SAME_DAY = ("index_weights", "industry_members", "industries", "concept_members", "concepts",
                      "margincash_stocks", "marginsec_stocks")  # fmt: skip
"""What is published before the day it counts for; all else is known from the day after."""


def cut(data: Files, now: datetime) -> Files:
    """What somebody could have collected by then."""
    two_days_ago = load().window(now.date() - timedelta(days=1), 2)[0]
    return {name: [row for row in rows if _is_known(name, row, now, two_days_ago)] for name, rows in data.items()}


def _is_known(name: str, row: Row, now: datetime, two_days_ago: date) -> bool:
    if not TIMES[name]:
        return True
    known = str(row[TIMES[name]])
    if TIMES[name] == "time":
        return known <= f"{now}"
    if name in KNOWN_TWO_DAYS_LATER:
        return known <= f"{two_days_ago}"
    same_day = name in KNOWN_THE_SAME_DAY or row.get("info") == "is_st"
    return known <= f"{now.date()}" if same_day else known < f"{now.date()}"


def write(folder: Path, data: Files) -> Path:
    """The files as a user keeps them; returns the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in data.items():
        lines = [",".join(COLUMNS[name]), *(",".join(_shown(row, name)) for row in rows)]
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def _shown(row: Row, name: str) -> list[str]:
    return ["" if row.get(column) is None else f"{row[column]}" for column in COLUMNS[name]]


def _row(**values: object) -> Row:
    return {name: f"{value}" if isinstance(value, date) else value for name, value in values.items()}


def _number(rng: random.Random) -> float:
    return round(rng.uniform(1, 100), 3)


def _days_after(day: str, days: int) -> str:
    return f"{date.fromisoformat(day) + timedelta(days=days)}"


def _statements(rng: random.Random) -> Files:
    """Each period is published some time after its end, and one in four is corrected later."""
    made: Files = {"indicator": [], "income": [], "balance": [], "cash_flow": [], "income_year": []}
    fields = {"indicator": ("roe", "eps"), "income": ("net_profit", "operating_revenue"), "balance": ("total_assets",),
              "cash_flow": ("net_operate_cash_flow",)}  # fmt: skip
    for period in PERIODS:
        for code in CODES:
            published = rng.randrange(15, 120)
            delays = [published, *([published + rng.randrange(1, 90)] if rng.random() < 0.25 else [])]
            for delay in delays:
                known = {"code": code, "pubDate": _days_after(period, delay), "statDate": period}
                for table, names in fields.items():
                    made[table].append({**known, **{name: _number(rng) for name in names}})
                if period.endswith("12-31"):
                    made["income_year"].append({**known, "net_profit": _number(rng), "operating_revenue": 1.0})
    return made


def _memberships(rng: random.Random) -> Files:
    spans = [(code, rng.choice(DAYS[:60]), rng.choice([None, *DAYS[60:]])) for code in CODES for _ in range(2)]
    weights = [(day, code) for day in DAYS[::21] for code in rng.sample(CODES, 3)]
    return {
        "index_weights": [_row(index_code=INDEX, day=day, code=code, weight=_number(rng)) for day, code in weights],
        "industry_members": [
            _row(classification="sw_l1", industry_code=rng.choice([INDUSTRY, "801010"]), industry_name="银行I",
                 code=code, start_date=start, end_date=end)
            for code, start, end in spans
        ],
        "industries": [
            _row(classification="sw_l1", industry_code=code, name="某业", start_date=rng.choice(DAYS))
            for code in (INDUSTRY, "801010")
        ],
        "concept_members": [
            _row(concept_code=CONCEPT, concept_name="新能源", code=code, start_date=start, end_date=end)
            for code, start, end in spans
        ],
        "concepts": [_row(concept_code=CONCEPT, name="新能源", start_date=DAYS[30])],
    }  # fmt: skip


def _alphas(rng: random.Random) -> Files:
    dated = [(day, code) for day in DAYS for code in CODES]
    return {
        "alpha101": [_row(alpha="alpha_048", day=day, code=code, value=_number(rng)) for day, code in dated],
        "alpha191": [_row(alpha="alpha_001", day=day, code=code, value=_number(rng)) for day, code in dated],
        "technical": [
            _row(indicator="FSL", day=day, code=code, line=line, value=_number(rng))
            for day, code in dated
            for line in (0, 1)
        ],
    }


def _flows(rng: random.Random) -> Files:
    dated: Sequence[tuple[date, str]] = [(day, code) for day in DAYS for code in CODES if rng.random() < 0.7]
    return {
        "extras": [_row(info="is_st", day=day, code=code, value=rng.randrange(2)) for day, code in dated]
        + [_row(info="unit_net_value", day=day, code=code, value=_number(rng)) for day, code in dated],
        "money_flow": [_row(date=day, sec_code=code, net_amount_main=_number(rng)) for day, code in dated],
        "mtss": [_row(date=day, sec_code=code, fin_value=_number(rng)) for day, code in dated],
        "billboard": [_row(code=code, day=day, direction="BUY", rank=1, buy_value=_number(rng)) for day, code in dated],
        "locked_shares": [
            _row(code=code, day=day, num=_number(rng), pub_date=day - timedelta(days=rng.randrange(10, 90)))
            for day, code in dated
        ],
        "margincash_stocks": [_row(day=day, code=code) for day, code in dated],
        "marginsec_stocks": [_row(day=day, code=code) for day, code in dated],
        "call_auction": [
            _row(code=code, time=f"{day} 09:25:00", current=_number(rng), volume=100) for day, code in dated
        ],
        "ticks": [
            _row(code=code, time=f"{day} {clock}", current=_number(rng), volume=at * 100)
            for day, code in dated[-400:]
            for at, clock in enumerate(("09:31:00", "10:00:03", "14:59:57"), 1)
        ],
    }


def _risk_model(rng: random.Random) -> Files:
    board = {"universe": "hs300", "bt_cycle": "month_3", "model": "long_only", "skip_paused": 0}
    styles = {"category": "style", "industry": "sw_l1", "universe": None}
    pairs = [("beta", "beta"), ("beta", "801780"), ("size", "beta")]
    return {
        "factor_kanban": [
            _row(date=day, **board, commision_slippage=0, category=category, code=code, ic_mean=_number(rng))
            for day in DAYS
            for code, category in (("size", "style"), ("roe", "quality"))
        ],
        "factor_stats": [
            _row(date=day, factor=name, quantile=quantile, universe="hs300", skip_paused=0, commision_fee=0.0008,
                 value=_number(rng))
            for day in DAYS
            for name in ("size", "beta")
            for quantile in (1, 5)
        ],
        "factor_style_returns": [
            _row(date=day, factor=name, universe=universe, industry="sw_l1", value=_number(rng))
            for day in DAYS
            for name in ("size", "801780")
            for universe in (None, "hs300")
        ],
        "factor_specific_returns": [
            _row(date=day, code=code, **styles, value=_number(rng)) for day in DAYS for code in CODES[:2]
        ],
        "factor_cov": [
            _row(date=day, factor=one, other_factor=other, **styles, value=_number(rng))
            for day in DAYS
            for one, other in pairs
        ],
    }  # fmt: skip


COLUMNS = {name: list(rows[0]) for name, rows in files().items()}
