"""Hotspots: modules whose history says that they break repeatedly."""

from pytest_prevention.hotspots.backtest import Backtest, Bin, Trial, backtest, calibration, calibration_error, trials
from pytest_prevention.hotspots.modules import Hotspot, hotspots
from pytest_prevention.hotspots.score import Score, score

__all__ = [
    "Backtest",
    "Bin",
    "Hotspot",
    "Score",
    "Trial",
    "backtest",
    "calibration",
    "calibration_error",
    "hotspots",
    "score",
    "trials",
]
