# shellcheck shell=bash disable=SC2034
# What the scripts of the test host share.  Nothing of the machine is touched
# but $TOWN_HOST_DIR and the network namespace, the veth and the cgroups that
# bear the name of a host.
: "${TOWN_HOST_DIR:=/var/tmp/town-testhost}"

# The root of a host has to be readable by its own users.
umask 022

here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
checkout=$(readlink -f "$here/../..")

die() {
  echo "testhost: $*" >&2
  exit 1
}

# The names in a package list, without comments.
list_packages() {
  sed -e 's/#.*//' -e 's/[[:space:]]//g' -e '/^$/d' "$@"
}

# One short hash over everything that shapes the base root file system.
base_key() {
  (
    cd "$here" || exit
    find packages.txt make-base configure-base root -type f -print0 | LC_ALL=C sort -z |
      xargs -0 sha256sum | sha256sum | cut -c1-12
  )
}

base_dir() { echo "$TOWN_HOST_DIR/base-$(base_key)"; }

# host_init NAME: sets the host_* variables of that host.
host_init() {
  # interface names have at most 15 characters, "ve-" included
  [[ $1 =~ ^[a-z][a-z0-9]{0,9}$ ]] || die "bad host name '$1': use [a-z][a-z0-9]{0,9}"
  host_name=$1
  host_state=$TOWN_HOST_DIR/hosts/$1
  host_root=$host_state/root
  host_netns=town-$1
  host_veth=ve-$1
}

# The cgroup directories of a host: one per mounted hierarchy that systemd uses.
host_cgroups() {
  local dir
  for dir in /sys/fs/cgroup/unified /sys/fs/cgroup/systemd; do # hybrid or v1
    [[ -d $dir ]] && echo "$dir/testhost-$host_name"
  done
  [[ -f /sys/fs/cgroup/cgroup.controllers ]] && echo "/sys/fs/cgroup/testhost-$host_name"
  return 0
}

# The PID, seen from outside, of the host's systemd.  Fails when it is not running.
host_leader() {
  local nspawn pid
  nspawn=$(cat "$host_state/nspawn.pid" 2>/dev/null) || return 1
  [[ -d /proc/$nspawn ]] || return 1
  for pid in $(pgrep -P "$nspawn"); do
    # PID 1 of the inner PID namespace: the last field of NSpid is 1
    if [[ $(awk '/^NSpid:/{print $NF}' "/proc/$pid/status" 2>/dev/null) == 1 ]]; then
      echo "$pid"
      return 0
    fi
  done
  return 1
}

# host_enter PID CMD...: runs CMD inside the host, in a cgroup of the host.
host_enter() {
  local pid=$1 dir
  shift
  # A command that stayed in the caller's cgroup would read "/../.." as its own;
  # podman and sd_pid_get_unit() then misbehave.  The subshell keeps the calling
  # script itself where it is.
  (
    while read -r dir; do
      [[ -d $dir/payload ]] || continue
      mkdir -p "$dir/payload/exec"
      echo "$BASHPID" >"$dir/payload/exec/cgroup.procs"
    done < <(host_cgroups)
    exec nsenter -t "$pid" -m -p -n -u -i -C -r -w \
      env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/opt/town/bin \
      HOME=/root LANG=C.UTF-8 TERM="${TERM:-dumb}" "$@"
  )
}

# process_id PID: "PID STARTTIME", which names a process even when PIDs are reused.
process_id() {
  local stat
  stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
  # the command's name may hold blanks; field 22 of the whole is field 20 behind it
  awk -v pid="$1" '{print pid, $20}' <<<"${stat##*) }"
}
