#!/bin/sh
# Installs what the tests need from the system's packages: chromium, its fonts, PostgreSQL's server.
# Does nothing where they are there already. On a system without apt, install them by hand (README).
set -eu

have_chromium() {
    for name in chromium-headless-shell chromium google-chrome; do
        if command -v "$name" >/dev/null 2>&1; then return; fi
    done
    return 1
}
have_postgres() { ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null 2>&1; }
have_fonts() { ls /usr/share/fonts/truetype/dejavu >/dev/null 2>&1; }

if have_chromium && have_postgres && have_fonts; then exit 0; fi

if ! command -v apt-get >/dev/null 2>&1; then
    echo "Please install chromium and PostgreSQL with your system's package manager." >&2
    exit 0
fi
SUDO=""
[ "$(id -u)" = 0 ] || SUDO="sudo"
export DEBIAN_FRONTEND=noninteractive
$SUDO apt-get update -qq
# The shell is the same browser without windows: a fifth less of the processor's time. Older systems have none.
have_chromium || $SUDO apt-get install -y -qq --no-install-recommends chromium-headless-shell >/dev/null 2>&1 ||
    $SUDO apt-get install -y -qq --no-install-recommends chromium >/dev/null
have_fonts || $SUDO apt-get install -y -qq --no-install-recommends fonts-dejavu-core >/dev/null
have_postgres || $SUDO apt-get install -y -qq --no-install-recommends postgresql >/dev/null
