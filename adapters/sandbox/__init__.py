"""The sandbox: the vendors' wire protocols on loopback, and the leads behind them.

It imports nothing else of the project, or it would share the project's mistakes.
"""
