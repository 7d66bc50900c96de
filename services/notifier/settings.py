"""What an installation says about sending: read once, from variables that begin with `HEARTH_NOTIFIER_`."""

import os
from typing import Self

from pydantic import SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.notifier.adapters.smtp import MailServer

PREFIX = "HEARTH_NOTIFIER_"


class NotifierSettings(BaseSettings):
    """Without a mail host no mail is sent, and a recipient with no other channel counts as not told."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid")

    base_url: str = "http://127.0.0.1:8000"
    """What the links in messages begin with."""
    smtp_host: str | None = None
    smtp_port: int = 25
    smtp_sender: str = "hearth@localhost"
    smtp_username: str | None = None
    smtp_password: SecretStr | None = None
    smtp_starttls: bool | None = None
    """True: never without encryption; unset: where the server offers it."""
    smtp_tls: bool = False
    smtp_answer_max_s: float = 10.0
    smtp_whole_max_s: float = 30.0

    @model_validator(mode="after")
    def _knows_every_variable(self) -> Self:
        """A variable that is misspelt would be a setting that silently has its default."""
        known = {f"{PREFIX}{name}".upper() for name in type(self).model_fields}
        given = {name.upper() for name in os.environ if name.upper().startswith(PREFIX)}
        if unknown := sorted(given - known):
            raise ValueError(f"unknown: {', '.join(unknown)}")
        return self

    def mail_server(self) -> MailServer | None:
        """Where mail is handed in; None if there is no such server."""
        if self.smtp_host is None:
            return None
        password = self.smtp_password
        return MailServer(
            host=self.smtp_host,
            port=self.smtp_port,
            sender=self.smtp_sender,
            username=self.smtp_username,
            password=None if password is None else password.get_secret_value(),
            is_starttls_required=self.smtp_starttls,
            is_tls=self.smtp_tls,
            answer_max_s=self.smtp_answer_max_s,
            whole_max_s=self.smtp_whole_max_s,
        )
