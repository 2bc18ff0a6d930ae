"""The kinds of field that several resources have, and the root of what clients send."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from homeguard.events import Channel


def _storable(text: str) -> str:
    if "\0" in text:
        raise ValueError("must not contain the character NUL")  # PostgreSQL cannot keep it
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError("must not contain half of a surrogate pair")  # JSON can say it, UTF-8 cannot
    return text


Text = Annotated[str, AfterValidator(_storable)]
Moment = Annotated[str, Field(json_schema_extra={"format": "date-time"}, examples=["2026-11-23T20:31:22.123Z"])]
Secret = Annotated[Text, Field(min_length=1, max_length=1024, json_schema_extra={"format": "password"})]
Username = Annotated[Text, Field(min_length=1, max_length=64, examples=["admin"])]


Channels = Annotated[  # at least one, which our own check says better
    list[Annotated[Channel, Field(strict=False)]],
    Field(max_length=len(Channel), json_schema_extra={"minItems": 1}),
]


class Body(BaseModel):
    """Root of what clients send: a field that is not known is a mistake, and no text is taken for a number."""

    model_config = ConfigDict(extra="forbid", strict=True)
