"""Local servers that speak the platforms' APIs over a made-up market."""

from reachline.sandbox.platforms.market import open_market
from reachline.sandbox.platforms.server import (
    PLATFORMS,
    Listening,
    Sandbox,
    listen,
    moment,
    serving,
)
from reachline.sandbox.platforms.state import TOKEN

__all__ = [
    "PLATFORMS",
    "TOKEN",
    "Listening",
    "Sandbox",
    "listen",
    "moment",
    "open_market",
    "serving",
]
