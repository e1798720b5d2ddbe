"""Promises of the files under deploy/: what starts them takes them, their workers find each other."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import kubernetes_validate
import pytest
import yaml
from kubernetes_validate import SchemaNotFoundError, ValidationError

from qdtools.cli import _parser
from qdtools.training.cluster import Place

DEPLOY = Path(__file__).resolve().parents[1] / "deploy"
MANIFEST = (DEPLOY / "kubernetes.yaml").read_text(encoding="utf-8")
#: Each knows every field of the manifest: the first that does, and one of today.
KUBERNETES = ("1.28", "1.37")
EACH_VERSION = pytest.mark.parametrize("version", KUBERNETES)


@pytest.fixture(scope="module")
def manifests():
    return {one["kind"]: one for one in yaml.safe_load_all(MANIFEST)}


def hold_to_schema(version: str, manifest: str) -> None:
    """Raise what this Kubernetes says against one of a manifest's documents; it allows no other field."""
    documents = list(yaml.safe_load_all(manifest))
    assert len(documents) == 2
    for one in documents:
        kubernetes_validate.validate(one, version, strict=True)


def test_the_readme_names_the_versions_that_the_manifest_is_held_to():
    readme = (DEPLOY / "README.md").read_text(encoding="utf-8")
    assert f"the schemas of {' and '.join(KUBERNETES)} " in readme


@EACH_VERSION
def test_kubernetes_knows_every_field_of_the_manifest_and_takes_its_value(version):
    hold_to_schema(version, MANIFEST)


def test_an_older_kubernetes_does_not_know_each_field():
    with pytest.raises(ValidationError, match="backoffLimitPerIndex"):
        hold_to_schema("1.27", MANIFEST)


@EACH_VERSION
@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("backoffLimitPerIndex: 20", "backofLimitPerIndex: 20", "'backofLimitPerIndex'"),
        ("subdomain: qd-train", "subDomain: qd-train", "'subDomain'"),
        ("mountPath: /results", "mountpath: /results", "'mountpath'"),
        ("publishNotReadyAddresses:", "publishNotReady:", "'publishNotReady'"),
        ("completions: 2", 'completions: "2"', "'2' is not of type 'integer'"),
        ("containerPort: 5000", "containerPort: http", "'http' is not of type 'integer'"),
        ("port: 5000", "port: 5000.5", "5000.5 is not of type 'integer'"),
        ("readOnly: true", "readOnly: yes please", "'yes please' is not of type 'boolean'"),
        ("claimName: qd-results", "readOnly: false", "'claimName' is a required property"),
    ],
)
def test_a_spoilt_manifest_is_refused(version, right, wrong, said):
    assert right in MANIFEST
    with pytest.raises(ValidationError, match=said):
        hold_to_schema(version, MANIFEST.replace(right, wrong))


@EACH_VERSION
@pytest.mark.parametrize(
    ("right", "wrong"),
    [("apiVersion: batch/v1", "apiVersion: batch/v1beta9"), ("kind: Service", "kind: Services")],
)
def test_an_object_that_kubernetes_does_not_have_is_refused(version, right, wrong):
    assert right in MANIFEST
    with pytest.raises(SchemaNotFoundError):
        hold_to_schema(version, MANIFEST.replace(right, wrong, 1))


def typed(words: list[str]):
    """What `qdtools` understands by a command."""
    assert words[:2] == ["qdtools", "train"]
    return _parser().parse_args(words[1:])


def test_each_pod_of_the_job_is_a_worker_that_the_service_names(manifests):
    job, service = manifests["Job"], manifests["Service"]
    name, spec = job["metadata"]["name"], job["spec"]
    pod = spec["template"]["spec"]
    (container,) = pod["containers"]
    assert (job["apiVersion"], service["apiVersion"]) == ("batch/v1", "v1")
    assert spec["completionMode"] == "Indexed"  # which gives each pod an index, and a name by it
    words = container["command"]
    assert words.count("$(JOB_COMPLETION_INDEX)") == 1
    for index in range(spec["completions"]):
        args = typed([word.replace("$(JOB_COMPLETION_INDEX)", str(index)) for word in words])
        place = Place(tuple(args.workers.split(",")), args.index)
        assert place.world == spec["completions"] == spec["parallelism"]
        host, _, port = place.addresses[index].partition(":")
        assert host == f"{name}-{index}.{pod['subdomain']}"
        assert {int(port)} == {one["containerPort"] for one in container["ports"]}
        assert int(port) in {one["port"] for one in service["spec"]["ports"]}
    assert service["metadata"]["name"] == pod["subdomain"]
    assert service["spec"]["clusterIP"] == "None"
    assert service["spec"]["selector"] == {"job-name": name}
    # A pod may fail, and comes again; a failure of the whole job is none of the first one's.
    assert spec["backoffLimitPerIndex"] > 0
    assert pod["restartPolicy"] == "Never"  # which backoffLimitPerIndex asks for
    volumes = {one["name"] for one in pod["volumes"]}
    assert {one["name"] for one in container["volumeMounts"]} == volumes
    mounts = [one["mountPath"] for one in container["volumeMounts"]]
    assert all(any(str(path).startswith(m) for m in mounts) for path in (args.data_dir, args.out))


def test_the_slurm_script_starts_one_worker_a_node(tmp_path):
    """Run by bash, with Slurm's two commands played by others."""
    tools = {
        "scontrol": "#!/bin/bash\nprintf 'node7\\nnode9\\n'\n",
        "srun": '#!/bin/bash\nshift\nfor i in 0 1; do SLURM_PROCID=$i "$@"; done\n',
        "qdtools": '#!/bin/bash\nprintf "%s\\n" qdtools "$@" --\n',
    }
    for name, text in tools.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
        (tmp_path / name).chmod(0o755)
    environment = os.environ | {
        "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}",
        "SLURM_JOB_NODELIST": "node[7,9]",
    }
    command = ["bash", DEPLOY / "slurm.sh", "my drawings", "my results"]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=True)
    runs = [part.split("\n") for part in done.stdout.strip().removesuffix("\n--").split("\n--\n")]
    assert len(runs) == 2
    for rank, words in enumerate(runs):
        args = typed(words)
        place = Place(tuple(args.workers.split(",")), args.index)
        assert (place.rank, place.addresses) == (rank, ("node7:5000", "node9:5000"))
        assert (args.data_dir, args.out) == ("my drawings", "my results/models")
    script = (DEPLOY / "slurm.sh").read_text(encoding="utf-8")
    options = dict(re.findall(r"^#SBATCH --([\w-]+)=(\S+)$", script, re.MULTILINE))
    assert (options["nodes"], options["ntasks-per-node"]) == ("2", "1")


def test_the_slurm_script_says_what_is_missing():
    done = subprocess.run(["bash", DEPLOY / "slurm.sh"], capture_output=True, text=True)
    assert done.returncode
    assert "name the folder of drawings" in done.stderr
