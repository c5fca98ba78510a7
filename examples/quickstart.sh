#!/bin/bash
# quickstart.sh: from a checkout to a running box on one Debian 12 machine. Builds
# the programs, boots a container-sized machine named "town" with townd in it,
# applies home.yaml and fetches the page that it asked for. Run it as root.
#
#   ./examples/quickstart.sh          everything, a few minutes the first time
#   ./examples/quickstart.sh --down   stops the box and removes it with all its data
set -euo pipefail
export PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
cd "$(dirname "$(readlink -f "$0")")/.."
name=town

if [[ $EUID -ne 0 ]]; then
  echo "quickstart.sh needs root: sudo ./examples/quickstart.sh" >&2
  exit 2
fi
case ${1:-} in
  '') ;;
  --down)
    tests/host/down "$name"
    echo "The box is gone."
    exit
    ;;
  *)
    sed -n '2,7s/^# \{0,1\}//p' "$0" >&2
    exit 2
    ;;
esac
if tests/host/exec "$name" true 2>/dev/null; then
  echo "The box runs already. To start over: $0 --down" >&2
  exit 1
fi

inside() { tests/host/exec "$name" "$@"; }
say() { printf '\n[%d/6] %s\n' "$((++step))" "$1"; }
step=0

# A box that did not come up says why, and does not stay half-made.
# shellcheck disable=SC2317
give_up() {
  local status=$?
  trap - EXIT
  [[ $status -ne 0 ]] || exit 0
  echo
  echo "This did not work. The last lines of townd:"
  inside journalctl --no-pager -u townd -n 60 2>/dev/null || echo "(it was never started)"
  FAST=1 tests/host/down "$name" || true
  exit "$status"
}

say "Installing what the build needs"
tests/install-packages

say "Building townd and townctl"
cmake --preset release
cmake --build --preset release --parallel "$(nproc)" --target townd townctl

say "Booting the box"
trap give_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
info=$(tests/host/up "$name" --bin build/release)
address=$(sed -n 's/^ADDR=//p' <<<"$info")
echo "It has the address $address."

say "Starting its image registry and its git server"
tests/host/services "$name"
echo "Container images and the package repository are at hand, without the internet."

say "Starting townd"
# The unit that a box has, but for where the programs lie.
inside install -m 0644 /repo/api/cmd/townd.service /etc/systemd/system/townd.service
inside sed -i 's|/usr/bin/townd|/opt/town/bin/townd|' /etc/systemd/system/townd.service
inside systemctl enable --quiet --now townd
password=$(head -c 15 /dev/urandom | base64 | tr '/+' 'xy')
inside install -m 0600 /dev/stdin /root/admin-password <<<"$password"
inside townctl login --server http://127.0.0.1:5309 --username admin \
  --password-file /root/admin-password --create
inside rm /root/admin-password
echo "townd runs, and its first account is \"admin\"."

say "Applying examples/home.yaml"
inside townctl apply /repo/examples/home.yaml --wait
deadline=$((SECONDS + 60))
until page=$(curl --noproxy '*' -fsS "http://$address:8080/" 2>/dev/null); do
  if ((SECONDS > deadline)); then
    echo "No page at http://$address:8080/ after a minute."
    exit 1
  fi
  sleep 0.5
done
echo "http://$address:8080/ says: $page"

trap - EXIT
cat <<END

Your box is up.
  Dashboard  http://$address:5309/
  Sign in    admin / $password
  Look in    sudo ./tests/host/exec $name bash
  Remove it  sudo ./examples/quickstart.sh --down
END
