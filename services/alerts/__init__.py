"""Alerts: follows what happens and posts what a person must know to a robot of WeCom; never on the order path."""
