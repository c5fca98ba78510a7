"""What is on the machine, and what should be: so that a test can tell what was left behind."""

import json

# One look at everything, in one command.
LOOK = r"""
set -e
ls /run/systemd/system | grep '^town-os-' || true; echo --
ls /run/town-os/environment 2>/dev/null | grep '^town-os-' || true; echo --
podman ps -a --format '{{.Names}}' || true; echo --
podman network ls --format '{{.Name}}' | grep -vx podman || true; echo --
btrfs subvolume list "$1" | sed 's/.* path //' | grep -E '^(installed|uninstalled|user)/' || true; echo --
systemctl list-units --all --plain --no-legend 'town-os-*' | awk '{print $1}'
"""
PARTS = ("units", "environments", "containers", "networks", "volumes", "loaded")


def found(host, data="/town"):
    """{part: set of names} of all that is there, ours or not."""
    text = host.exec("bash", "-c", LOOK, "look", data).out
    return {part: set(lines.split()) for part, lines in zip(PARTS, text.split("--\n"))}


def wanted(resources):
    """The same of what the graph says; a stopped unit has a file but no container."""
    specs = {kind: [r["spec"] for r in resources if r["kind"] == kind] for kind in ("unit", "network", "volume")}
    units = {spec["unit"] for spec in specs["unit"]}
    running = [spec for spec in specs["unit"] if spec["running"]]
    return {
        "units": units,
        "environments": units,
        "containers": {spec["container"] for spec in running},
        "networks": {spec["network"] for spec in specs["network"]},
        "volumes": {spec["path"] for spec in specs["volume"]},
        "loaded": {spec["unit"] for spec in running},
    }


def difference(host, resources, data="/town"):
    """Nothing ("") where the machine holds exactly what is wanted, else a sentence."""
    there, should = found(host, data), wanted(resources)
    wrong = {
        part: {"left over": sorted(there[part] - should[part]), "missing": sorted(should[part] - there[part])}
        for part in PARTS if there[part] != should[part]
    }
    return json.dumps(wrong) if wrong else ""
