"""Local servers that speak the platforms' APIs over a made-up market."""

from reachline.sandbox.platforms.server import Listening, Sandbox, listen, moment, serving
from reachline.sandbox.platforms.state import TOKEN

__all__ = ["TOKEN", "Listening", "Sandbox", "listen", "moment", "serving"]
