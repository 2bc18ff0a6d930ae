#!/bin/sh
# Brings this machine to where HomeGuard runs; the Makefile calls it. Installs system packages only where that needs no
# password and no answer, and otherwise says exactly what to type.
#
#   setup.sh python   virtual environment in .venv, with every package at the version and hash of requirements.lock
#   setup.sh broker   Mosquitto and its clients
#   setup.sh postgres PostgreSQL's server programs, which only tests use
#   setup.sh browser  chromium and certutil, which only tests and screenshots use
#   setup.sh firewall nftables and iproute2, for the tests in network namespaces
#   setup.sh curl     curl, with which the README's lines are tried
#   setup.sh chaos    nftables and libfaketime, which only make chaos uses
set -eu
cd "$(dirname "$0")/.."
VENV=.venv
PATH=$PATH:/usr/local/sbin:/usr/sbin  # where Debian keeps mosquitto, off the PATH of ordinary users

say() { printf 'setup: %s\n' "$*"; }
fail() { printf 'setup: %s\n' "$*" >&2; exit 1; }
has() { command -v "$1" >/dev/null 2>&1; }

apt_get() {
    # A prompt, of debconf or of needrestart, would wait for ever; another apt is waited for.
    set -- env DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=a apt-get -q -y -o DPkg::Lock::Timeout=120 "$@"
    if [ "$(id -u)" != 0 ]; then set -- sudo -n "$@"; fi
    "$@" </dev/null
}

# install_packages WHAT PACKAGE...
install_packages() {
    what=$1
    shift
    if ! has apt-get; then
        fail "$what is missing: install it with this system's package manager, and run make again (on Debian: apt-get install $*)"
    elif [ "$(id -u)" != 0 ] && ! { has sudo && sudo -n true 2>/dev/null; }; then
        fail "$what is missing. Type: sudo apt-get install $*   and run make again"
    fi
    say "$what is missing: installing $*"
    apt_get install --no-install-recommends "$@" >/dev/null 2>&1 && return  # fails where apt has no lists yet
    apt_get update >/dev/null || fail "apt-get update failed, see above"
    apt_get install --no-install-recommends "$@" || fail "could not install $*, see above"
}

is_new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

find_python() {
    for python in ${PYTHON:-} python3 python3.14 python3.13 python3.12 python3.11; do
        if has "$python" && is_new_enough "$python"; then command -v "$python"; return; fi
    done
    return 1
}

make_venv_with_pip() {
    has python3 || find_python >/dev/null || install_packages "Python" python3 python3-venv
    python=$(find_python) || fail "HomeGuard needs Python 3.11 or later, and this is $(python3 --version 2>&1): \
install a newer one (Debian 12, Ubuntu 24.04 have it) or uv (https://docs.astral.sh/uv/), and run make again"
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
        install_packages "Python's venv" "python$version-venv"
    fi
    "$python" -m venv --clear "$VENV"
}

setup_python() {
    if has uv; then
        [ -x "$VENV/bin/python" ] && is_new_enough "$VENV/bin/python" || uv venv -q --clear --python '>=3.11' "$VENV"
        say "installing the Python packages of requirements.lock with uv"
        uv pip install -q --python "$VENV/bin/python" --require-hashes -r requirements.lock
        uv pip install -q --python "$VENV/bin/python" --no-deps --no-build-isolation -e .
    else
        # An environment that uv made has no pip.
        is_new_enough "$VENV/bin/python" && "$VENV/bin/python" -c 'import pip' 2>/dev/null || make_venv_with_pip
        say "installing the Python packages of requirements.lock with pip (a minute or two, once)"
        "$VENV/bin/python" -m pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
        "$VENV/bin/python" -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
    fi
    # uv compiles nothing: the first start would take a second longer, and with PYTHONDONTWRITEBYTECODE in the environment
    # every start. What some package ships for another Python does not compile, and is never imported.
    "$VENV/bin/python" -m compileall -qq -j 0 "$VENV/lib" homeguard bridge api cli devices_sim mosquitto || true
}

setup_broker() {
    if has mosquitto && has mosquitto_pub; then return; fi
    install_packages "Mosquitto" mosquitto mosquitto-clients
}

setup_postgres() {
    if has initdb; then return; fi
    for program in /usr/lib/postgresql/*/bin/initdb; do
        if [ -x "$program" ]; then return; fi
    done
    install_packages "PostgreSQL, for the tests," postgresql
}

setup_browser() {
    # Playwright brings a Node of its own, and that needs this library, which a machine without a compiler has not.
    if has apt-get && [ -z "$(find /usr/lib /lib -name 'libatomic.so.1' 2>/dev/null | head -1)" ]; then
        install_packages "A library, for the tests in a browser," libatomic1
    fi
    if has apt-get && ! has certutil; then
        install_packages "What gives a browser an authority, for the tests," libnss3-tools
    fi
    for program in chromium chromium-browser google-chrome google-chrome-stable; do
        if has "$program"; then return; fi
    done
    # Ubuntu's package fetches a snap, whose browser does not see the temporary directories of the tests.
    if grep -qs '^ID=ubuntu' /etc/os-release; then
        fail "a browser is missing, for the tests: install Chrome or Chromium (not the snap) and run make again"
    fi
    install_packages "A browser, for the tests," chromium
}

setup_curl() {
    if has curl; then return; fi
    install_packages "curl" curl
}

setup_firewall() {
    if has nft && has ip && has setpriv; then return; fi
    install_packages "What the tests of the firewall need" nftables iproute2 util-linux
}

setup_chaos() {
    has nft && [ -n "$(find /usr/lib -name libfaketimeMT.so.1 2>/dev/null)" ] && return
    install_packages "What breaks networks and steps clocks" nftables faketime
}

case ${1:-} in
    python) setup_python ;;
    broker) setup_broker ;;
    postgres) setup_postgres ;;
    browser) setup_browser ;;
    firewall) setup_firewall ;;
    curl) setup_curl ;;
    chaos) setup_chaos ;;
    *) fail "usage: setup.sh python|broker|postgres|browser|firewall|curl|chaos" ;;
esac
