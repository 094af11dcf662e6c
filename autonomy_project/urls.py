"""Where every address leads."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path, re_path
from drf_spectacular.views import SpectacularSwaggerSplitView

from autonomy_project import console, health, problems, schema, two_factor_pages
from autonomy_project.console_scope import switch_tenant
from autonomy_project.log_in import CodeStep, LogIn
from autonomy_project.no_such_path import NoSuchPath
from autonomy_project.own_settings import own_settings
from engine.console import dashboard

_API: list[URLPattern | URLResolver] = [
    path("", include("crm.urls")),
    path("", include("guardrails.urls")),
    path("", include("insights.urls")),
    path("", include("goals.urls")),
    path("", include("engine.urls")),
    re_path("", NoSuchPath.as_view()),
]

urlpatterns = [
    path("admin/login/", LogIn.as_view(), name="log_in"),
    path("admin/login/code/", CodeStep.as_view(), name="log_in_code"),
    *two_factor_pages.urls(),
    path("admin/settings/", admin.site.admin_view(own_settings), name="own_settings"),
    path("admin/tenant/", switch_tenant, name="switch_tenant"),
    path("admin/search/", admin.site.admin_view(console.search)),
    re_path("^admin/r/", console.no_page_elsewhere),
    path("admin/dashboard/", admin.site.admin_view(dashboard.page), name="dashboard"),
    path("admin/dashboard/live/", admin.site.admin_view(dashboard.live_part), name="dashboard_live"),
    path("admin/", admin.site.urls),
    path("api/v1/", include(_API)),
    path("api/schema/", schema.schema, name="schema"),
    path("api/docs/", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="docs"),
    path("api/docs/problems/", schema.problem_page, name="problems"),
    path("livez", health.livez, name="livez"),
    path("readyz", health.readyz, name="readyz"),
]

handler400 = problems.bad_request
handler403 = problems.permission_denied
handler404 = problems.page_not_found
handler500 = problems.server_error
