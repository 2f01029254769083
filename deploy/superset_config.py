"""What Superset is told: its key is a file, its own tables stand in SUPERSET_HOME."""

from pathlib import Path

SECRET_KEY = Path("/etc/reachline/secrets/superset_secret_key").read_text(encoding="utf-8").strip()
if len(SECRET_KEY) < 32:
    raise SystemExit("superset_secret_key: 32 characters or more; `deploy/secrets` makes one")
SQLALCHEMY_DATABASE_URI = "sqlite:////var/lib/superset/superset.db"
TALISMAN_ENABLED = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
