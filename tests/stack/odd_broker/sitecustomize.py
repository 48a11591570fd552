"""An odd broker: drops our tags, or has more cash than it told. Python imports this where its folder is on the path."""

import os
import sys
from pathlib import Path
from typing import Any

if sys.orig_argv[-1:] == ["services.gateway"]:
    import services.gateway.brokers.simulator as home
    from common import messages as m

    TRANSFER = Path(os.environ.get("ODD_TRANSFER", ""))  # a file that says how much was transferred, once it is there

    def changed(row: Any, **fields: Any) -> Any:
        return type(row)(**{name: getattr(row, name) for name in row.__struct_fields__} | fields)

    def untagged(row: Any) -> Any:
        return changed(row, client_order_id="") if os.environ.get("ODD_TAGS") == "dropped" else row

    def odd(report: Any) -> Any:
        match report:
            case m.BrokerOrder() | m.BrokerFill():
                return untagged(report)
            case m.BrokerDay():
                more_e4 = int(TRANSFER.read_text(encoding="utf-8")) if TRANSFER.is_file() else 0
                lists = {"orders": [*map(untagged, report.orders)], "fills": [*map(untagged, report.fills)]}
                return changed(report, cash_e4=report.cash_e4 + more_e4, **lists)
        return report

    class OddBroker(home.Simulator):
        def said(self) -> list[Any]:
            return [odd(report) for report in super().said()]

    home.Simulator = OddBroker  # type: ignore[misc]
