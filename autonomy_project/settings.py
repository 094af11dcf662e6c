"""Django's settings. Every choice of the operator comes through `environment`; what is written here is ours."""

from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from csp.constants import NONE, SELF, UNSAFE_EVAL, UNSAFE_INLINE
from django.templatetags.static import static

from autonomy_project import databases, logs, web_server
from autonomy_project.environment import read

BASE_DIR = Path(__file__).resolve().parent.parent
ENVIRONMENT = read()

# --- who may ask, and over what --------------------------------------------------------------------------------------
SECRET_KEY = ENVIRONMENT.secret_key
DEBUG = ENVIRONMENT.debug
ALLOWED_HOSTS = ENVIRONMENT.allowed_hosts
CSRF_TRUSTED_ORIGINS = ENVIRONMENT.csrf_trusted_origins
PUBLIC_URL = ENVIRONMENT.public_url

_OVER_HTTPS = not (ENVIRONMENT.embedded or DEBUG)
SESSION_COOKIE_SECURE = _OVER_HTTPS
CSRF_COOKIE_SECURE = _OVER_HTTPS
SESSION_COOKIE_AGE = 8 * 60 * 60
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if _OVER_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SILENCED_SYSTEM_CHECKS = [
    "security.W008",  # the redirect to https is the proxy's: here it would catch the health checks as well
]
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, UNSAFE_EVAL],  # the console's Alpine evaluates expressions
        "style-src": [SELF, UNSAFE_INLINE],
        "img-src": [SELF, "data:"],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
        "base-uri": [NONE],
        "object-src": [NONE],
    }
}

# --- parts -----------------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_celery_beat",
    "axes",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "record",
    "crm",
    "guardrails",
    "insights",
    "goals",
    "engine",
    "autonomy_project",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "autonomy_project.console_scope.ConsoleScope",
    "autonomy_project.request_scope.RequestScope",
    "axes.middleware.AxesMiddleware",  # last: it turns a lock-out raised by any other into its answer
]
ROOT_URLCONF = "autonomy_project.urls"
WSGI_APPLICATION = "autonomy_project.wsgi.application"
WEB_THREADS = web_server.threads  # of one web process; requests that wait may take half of them
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "autonomy_project" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# --- the database ----------------------------------------------------------------------------------------------------
DATABASES = {"default": databases.as_app(ENVIRONMENT)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- people ----------------------------------------------------------------------------------------------------------
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "admin:login"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]  # the name alone would let a stranger lock a person out
AXES_RESET_ON_SUCCESS = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "code"]  # left out of what is kept of a failed log-in
OTP_TOTP_ISSUER = "Autonomy"

# --- words and time --------------------------------------------------------------------------------------------------
LANGUAGE_CODE = "en-us"
USE_I18N = False
USE_TZ = True  # stored in UTC; TIME_ZONE is for showing
TIME_ZONE = ENVIRONMENT.time_zone

# --- static files ----------------------------------------------------------------------------------------------------
# On one machine they are served out of the installed packages. The image collects, hashes and compresses them once.
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "var" / "static" if ENVIRONMENT.hashed_static_files else None
WHITENOISE_USE_FINDERS = not ENVIRONMENT.hashed_static_files
WHITENOISE_AUTOREFRESH = False
_STATIC_STORAGE = (
    "whitenoise.storage.CompressedManifestStaticFilesStorage"
    if ENVIRONMENT.hashed_static_files
    else "django.contrib.staticfiles.storage.StaticFilesStorage"
)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": _STATIC_STORAGE},
}

# --- Celery: messages are hints, acknowledged on receipt; nothing depends on one arriving ----------------------------
CELERY_BROKER_URL = ENVIRONMENT.broker_url
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
    "socket_keepalive": True,
    "health_check_interval": 10,
    "global_keyprefix": "autonomy:",
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # Celery's own default gives up after 100
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 1000
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 30
CELERY_WORKER_ENABLE_SOFT_SHUTDOWN_ON_IDLE = True
CELERY_TASK_TIME_LIMIT = 60
CELERY_TASK_SOFT_TIME_LIMIT = 45
CELERY_TASK_IGNORE_RESULT = True
CELERY_RESULT_EXPIRES = None  # no result backend to clean up, hence no sixth row in the schedule
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_PUBLISH_RETRY = False  # the web never waits for the broker
CELERY_ENABLE_UTC = True
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULER = "autonomy_project.beat:Scheduler"
CELERY_BEAT_MAX_LOOP_INTERVAL = 5
CELERY_BEAT_SYNC_EVERY = 1  # a turn is stored when it is sent: the schedule's page and the sweep go by it

