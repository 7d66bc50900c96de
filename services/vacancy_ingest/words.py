"""What may be said on the provider's edge, by whom, and which of it has an address of its own."""

from collections.abc import Mapping
from dataclasses import dataclass

from schemas import vacancies
from schemas.base import Event
from schemas.words import Role

PROVIDER_MODELS: tuple[type[vacancies.Input], ...] = (
    vacancies.SettingRegistered,
    vacancies.SettingAmended,
    vacancies.SettingJudged,
    vacancies.SettingPaused,
    vacancies.SettingResumed,
    vacancies.SettingClosing,
    vacancies.PlaceUnusable,
    vacancies.PlaceUsable,
    vacancies.PlaceOnNotice,
    vacancies.PlaceOccupied,
    vacancies.VacancyPosted,
    vacancies.VacancyAmended,
    vacancies.VacancyConfirmed,
    vacancies.VacancyFilled,
    vacancies.VacancyWithdrawn,
    vacancies.NoChange,
    vacancies.NilReturn,
    vacancies.NumbersStated,
    vacancies.CorrectionMade,
    vacancies.ExtendWindow,
    vacancies.ConsentToExtension,
    vacancies.AcceptNomination,
    vacancies.DeclineNomination,
    vacancies.DeclareBypass,
    vacancies.MovedIn,
    vacancies.FellThrough,
)
OPS_MODELS: tuple[type[vacancies.Input], ...] = (
    *PROVIDER_MODELS,
    vacancies.AgreementAttached,
    vacancies.AgreementEnded,
    vacancies.PolicyAdopted,
)
"""Agreements and policies are attached by ops: a provider cannot write its own."""

BY_NAME: Mapping[str, type[Event]] = {model.__name__: model for model in OPS_MODELS}
NAMES_OF: Mapping[Role, frozenset[str]] = {
    Role.PROVIDER: frozenset(model.__name__ for model in PROVIDER_MODELS),
    Role.OPS: frozenset(BY_NAME),
}
DEFAULTED = ("policy", "calendar")


@dataclass(frozen=True, slots=True)
class Address:
    """A route that says one thing; `named` is the field that its path names, if any."""

    path: str
    model: type[Event]
    summary: str
    named: str | None = None


ADDRESSES = (
    Address("/v1/settings", vacancies.SettingRegistered, "Register a setting"),
    Address("/v1/settings/{setting_id}/vacancies", vacancies.VacancyPosted, "Post a vacancy", "setting_id"),
    Address(
        "/v1/settings/{setting_id}/no-change",
        vacancies.NoChange,
        "All is as last said: confirm the setting and its vacancies",
        "setting_id",
    ),
    Address(
        "/v1/settings/{setting_id}/nil-return", vacancies.NilReturn, "No vacancies this week", "setting_id"
    ),
    Address(
        "/v1/settings/{setting_id}/numbers", vacancies.NumbersStated, "How many places are free", "setting_id"
    ),
    Address("/v1/vacancies/{vacancy_id}/confirm", vacancies.VacancyConfirmed, "Still vacant", "vacancy_id"),
    Address(
        "/v1/vacancies/{vacancy_id}/fill", vacancies.VacancyFilled, "Filled outside Hearth", "vacancy_id"
    ),
    Address(
        "/v1/vacancies/{vacancy_id}/withdraw", vacancies.VacancyWithdrawn, "Offer it no more", "vacancy_id"
    ),
    Address("/v1/vacancies/{vacancy_id}/moved-in", vacancies.MovedIn, "The child has moved in", "vacancy_id"),
    Address(
        "/v1/nominations/{nomination_id}/accept",
        vacancies.AcceptNomination,
        "Hold the place for this referral",
        "nomination_id",
    ),
    Address(
        "/v1/nominations/{nomination_id}/decline",
        vacancies.DeclineNomination,
        "Decline this referral; the council's window goes on",
        "nomination_id",
    ),
    Address(
        "/v1/windows/{window_id}/consent",
        vacancies.ConsentToExtension,
        "Consent to the longer window that a council asked for",
        "window_id",
    ),
)
