"""docker-compose.yml, which no engine here can start: checked against the compose schema, and for what matters."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from homeguard.settings import Settings

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = [name for name, service in SERVICES.items() if service.get("build")]


def test_compose_file_fits_the_schema() -> None:
    schema = json.loads((Path(__file__).parent / "compose-spec.json").read_text())
    jsonschema.Draft202012Validator(schema).validate(COMPOSE)


def test_schema_finds_a_mistake() -> None:
    schema = json.loads((Path(__file__).parent / "compose-spec.json").read_text())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(schema).validate({"services": {"homeguard": {"prots": []}}})


def test_services_that_start_without_a_profile() -> None:
    assert {name for name, service in SERVICES.items() if not service.get("profiles")} == {
        "init",
        "mosquitto",
        "homeguard",
    }
    assert SERVICES["sim"]["profiles"] == ["sim"]
    assert SERVICES["postgres"]["profiles"] == ["postgres"]


@pytest.mark.parametrize("name", SERVICES)
def test_ports_are_published_on_loopback_only_but_for_tls_where_an_address_is_said(name: str) -> None:
    ports = set(SERVICES[name].get("ports", [])) - {"${HOMEGUARD_LAN_ADDRESS:-127.0.0.1}:8883:8883"}
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_bridge_comes_over_tls_and_believes_the_authority_that_init_makes() -> None:
    assert "--tls-port=8883" in SERVICES["init"]["command"]
    assert SERVICES["homeguard"]["environment"]["HOMEGUARD_MQTT_CA_FILE"] == "/var/lib/homeguard/certs/ca.crt"


@pytest.mark.parametrize("name", [*OURS, "mosquitto"])
def test_service_runs_with_few_rights(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


@pytest.mark.parametrize("name", SERVICES)
def test_what_is_kept_lies_in_a_named_volume(name: str) -> None:
    mounts = [mount for mount in SERVICES[name]["volumes"] if isinstance(mount, str)]
    assert mounts
    assert {mount.split(":")[0] for mount in mounts} <= set(COMPOSE["volumes"])


@pytest.mark.parametrize("name", ["mosquitto", "homeguard", "postgres"])
def test_server_has_a_health_check(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"][0] == "CMD"


@pytest.mark.parametrize("name", SERVICES)
def test_service_waits_for_what_it_needs(name: str) -> None:
    for needed, wait in SERVICES[name].get("depends_on", {}).items():
        awaited = "service_completed_successfully" if needed == "init" else "service_healthy"
        assert wait["condition"] == awaited


@pytest.mark.parametrize("name", OURS)
def test_every_variable_is_a_setting(name: str) -> None:
    variables = [key for key in SERVICES[name].get("environment", {}) if key.startswith("HOMEGUARD_")]
    named = [key.removeprefix("HOMEGUARD_").lower() for key in variables]
    fields = {name if name in Settings.model_fields else name.removesuffix("_file") for name in named}
    assert fields <= set(Settings.model_fields)


def test_no_secret_is_in_the_file() -> None:
    given = [dict(service.get("environment", {})) for service in SERVICES.values()]
    name = "HOMEGUARD_MQTT_DEVICE_URL"
    shown = [variables.pop(name) for variables in given if name in variables]
    assert ["@" in value for value in shown] == [False]  # where devices reach the broker, without an account
    values = [value for variables in given for key, value in variables.items() if "PASSWORD" in key or "URL" in key]
    assert values
    assert all(value is None or value.startswith(("/run/", "/var/lib/")) for value in values)


def test_image_runs_as_the_user_that_owns_the_files_of_the_broker() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    assert f"USER {SERVICES['mosquitto']['user']}\n" in dockerfile
    assert "HEALTHCHECK" in dockerfile


def test_image_installs_versions_that_the_tests_ran_with() -> None:
    def pins(name: str) -> set[str]:
        return {line.split()[0] for line in (ROOT / name).read_text().splitlines() if line[:1].isalnum()}

    assert pins("requirements-run.lock") < pins("requirements.lock")
    assert not any(pin.startswith("pytest==") for pin in pins("requirements-run.lock"))


def test_image_is_built_with_a_dashboard_from_what_the_context_holds() -> None:
    stages = (ROOT / "Dockerfile").read_text().split("FROM ")
    dashboard = next(stage for stage in stages if stage.startswith("node:"))
    wheel = next(stage for stage in stages if " AS wheel" in stage)
    assert "npm ci" in dashboard
    assert (
        wheel.index("COPY . .")
        < wheel.index("COPY --from=dashboard /src/api/static api/static")
        < wheel.index("pip wheel")
    )
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert "!frontend" in ignored
    assert ignored.index("!frontend") < ignored.index("frontend/node_modules")  # the last line that fits wins
    assert ignored.index("!api") < ignored.index("api/static")
