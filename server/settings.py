"""Django settings. What differs between installations stands in CLOSEOUT_DATA, CLOSEOUT_DATABASE, CLOSEOUT_URL, CLOSEOUT_CERTIFICATE.

Importing this makes and reads nothing; the data directory and the secret key are made when they are first used.
"""

import os
from pathlib import Path
from urllib.parse import urlsplit

from django.utils.functional import SimpleLazyObject

from server import data, database

HERE = Path(__file__).parent
LOOPBACK = ("127.0.0.1", "localhost", "::1")

DEBUG = False
SECRET_KEY = SimpleLazyObject(data.secret_key)

# The address that people type: it decides which host names are answered and whether cookies need TLS.
PUBLIC_URL = os.environ.get("CLOSEOUT_URL", "http://127.0.0.1:8000").rstrip("/")
# What the TLS server in front of the pages shows, in PEM: offered where the package of an agent is made.
CERTIFICATE_FILE = os.environ.get("CLOSEOUT_CERTIFICATE", "")
_public = urlsplit(PUBLIC_URL)
_local_http = _public.scheme == "http" and _public.hostname in LOOPBACK
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]", _public.hostname or ""]
CSRF_TRUSTED_ORIGINS = [] if _local_http else [PUBLIC_URL]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "server",
]
MIDDLEWARE = [
    "server.middleware.security_headers",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "server.middleware.own_password",
    "server.middleware.ForeseenTrouble",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "server.middleware.refuse_nul",
]
ROOT_URLCONF = "server.urls"
WSGI_APPLICATION = "server.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [HERE / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {
            "environment": "server.jinja.environment",
            "context_processors": ["django.contrib.messages.context_processors.messages"],
        },
    },
]

_dsn = os.environ.get("CLOSEOUT_DATABASE", "")
DATABASES = {"default": database.postgresql(_dsn) if _dsn else database.sqlite(data.data_directory())}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "server.User"
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "sign-in"

USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = False
LANGUAGE_CODE = "en"

STATIC_URL = "static/"
STATICFILES_DIRS = [HERE / "static"]
# Served from the packages themselves: nothing has to be collected before the first start.
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = not _local_http
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "server.views.errors.refused_form"
CSRF_COOKIE_SAMESITE = "Strict"
CSRF_COOKIE_SECURE = not _local_http
SECURE_HSTS_SECONDS = 0 if _public.scheme == "http" else 365 * 24 * 60 * 60
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 25_000  # a form may name every host of a fleet
FILE_UPLOAD_PERMISSIONS = 0o600

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "django": {"level": "WARNING", "propagate": True, "handlers": []},
        "server": {"level": "INFO", "propagate": True},
        "winrm": {"level": "CRITICAL"},  # what it logs with a traceback it also raises, and that is told in a sentence
    },
}
