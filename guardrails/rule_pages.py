"""The rules of a tenant in the console: what stands, setting and lifting it, the policy's versions, and trying it out."""

from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.urls import URLPattern, path, reverse

from crm.addresses import address_key
from crm.console.forms import ReasonForm
from crm.console.pages import TenantAdmin
from crm.console.roles import Power, require, visitor_of
from crm.console.verbs import Done, Verb
from crm.models import Tenant
from guardrails.models import PolicyVersion, RuleKind, TenantRule
from guardrails.policy import normalise_action_type, status_for
from guardrails.rule_forms import TryForm, form_for
from guardrails.scopes import takes_in
from guardrails.setting import SHAPES, lift_rule, set_rule
from guardrails.standing import standing_rule
from guardrails.telling import changes_told, names_in, told
from guardrails.trying import Trial, tried

ABOUT = {
    RuleKind.NEEDS_PERSON: "Put a person before actions that agents could do on their own.",
    RuleKind.NEVER: "Stop a kind of action here, for a stage, a clone, an account or a recipient.",
    RuleKind.FOUR_EYES: "Ask for two people, for instance above a value.",
    RuleKind.TOUCH_LIMIT: "Leave customers in peace: so many messages to one person in a week, whichever clone writes.",
    RuleKind.SEND_LIMIT: "So many messages to one company in a day, whichever clone writes.",
    RuleKind.PENDING_LIMIT: "Keep one clone from flooding the queue.",
    RuleKind.QUIET_HOURS: "Nothing goes out at night, by the clock of who receives it.",
    RuleKind.REPS_DECIDE: "Let representatives decide what their own clones propose.",
    RuleKind.REMINDER: "Remind everybody who may decide once an action has waited a while.",
    RuleKind.ESCALATION: "Hand an action over to a manager once it has waited too long.",
}


def _set(kind: str) -> Any:
    def act(request: HttpRequest, row: None, given: dict[str, Any]) -> Done:
        who = visitor_of(request)
        rule = set_rule(tenant=who.tenant, actor=who.actor, kind=kind, **given)
        return Done(f"Set. {told(rule, who.tenant.currency)} What waits is judged anew within seconds.")

    return act


def _lift(request: HttpRequest, row: TenantRule, given: dict[str, Any]) -> Done:
    who = visitor_of(request)
    lift_rule(row, actor=who.actor, reason=given["reason"])
    return Done("Lifted. What waits is judged anew within seconds.")


class RuleAdmin(TenantAdmin):
    """What this company has set beyond what holds everywhere: it can only make that stricter."""

    heading = "Rules"
    add_label = "Set a rule"
    when_empty = "What agents may do is set for everybody; here your company can make it stricter."
    list_before_template = "guardrails/rules_head.html"
    list_display = ("rule", "reason", "set_by", "set_at", "state")
    list_select_related = ("clone", "account", "person")
    list_filter = ("kind",)
    sortable_by = ()
    ordering = ("-set_at", "-id")
    fields = ("rule", "reason", "set_by", "set_at", "state", "lifted_by", "lifted_at")
    readonly_fields = fields
    verbs = (
        Verb(
            "lift",
            "Lift the rule",
            Power.SET_POLICY,
            _lift,
            ReasonForm,
            note="What holds everywhere goes on to hold.",
            danger=True,
            applies=lambda row: row.lifted_at is None,
        ),
    )

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        ours = [
            path("add/<slug:kind>/", view(self.add_kind_view), name=self._page_name("add_kind")),
            path("try/", view(self.try_view), name=self._page_name("try")),
        ]
        return [*ours, *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> QuerySet[TenantRule]:
        return super().get_queryset(request).select_related("tenant", "clone", "account", "person")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return visitor_of(request).may(Power.SET_POLICY)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Which kind of rule; a form that names its kind is taken here as well."""
        require(request, Power.SET_POLICY)
        if request.method == "POST":
            return self.add_kind_view(request, request.POST.get("kind", ""))
        kinds = [(RuleKind(kind), ABOUT[RuleKind(kind)]) for kind in SHAPES]
        return self.page(request, "guardrails/kinds.html", title="Set a rule", kinds=kinds)

    def add_kind_view(self, request: HttpRequest, kind: str) -> HttpResponse:
        """The form of one kind, and what comes of it."""
        require(request, Power.SET_POLICY)
        if kind not in SHAPES:
            raise Http404("There is no such kind of rule.")
        verb = Verb("add", "Set the rule", Power.SET_POLICY, _set(kind), form_for(kind), note=ABOUT[RuleKind(kind)])
        if request.method == "POST":
            return self._perform(request, verb, None)
        page = self._form_page(request, verb, None, verb.empty_form(None))
        page.context_data["title"] = RuleKind(kind).label  # type: ignore[attr-defined]
        return page

    def try_view(self, request: HttpRequest) -> HttpResponse:
        """What the guardrails and the rules would say to an action. Nothing is stored."""
        who = require(request, self.reading)
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        form = TryForm(request.GET if "action_type" in request.GET else None)
        context: dict[str, Any] = {"form": form, "back": reverse("admin:guardrails_tenantrule_changelist")}
        if form.is_bound and form.is_valid():
            rules = {rule: standing_rule(rule.__dict__) for rule in self.get_queryset(request).filter(lifted_at=None)}
            answer = tried(_trial(form.cleaned_data), list(rules.values()))
            context["verdict"], context["outcome"] = answer.verdict, status_for(answer.verdict)
            context["rules"] = [
                told(rule, who.tenant.currency) for rule, one in rules.items() if takes_in(one, answer.case)
            ]
        return self.page(request, "guardrails/try.html", title="Try the rules", **context)

    def rule(self, row: TenantRule) -> str:
        return told(row, row.tenant.currency)

    def state(self, row: TenantRule) -> str:
        return "lifted" if row.lifted_at else "stands"


class VersionAdmin(TenantAdmin):
    """Every version of the company's policy: who made it, why, and what changed."""

    heading = "Versions of the policy"
    when_empty = "Version 1 is what holds everywhere. The first rule of your own makes version 2."
    list_display = ("version", "what", "reason", "made_by", "created_at")
    sortable_by = ()
    ordering = ("-version",)
    fields = ("version", "what", "reason", "made_by", "created_at")
    readonly_fields = fields

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        page = super().get_changelist_instance(request)
        page.result_list = _told(list(page.result_list), visitor_of(request).tenant)
        return page

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> PolicyVersion | None:
        row = super().get_object(request, object_id, from_field)
        return row and _told([row], visitor_of(request).tenant)[0]

    def what(self, row: PolicyVersion) -> str:
        (told_row,) = [row] if hasattr(row, "in_words") else _told([row], row.tenant)
        return "; ".join(told_row.in_words)  # type: ignore[attr-defined]


def _told(versions: list[PolicyVersion], tenant: Tenant) -> list[PolicyVersion]:
    """The versions, each with what changed `in_words`; three statements however many they are."""
    names = names_in(change for version in versions for change in version.changes)
    for version in versions:
        version.in_words = changes_told(version.changes, names, tenant.currency)  # type: ignore[attr-defined]
    return versions


def _trial(given: dict[str, Any]) -> Trial:
    return Trial(
        action_type=normalise_action_type(given["action_type"]),
        stage=given["stage"] or None,
        clone=given["clone"],
        account=given["account"],
        recipients=(address_key(given["recipient"]),) if given["recipient"] else (),
        value=given["value"],
    )
