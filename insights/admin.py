"""Insights in the console: what was noticed, the words it rests on, and one click to say whether it was useful."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.urls import URLPattern, path

from crm.console.formats import percent, words
from crm.console.pages import TenantAdmin
from crm.console.roles import Power, Visitor, require, visitor_of
from crm.console.verbs import Done, Verb
from crm.models import Interaction
from insights.feedback import LONGEST_COMMENT, give, may_give
from insights.models import Feedback, Insight, Threshold, Verdict


class CommentForm(forms.Form):
    """Why, if they like to say."""

    comment = forms.CharField(
        max_length=LONGEST_COMMENT,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        label="Why (optional)",
        help_text="It stands beside the insight for everybody here.",
    )


def _judge(verdict: Verdict) -> Any:
    def act(request: HttpRequest, row: Insight, given: dict[str, Any]) -> Done:
        who = visitor_of(request)
        done = give(
            insight=row, person_id=who.person.pk, verdict=verdict, comment=given.get("comment", ""), actor=who.actor
        )
        return Done(done.in_words())

    return act


def _may(who: Visitor, row: Insight) -> bool:
    return may_give(who.role, person_id=who.person.pk, insight=row)


class InsightAdmin(TenantAdmin):
    """What was noticed about customers."""

    when_empty = "The pattern scan puts here what it notices in your customers' records, every six hours."
    list_display = ("what", "account", "severity_in_words", "confidence_in_words", "status", "created_at")
    list_display_links = ("what",)
    list_select_related = ("account",)
    list_filter = ("status", "pattern_type", "severity")
    in_csv: ClassVar = {"confidence_in_words": ("confidence",)}
    search_fields = ("account__name", "reason", "topic")
    ordering = ("-id",)
    fields = (
        "account",
        "contact",
        "pattern_in_words",
        "severity_in_words",
        "confidence_in_words",
        "status",
        "created_at",
        "seen_at",
        "ended_at",
        "ended_why",
    )
    readonly_fields = ("pattern_in_words", "severity_in_words", "confidence_in_words", "created_at")
    verbs = (
        Verb("useful", "Useful", Power.JUDGE_INSIGHTS, _judge(Verdict.USEFUL), CommentForm, allows=_may),
        Verb(
            "false_alarm",
            "False alarm",
            Power.JUDGE_INSIGHTS,
            _judge(Verdict.FALSE_ALARM),
            CommentForm,
            note="Dismisses it; insights of this kind are shown from a higher confidence on.",
            danger=True,
            allows=_may,
        ),
    )

    def get_urls(self) -> list[URLPattern]:
        asking = path(
            "<str:object_id>/ask/<slug:verdict>/",
            self.admin_site.admin_view(self.ask_view),
            name=self._page_name("ask"),
        )
        return [asking, *super().get_urls()]

    def ask_view(self, request: HttpRequest, object_id: str, verdict: str) -> HttpResponse:
        """Where a digest's link leads: one question and a button. Looking at it changes nothing."""
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        row = self.row_of(request, object_id)
        verb = next((candidate for candidate in self.verbs if candidate.name == verdict), None)
        if verb is None:
            raise Http404("No such answer.")
        require(request, verb.power)
        return self._form_page(request, verb, row, verb.empty_form(row))

    def beside(self, request: HttpRequest, row: Insight) -> dict[str, Any]:
        """Its evidence, with the interactions it stands in, what people said, and the threshold that applies."""
        pieces = [piece for piece in row.evidence if isinstance(piece, dict)]
        found = Interaction.objects.select_related("contact").in_bulk(
            [piece["interaction"] for piece in pieces if piece.get("interaction")]
        )
        return {
            "beside": "insights/evidence.html",
            "insight": row,
            "pieces": [(piece, found.get(_id(piece))) for piece in pieces],
            "feedback": Feedback.objects.filter(insight=row).select_related("person"),
            "threshold": Threshold.objects.filter(pattern_type=row.pattern_type).first(),
        }

    def what(self, row: Insight) -> str:
        return f"{words(row.signal)}{f': {row.topic}' if row.topic else ''}"

    def pattern_in_words(self, row: Insight) -> str:
        return words(row.pattern_type)

    pattern_in_words.short_description = "pattern"  # type: ignore[attr-defined]

    def severity_in_words(self, row: Insight) -> str:
        return words(row.severity)

    severity_in_words.short_description = "severity"  # type: ignore[attr-defined]

    def confidence_in_words(self, row: Insight) -> str:
        return percent(row.confidence)

    confidence_in_words.short_description = "confidence"  # type: ignore[attr-defined]


class ThresholdAdmin(TenantAdmin):
    """From which confidence on a pattern type is shown, and the feedback that moved it."""

    when_empty = "Every pattern type is shown from a confidence of 70 % on. Feedback on insights moves that."
    list_display = ("kind", "value", "useful", "false_alarms")
    list_display_links = ("kind",)
    ordering = ("pattern_type",)
    fields = ("kind", "value", "useful", "false_alarms")
    readonly_fields = ("kind",)

    def kind(self, row: Threshold) -> str:
        return words(row.pattern_type)

    kind.short_description = "pattern type"  # type: ignore[attr-defined]


def _id(piece: dict[str, Any]) -> Any:
    return Interaction._meta.pk.to_python(piece["interaction"]) if piece.get("interaction") else None


admin.site.register(Insight, InsightAdmin)
admin.site.register(Threshold, ThresholdAdmin)
