"""At the head of PYTHONPATH this shows a stack's processes the fake terminal, where FAKE_TERMINAL is set."""

import os
import sys

if os.environ.get("FAKE_TERMINAL"):
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
    if root not in sys.path:
        sys.path.append(root)
    from tests.qmt import stand_ins

    # supervisord waits for its children in real seconds.
    is_ours = not any("supervisor" in word for word in sys.orig_argv[:4])
    stand_ins.install(os.environ.get("FAKE_CLOCK") if is_ours else None)
