"""What of a strategy's file looks outside: named with its line, and nothing that a replay can know."""

from services.strategy.outside import seen_in

LOOKS_OUT = """import random
from datetime import datetime
import requests, math
import numpy as np


def trade(context):
    if datetime.now().hour > 10 and random.random() > 0.5:
        order("600000.XSHG", int(np.random.rand() * 100))
    text = read_file("mine.txt")
    from my_own_signals import signal
    import os
    os.environ["HOME"]
"""

LOOKS_IN = """from jqdata import *
import math
import numpy as np
import pandas as pd


def initialize(context):
    g.mean = np.mean([1, 2])
    run_daily(trade, "10:00")


def trade(context):
    print(context.current_dt, history(5))
"""


def test_each_place_is_named_once_with_its_line() -> None:
    assert seen_in(LOOKS_OUT.encode()) == [
        (1, "随机数（random）"),
        (3, "网络（requests）"),
        (8, "时钟（now）"),
        (9, "随机数（np.random）"),
        (10, "文件（read_file）"),
        (11, "没有随捕获保存的模块（my_own_signals）"),
        (13, "环境变量（environ）"),
    ]


def test_the_strategy_api_and_plain_libraries_are_no_outside() -> None:
    assert seen_in(LOOKS_IN.encode()) == []


def test_what_does_not_parse_is_left_to_the_loader() -> None:
    assert seen_in(b"def (") == []
