#!/usr/bin/env bash
# Serve the atlas as ATLAS_TIER says: public without Streamlit, analyst (default) and ngo with it.
set -euo pipefail
cd "$(dirname "$0")/.."
python="${BIN:-.venv/bin}/python"
host="${HOST:-127.0.0.1}"
port="${PORT:-8501}"
if [ "${ATLAS_TIER:-analyst}" = public ]; then
  # `streamlit run` would import Streamlit; no access log: who reads this page is nobody's business
  echo "the public page: http://$host:$port/public" >&2
  exec "$python" -m uvicorn app:app --host "$host" --port "$port" \
    --http h11 --no-access-log --no-server-header --log-level warning
fi
exec "$python" -m streamlit run app.py --server.address "$host" --server.port "$port"
