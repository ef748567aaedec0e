"""The one settings file. Everything an operator may set comes through config.environment."""

from csp.constants import NONE, SELF
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from config import environment
from config.environment import BASE_DIR

# --- what the operator sets -------------------------------------------------------------------------------------------
DATA_DIR = environment.data_dir()
STORAGE_DIR = environment.storage_dir(DATA_DIR)
SECRET_KEY = environment.secret_key(DATA_DIR)
DEBUG = environment.flag("DEBUG", False)
ALLOWED_HOSTS = environment.words("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = environment.words("CSRF_TRUSTED_ORIGINS", "")
LOG_LEVEL = environment.choice("LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR"))
DEVICE = environment.choice("DEVICE", "auto", ("auto", "cpu", "cuda"))
# nginx sets X-Forwarded-For itself; without a proxy in front, the header is whatever a client claims.
BEHIND_PROXY = environment.flag("BEHIND_PROXY", False)
BEHIND_HTTPS = environment.flag("BEHIND_HTTPS", False)
# As Docker Compose takes it: 8080, or 127.0.0.1:8080. Only links that a command prints need to know.
HTTP_PORT = environment.text("HTTP_PORT", "80").rpartition(":")[2]
BROKER_URL, BROKER_OPTIONS = environment.broker(DATA_DIR)
JOB_LEASE_S = environment.number("JOB_LEASE_S", 30, least=1)
JOB_RETRY_WAIT_S = environment.number("JOB_RETRY_WAIT_S", 15, least=0)
WORKER_STOP_S = environment.number("WORKER_STOP_S", 8, least=0)
JOB_WINDOW = int(environment.number("JOB_WINDOW", 200, least=1))
REVIEW_LEASE_S = environment.number("REVIEW_LEASE_S", 900, least=1)
UPLOAD_MAX_IMAGE_BYTES = int(environment.number("UPLOAD_MAX_IMAGE_MB", 512, least=1)) * 2**20
UPLOAD_MAX_TIFF_BYTES = int(environment.number("UPLOAD_MAX_TIFF_GB", 20, least=1)) * 2**30
UPLOAD_EXPIRY_DAYS = environment.number("UPLOAD_EXPIRY_DAYS", 14, least=0.001)
UPLOAD_TAKEOVER_S = environment.number("UPLOAD_TAKEOVER_S", 5, least=0.1)
WEB_IDLE_S = environment.number("WEB_IDLE_S", 90, least=1)
DISK_FLOOR_BYTES = int(environment.number("DISK_FLOOR_MB", 2048, least=0)) * 2**20
IMAGE_MAX_PIXELS = int(environment.number("IMAGE_MAX_MEGAPIXELS", 250, least=1)) * 10**6

# --- the house --------------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_htmx",
    "leaflet",
    "rest_framework",
    "rest_framework.authtoken",
    "drf_spectacular",
    "axes",
    "csp",
    "jobs",
    "surveys",
    "inference",
    "viewer",
    "review",
    "config",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.compress.CompressPages",
    "config.caching.keep_private",  # after the files of the pages, which are everybody's
    "config.health.answer_probes",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
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
DATABASES = {"default": environment.Database.read(DATA_DIR).settings}

# --- people -----------------------------------------------------------------------------------------------------------
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
LOGIN_URL = reverse_lazy("login")
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = reverse_lazy("login")
PASSWORD_RESET_TIMEOUT = 3 * 24 * 3600
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_CALLABLE = "config.errors.locked_out"
AXES_VERBOSE = False
AXES_CLIENT_IP_CALLABLE = "config.clients.client_address"

# --- language and time ------------------------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True

# --- files of the pages -----------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = environment.static_dir(DATA_DIR)
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": STORAGE_DIR}},
    "staticfiles": {"BACKEND": "config.static.OwnModulesManifestStorage"},
}
WHITENOISE_USE_FINDERS = DEBUG
LEAFLET_CONFIG = {"TILES": [], "ATTRIBUTION_PREFIX": False, "RESET_VIEW": False, "NO_GLOBALS": True}

# --- safety -----------------------------------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "connect-src": [SELF],
        "worker-src": [SELF],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = BEHIND_HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_HTTPS else None
X_FRAME_OPTIONS = "DENY"
# Browsers take it over TLS only, and elsewhere complain on every page.
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin" if BEHIND_HTTPS else None
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if BEHIND_HTTPS else 0
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 2**20
DATA_UPLOAD_MAX_NUMBER_FIELDS = 31_000  # a model has up to ten thousand labels, of which a page says three things each
FILE_UPLOAD_HANDLERS = [
    "config.multipart.BoundedUploadHandler",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

# --- the API ----------------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rest_framework.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["config.api.BoundedJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_THROTTLE_RATES": {"token": "20/minute"},
    "EXCEPTION_HANDLER": "config.api.exception_handler",
    "NUM_PROXIES": 1 if BEHIND_PROXY else 0,  # else a caller names his own address and is never slowed down
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Kopje",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "POSTPROCESSING_HOOKS": ["drf_spectacular.hooks.postprocess_schema_enums", "surveys.api.tus_schema.add_tus"],
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
    # Fields of one name with different choices need names of their own.
    "ENUM_NAME_OVERRIDES": {
        "JobStateEnum": "jobs.models.Job.State",
        "RunStateEnum": "inference.models.Run.State",
        "SpeedCheckStateEnum": "inference.models.SpeedCheck.State",
        "ModeEnum": "inference.models.Mode",
        "FastModeEnum": "inference.models.FAST_MODES",
        "DetectionVerdictEnum": "review.models.CHOICES_OF_DETECTIONS",
        "ImageVerdictEnum": "review.models.CHOICES_OF_IMAGES",
    },
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "filters": {"secrets": {"()": "config.logs.HideSecrets"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["secrets"]}},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {name: {"level": "WARNING"} for name in ("celery.worker.strategy", "celery.app.trace")},
}
