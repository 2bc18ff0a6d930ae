"""Reads `HOMEGUARD_X_FILE` as the value of `HOMEGUARD_X`: texts kept out of the environment, secrets above all."""

import os
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import PydanticBaseSettingsSource

from homeguard.errors import Misconfigured
from homeguard.secrets_file import read_private

PREFIX = "HOMEGUARD_"


class FileSecrets(PydanticBaseSettingsSource):
    """Reads `HOMEGUARD_X_FILE` as the value of `HOMEGUARD_X`, for texts kept out of the environment."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        path = os.environ.get(f"{PREFIX}{field_name.upper()}_FILE")
        if path is None or field.annotation not in (SecretStr, SecretStr | None, str, str | None):
            return None, field_name, False
        is_secret = field.annotation in (SecretStr, SecretStr | None)
        try:
            content = read_private(Path(path)) if is_secret else Path(path).read_bytes()
            return content.decode("utf-8").strip(), field_name, False
        except Misconfigured as error:
            raise Misconfigured(f"{PREFIX}{field_name.upper()}_FILE: {error}") from None
        except OSError as error:
            raise Misconfigured(f"{PREFIX}{field_name.upper()}_FILE: cannot read {path}: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise Misconfigured(f"{PREFIX}{field_name.upper()}_FILE: {path} is not UTF-8") from error

    def __call__(self) -> dict[str, Any]:
        values = {name: self.get_field_value(info, name)[0] for name, info in self.settings_cls.model_fields.items()}
        return {name: value for name, value in values.items() if value is not None}
