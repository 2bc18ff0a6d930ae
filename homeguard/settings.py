"""The settings of HomeGuard: `HOMEGUARD_*` variables, and `HOMEGUARD_*_FILE` for secrets, read once at start."""

from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from homeguard.errors import BadInput, Misconfigured
from homeguard.places import default_data_dir
from homeguard.presence import Silence
from homeguard.settings_files import PREFIX, FileSecrets
from homeguard.topics import Topics
from homeguard.web_settings import checked_host, checked_network, checked_origin

MAX_DAYS = 365 * 100  # for ever, and still a date that can be written
MAX_ACCESS_TOKEN_MINUTES = 24 * 60  # a replaced key must verify for so long
MAX_COUNT = 2**63 - 1  # what a database can count
OIDC_ALGORITHMS = ("RS256", "ES256", "EdDSA")  # with public keys; a shared secret (HS…) must never be among them


class Settings(BaseSettings):
    """Everything that can be set. The description of each field is its line in docs/settings.md."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore")

    data_dir: Path = Field(
        default_factory=default_data_dir,
        description="Where the journal, the secrets and the broker's files lie.",
    )
    host: str = Field("127.0.0.1", description="Address the web server listens on.")
    port: int = Field(8000, ge=0, le=65535, description="Port of the web server.")
    allowed_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Origins (comma-separated) besides its own whose pages may call REST and open a WebSocket."
    )
    allowed_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Names (comma-separated) that it is reached by, besides addresses, `localhost` and this "
        "machine's own; `*`: any.",
    )
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Addresses and networks (comma-separated) of your proxies: their `X-Forwarded-For` and "
        "`X-Forwarded-Proto` are believed.",
    )
    hsts_seconds: int = Field(
        24 * 60 * 60,
        ge=0,
        le=2 * 365 * 24 * 60 * 60,
        description="Over TLS: how long browsers insist on it for this name, on every port; 0: not at all.",
    )
    tls: bool = Field(
        True, description="HTTPS, and MQTT over TLS, where there is a certificate; `false` behind a proxy with TLS."
    )
    tls_cert: Path | None = Field(
        None,
        description="Your own certificate with its chain (PEM); unset: that of `homeguard certs`, if there.",
    )
    tls_key: Path | None = Field(None, description="The key of your own certificate (PEM, without a passphrase).")
    ca_file: Path | None = Field(
        None,
        description="Authority (PEM) that clients believe; unset: the system's and that of `homeguard certs`.",
    )
    insecure_lan: bool = Field(
        False, description="Take MQTT without TLS beyond this machine, where passwords can be read on the way."
    )

    mqtt_url: SecretStr | None = Field(
        None,
        description="Your own broker: `mqtt://user:password@host:1883` or `mqtts://…`. `homeguard up` needs none.",
    )
    mqtt_admin_url: SecretStr | None = Field(
        None,
        description="The same broker with the account of its dynamic security's admin: HomeGuard then makes the "
        "accounts of devices there.",
    )
    mqtt_device_url: str | None = Field(
        None,
        description="Where devices reach the broker, if not where HomeGuard does: `mqtts://host:8883`; what "
        "`homeguard device add` prints.",
    )
    mqtt_client_id: str = Field("homeguard-bridge", description="Client id of the bridge at your own broker.")
    mqtt_port: int = Field(1883, ge=0, le=65535, description="Port of the broker that `homeguard up` starts.")
    mqtts_port: int = Field(8883, ge=0, le=65535, description="Its port for TLS, open where there is a certificate.")
    mqtts_device_port: int | None = Field(
        None,
        ge=0,
        le=65535,
        description="Its port where a certificate of `homeguard certs device` is the account; unset: none.",
    )
    mqtt_ca_file: Path | None = Field(
        None, description="Authority (PEM) of your own broker at `mqtts://`; unset: as `HOMEGUARD_CA_FILE`."
    )
    mqtt_cert: Path | None = Field(None, description="The bridge's certificate for your own broker, if it wants one.")
    mqtt_key: Path | None = Field(None, description="The key of the bridge's certificate.")
    topic_prefix: str = Field("homeguard", description="First level of every MQTT topic.")

    flat_topics: Literal["open", "closed"] = Field(
        "open", description="`closed`: alerts and updates only on topics that prove their sender."
    )
    tell_new: bool = Field(True, description="Raise an alert when a device is heard of for the first time.")
    quarantine_new: bool = Field(
        False, description="Devices never heard of before start blocked until somebody unblocks them."
    )
    silence_factor: float = Field(
        3.0,
        ge=0,
        le=1000,
        description="A device that speaks regularly is offline after so many times its longest usual pause; 0: never.",
    )
    silence_minutes: float = Field(5.0, gt=0, le=60 * 24 * 365, description="And after so many minutes at least.")

    database_url: SecretStr | None = Field(
        None, description="`postgresql://…` for PostgreSQL; unset: SQLite in the data directory."
    )
    retention_days: int = Field(90, ge=1, le=MAX_DAYS, description="Events older than this are pruned.")
    retention_events: int = Field(
        1_000_000, ge=1, le=MAX_COUNT, description="Events beyond this many are pruned, oldest first."
    )
    audit_days: int = Field(
        365, ge=1, le=MAX_DAYS, description="What users did is kept so long: one asks later than the events are kept."
    )

    admin_password: SecretStr | None = Field(
        None,
        description="Password of `admin` on the first start; unset: one is made and printed once.",
    )
    access_token_minutes: int = Field(
        15, ge=1, le=MAX_ACCESS_TOKEN_MINUTES, description="How long an access token is good."
    )
    session_days: int = Field(30, ge=1, le=MAX_DAYS, description="How long a sign-in can be refreshed.")
    token_issuer: str = Field("homeguard", description="`iss` of the tokens.")
    token_audience: str = Field("homeguard", description="`aud` of the tokens.")
    oidc_jwks_url: str | None = Field(
        None, description="JWKS URL of your own identity provider, whose tokens are taken too: https, or this machine."
    )
    oidc_public_key: str | None = Field(
        None, description="Instead of the URL: the provider's one public key, in PEM (`…_FILE` names its file)."
    )
    oidc_issuer: str | None = Field(None, description="`iss` of the provider's tokens; needed with either.")
    oidc_audience: str = Field("homeguard", description="`aud` that the provider's tokens must name.")
    oidc_algorithms: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Which of RS256, ES256 and EdDSA (comma-separated) the provider uses; unset: any of them."
    )
    oidc_username_claim: str = Field("sub", min_length=1, description="Claim that is the user's name.")
    oidc_role_claim: str | None = Field(
        None,
        description="Claim with the role, or groups (`realm_access.roles` is a path); unset: all are viewers.",
    )
    oidc_roles: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="What its values mean, as `family=operator,parents=admin`; unset: the names of the roles."
    )
    oidc_channels_claim: str | None = Field(
        None, description="Claim with the channels that the user may read; unset: both."
    )
    secure_cookies: bool = Field(
        False, description="Mark the refresh cookie Secure also where no trusted proxy says that TLS is in front."
    )

    max_sign_ins_per_user: int = Field(
        5,
        ge=1,
        le=MAX_COUNT,
        description="Wrong passwords a minute for one name from one address; then the wait doubles.",
    )
    max_sign_ins_per_address: int = Field(
        20, ge=1, le=MAX_COUNT, description="Wrong passwords a minute from one address (of IPv6: from one /64)."
    )
    max_calls_per_user: int = Field(3_000, ge=1, le=MAX_COUNT, description="REST calls of one user a minute.")
    max_calls_per_address: int = Field(
        6_000, ge=1, le=MAX_COUNT, description="REST calls from one address a minute: about a tenth of a core."
    )

    heartbeat_seconds: float = Field(15.0, gt=0, le=3600, description="A silent channel says it lives this often.")
    live_tail_events: int = Field(
        10_000, ge=1, le=MAX_COUNT, description="Newest events of a channel kept in memory, encoded."
    )
    live_tail_bytes: int = Field(
        16 * 1024 * 1024, ge=1024, le=MAX_COUNT, description="And at most so many bytes of them, a channel."
    )
    max_connections: int = Field(
        10_000, ge=1, le=MAX_COUNT, description="Live connections in all: about 10 KiB of memory each."
    )
    max_connections_per_user: int = Field(
        500, ge=1, le=MAX_COUNT, description="Live connections of one user: dashboards and scripts."
    )
    max_connections_per_address: int = Field(
        500,
        ge=1,
        le=MAX_COUNT,
        description="Live connections from one address, so that one box cannot take all places.",
    )
    max_handshakes_per_second: int = Field(
        2_000,
        ge=1,
        le=MAX_COUNT,
        description="Live handshakes looked at in a second; verifying more would starve who is connected.",
    )
    socket_send_buffer_bytes: int = Field(
        32 * 1024,
        ge=4096,
        le=2**30,
        description="Send buffer of a socket (the kernel doubles it): what a stalled client may cost.",
    )
    log_level: str = Field("INFO", description="DEBUG, INFO, WARNING or ERROR.")

    @field_validator(
        "allowed_origins", "allowed_hosts", "trusted_proxies", "oidc_algorithms", "oidc_roles", mode="before"
    )
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("allowed_origins")
    @classmethod
    def _check_origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(checked_origin(origin) for origin in value)

    @field_validator("allowed_hosts")
    @classmethod
    def _check_hosts(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(checked_host(host) for host in value)

    @field_validator("trusted_proxies")
    @classmethod
    def _check_proxies(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(checked_network(network) for network in value)

    @field_validator("oidc_algorithms")
    @classmethod
    def _check_algorithms(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not set(value) <= set(OIDC_ALGORITHMS):
            raise ValueError(f"some of {', '.join(OIDC_ALGORITHMS)}")
        return value

    @field_validator("oidc_roles")
    @classmethod
    def _check_roles(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if any("=" not in pair or pair.rpartition("=")[2] not in {"viewer", "operator", "admin"} for pair in value):
            raise ValueError("pairs as family=operator,parents=admin; the roles are viewer, operator, admin")
        return value

    @field_validator("topic_prefix")
    @classmethod
    def _check_prefix(cls, value: str) -> str:
        try:
            return Topics(value).prefix
        except BadInput as error:
            raise ValueError(error.message) from error

    @model_validator(mode="after")
    def _check_pairs(self) -> Self:
        for certificate, key in (("tls_cert", "tls_key"), ("mqtt_cert", "mqtt_key")):
            if (getattr(self, certificate) is None) != (getattr(self, key) is None):
                names = [f"{PREFIX}{name.upper()}" for name in (certificate, key)]
                raise ValueError(f"{names[0]} and {names[1]} go together: a certificate and its key")
        return self

    @field_validator("log_level")
    @classmethod
    def _check_level(cls, value: str) -> str:
        if value.upper() not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
            raise ValueError("one of DEBUG, INFO, WARNING, ERROR")
        return value.upper()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Let an argument win over a variable, and a variable over a file."""
        return init_settings, env_settings, FileSecrets(settings_cls)

    @property
    def jwt_key_file(self) -> Path:
        """The key that signs access tokens: of the server, and of `homeguard token`."""
        return self.data_dir / "secrets" / "jwt.key"

    @property
    def has_flat_topics(self) -> bool:
        """Whether the topics are open that prove no sender."""
        return self.flat_topics == "open"

    @property
    def silence(self) -> Silence | None:
        """When a regular device counts as gone; None: never."""
        return Silence(self.silence_factor, self.silence_minutes * 60) if self.silence_factor else None

    @property
    def database(self) -> str:
        """The database to open: the URL, or the SQLite file in the data directory."""
        if self.database_url is not None:
            return self.database_url.get_secret_value()
        return str(self.data_dir / "homeguard.db")


def load_settings(**overrides: Any) -> Settings:
    """Read the settings from the environment; arguments that are not None win.

    Raises:
        Misconfigured: naming each variable that is wrong and why.
    """
    try:
        return Settings(**{name: value for name, value in overrides.items() if value is not None})
    except ValidationError as error:
        raise Misconfigured("; ".join(_wrong(each["loc"], each["msg"]) for each in error.errors())) from None


def _wrong(place: tuple[int | str, ...], why: str) -> str:
    """Name the variable; what two of them do together names them itself."""
    return f"{PREFIX}{'.'.join(map(str, place)).upper()}: {why}" if place else why.removeprefix("Value error, ")
