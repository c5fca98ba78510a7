"""Package files written at test time. JSON is YAML, so nothing needs quoting."""

import json

# As process 1 a program has to ask for the signal to stop.
WAIT = "trap 'exit 0' TERM; sleep 1000000 & wait"


def app(script=WAIT, image="busybox:latest", port=None, container_port="80", volumes=None, questions=None,
        environment=None, command=None, **more):
    """A package that runs a line of shell, or the command; volumes is {name: quota}."""
    package = {
        "image": image,
        "description": "An app of a test",
        "command": command or ["sh", "-c", script],
        **more,
    }
    if port:
        package["network"] = {"external": {str(port): container_port}}
    if volumes:
        package["volumes"] = {name: {"mountpoint": f"/{name}", "quota": quota} for name, quota in volumes.items()}
    if questions:
        package["questions"] = questions
    if environment:
        package["environment"] = environment
    return json.dumps(package, ensure_ascii=False, indent=1)
