"""The jobs of a workflow file, GitHub's or GitLab's."""

from __future__ import annotations

from pytest_prevention.sources.yaml_stream import load_all

_NO_JOBS = {"default", "image", "include", "services", "spec", "stages", "variables", "workflow"}
_NO_JOBS |= {"cache", "before_script", "after_script"}
"""What stands at the top of a GitLab file besides jobs."""


def jobs(text: str, path: str) -> list[str]:
    """Their names in order; PreventionError where the file is no YAML."""
    found: list[str] = []
    for document in load_all(text, path):
        if not isinstance(document.value, dict):
            continue
        if path.endswith(".gitlab-ci.yml") or ".gitlab/ci/" in path:
            keys = [key for key, value in document.value.items() if isinstance(value, dict)]
            found += [key for key in keys if not key.startswith(".") and key not in _NO_JOBS]
        elif isinstance(document.value.get("jobs"), dict):
            found += document.value["jobs"]
    return found