# --- what goes out ---------------------------------------------------------------------------------------------------
if ENVIRONMENT.mail.folder is not None:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = ENVIRONMENT.mail.folder
else:
    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_HOST = ENVIRONMENT.mail.host
EMAIL_PORT = ENVIRONMENT.mail.port
EMAIL_HOST_USER = ENVIRONMENT.mail.user
EMAIL_HOST_PASSWORD = ENVIRONMENT.mail.password
EMAIL_USE_TLS = ENVIRONMENT.mail.starttls
EMAIL_USE_SSL = ENVIRONMENT.mail.ssl
CONNECTOR_TIMEOUT_S = 30  # for one call to the outside: below the task's soft limit, its hard limit and the lease
EMAIL_TIMEOUT = CONNECTOR_TIMEOUT_S
DEFAULT_FROM_EMAIL = ENVIRONMENT.default_from_email
CHAT_WEBHOOK_URL = ENVIRONMENT.chat_webhook_url
CHAT_FOLDER = ENVIRONMENT.chat_folder
ALLOW_PRIVATE_ADDRESSES = ENVIRONMENT.allow_private_addresses
LLM_URL = ENVIRONMENT.llm_url
LLM_API_KEY = ENVIRONMENT.llm_api_key
LLM_MODEL = ENVIRONMENT.llm_model

# --- logs -------------------------------------------------------------------------------------------------------------
LOGGING = logs.configuration(ENVIRONMENT.log_format)
logs.configure_structlog()

# --- the API ---------------------------------------------------------------------------------------------------------
REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["autonomy_project.authentication.BearerAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PARSER_CLASSES": ["autonomy_project.strict_json.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["autonomy_project.strict_json.StrictJSONRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "autonomy_project.strict_json.OnlyJson",
    "DEFAULT_PAGINATION_CLASS": "autonomy_project.pagination.CursorPages",
    "DEFAULT_SCHEMA_CLASS": "autonomy_project.auto_schema.ApiSchema",
    "DEFAULT_METADATA_CLASS": None,  # OPTIONS is answered like any method that is not there
    "EXCEPTION_HANDLER": "autonomy_project.problems.exception_handler",
    "UNAUTHENTICATED_USER": None,
    "URL_FORMAT_OVERRIDE": None,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "TEST_REQUEST_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
}
DATA_UPLOAD_MAX_NUMBER_FIELDS = 6_000  # a form of 500 goals to look over has ten of each
DATA_UPLOAD_MAX_MEMORY_SIZE = 8 * 1024 * 1024  # the largest body that any call takes (the bulk calls)
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "Autonomy",
    "DESCRIPTION": "Agents propose actions, guardrails decide, people approve what is risky, workers carry it out.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": "/api/v1/",
    "SCHEMA_PATH_PREFIX_TRIM": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "GoalStatusEnum": "goals.models.GoalStatus",
        "InsightStatusEnum": "insights.models.InsightStatus",
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "autonomy_project.schema.add_what_every_call_has",
    ],
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],  # the description is public and names nobody
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}
# --- end of the API --------------------------------------------------------------------------------------------------


# --- the console -----------------------------------------------------------------------------------------------------
def _own_file(name: str, request: Any) -> str:
    return static(name)


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Autonomy",
    "SITE_HEADER": "Autonomy",
    "SITE_SUBHEADER": "autonomy_project.console.company",
    "SITE_URL": None,
    "SITE_ICON": "autonomy_project.console.icon",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": "autonomy_project.console.icon"}],
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "DASHBOARD_CALLBACK": "autonomy_project.console.landing",
    "STYLES": [
        partial(_own_file, f"engine/{part}.css")
        for part in ("console", "queue", "review", "story", "dashboard", "care")
    ],
    "SCRIPTS": [partial(_own_file, f"engine/{part}.js") for part in ("console", "queue", "review", "story", "care")],
    "ACCOUNT": {"navigation": "autonomy_project.console.own_pages"},
    "SIDEBAR": {"navigation": "autonomy_project.console.navigation"},
    "COLORS": {
        "primary": {
            "50": "#eef2ff",
            "100": "#e0e7ff",
            "200": "#c7d2fe",
            "300": "#a5b4fc",
            "400": "#a5b4fc",
            "500": "#818cf8",  # unfold writes with it on dark ground: 6366f1 is too dim there for WCAG AA
            "600": "#4f46e5",
            "700": "#4338ca",
            "800": "#3730a3",
            "900": "#312e81",
            "950": "#1e1b4b",
        },
    },
}
AXES_LOCKOUT_TEMPLATE = "console/locked.html"
LOGIN_REDIRECT_URL = "admin:index"
FORMAT_MODULE_PATH = ["autonomy_project.formats"]
# --- end of the console ----------------------------------------------------------------------------------------------
