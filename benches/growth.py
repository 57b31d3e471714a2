"""Dumps in which something else than the nodes grows: growth.py KIND COUNT, on standard output."""

import json
import sys

TIME = "2026-03-01T12:00:00Z"


def main():
    kind, count = sys.argv[1], int(sys.argv[2])
    items = {"revisions": revisions, "priorities": priorities}[kind](count)
    json.dump({"apiVersion": "v1", "kind": "List", "items": list(items)}, sys.stdout, indent=4)


def revisions(sets):
    """DaemonSets on one node, each with ten revisions of which the last is the current one."""
    yield node("n0", {})
    for at in range(sets):
        name = f"s{at}"
        yield daemon_set(name, {"containers": [container("x:9")]})
        yield pod(f"{name}-0", name, "n0", {"containers": [container("x:9")]}, "h9")
        for number in range(10):
            template = {
                "$patch": "replace",
                "metadata": {"labels": {"app": name}},
                "spec": {"containers": [container(f"x:{number}")]},
            }
            yield {
                **owned("apps/v1", "ControllerRevision", f"{name}-h{number}", name, f"h{number}"),
                "revision": number + 1,
                "data": {"spec": {"template": template}},
            }


def priorities(sets):
    """DaemonSets of rising priority on five nodes that are full: each may evict all before it."""
    spec = [{"containers": [container("x:1", "10m")], "priority": at} for at in range(sets)]
    for at in range(5):
        yield node(f"n{at}", {"cpu": f"{10 * sets}m", "memory": "64Gi", "pods": "100000"})
    for at in range(sets):
        name = f"s{at}"
        yield daemon_set(name, {**spec[at], "containers": [container("x:1", "15m")]})
        for there in range(5):
            yield pod(f"{name}-{there}", name, f"n{there}", spec[at], "h0")


def container(image, cpu=None):
    requests = {"resources": {"requests": {"cpu": cpu, "memory": "1Mi"}}} if cpu else {}
    return {"name": "c", "image": image, **requests}


def node(name, allocatable):
    ready = {"type": "Ready", "status": "True", "lastTransitionTime": TIME}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": {"kubernetes.io/hostname": name}},
        "status": {"conditions": [ready], "allocatable": allocatable},
    }


def daemon_set(name, spec):
    return {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {"name": name, "namespace": "infra", "uid": f"u-{name}", "generation": 1},
        "spec": {
            "selector": {"matchLabels": {"app": name}},
            "template": {"metadata": {"labels": {"app": name}}, "spec": spec},
        },
    }


def owned(version, kind, name, daemon_set, template_hash):
    owner = {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "name": daemon_set,
        "uid": f"u-{daemon_set}",
        "controller": True,
    }
    return {
        "apiVersion": version,
        "kind": kind,
        "metadata": {
            "name": name,
            "namespace": "infra",
            "uid": f"u-{name}",
            "creationTimestamp": TIME,
            "labels": {"app": daemon_set, "controller-revision-hash": template_hash},
            "ownerReferences": [owner],
        },
    }


def pod(name, daemon_set, on, spec, template_hash):
    ready = {"type": "Ready", "status": "True", "lastTransitionTime": TIME}
    return {
        **owned("v1", "Pod", name, daemon_set, template_hash),
        "spec": {"nodeName": on, **spec},
        "status": {"phase": "Running", "conditions": [ready]},
    }


main()
