"""Settings of the desk: everything that differs between houses comes from the environment (contract.md, "Set-up").

Importing this module starts nothing. Where no DATABASE_URL is given, the addresses of the embedded stack are read from
its state files; `manage.py` and the test run start it beforehand (see `vipdesk/embedded.py`).
"""

import datetime as dt
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlsplit

import environ
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from vipdesk import embedded

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
environ.Env.read_env(BASE_DIR / ".env")

# --- who and where -------------------------------------------------------------------------------------------------

_known = embedded.known_urls()
DATABASE_URL = env("DATABASE_URL", default="") or _known["DATABASE_URL"]
REDIS_URL = env("REDIS_URL", default="") or _known["REDIS_URL"]
IS_TRIAL = not env("DATABASE_URL", default="") or _known["DATABASE_URL"] == DATABASE_URL

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env("SECRET_KEY", default="")
if not SECRET_KEY and (DEBUG or (IS_TRIAL and "DEBUG" not in env.ENVIRON)):
    SECRET_KEY = embedded.secret_key()
if not SECRET_KEY:
    raise ImproperlyConfigured("SECRET_KEY is not set: with DEBUG off the desk does not start without it.")

# Hashes the numbers of erased guests. Without a key of its own it changes with SECRET_KEY, and no block holds any more.
NUMBER_HASH_KEY = env("NUMBER_HASH_KEY", default="") or SECRET_KEY

# Private keys that open what tablets sealed while they had no network (`manage.py make_offline_key`), the one in use
# first. Without one, off a trial, tablets have no offline mode.
OFFLINE_KEYS = env.list("OFFLINE_KEYS", default=[])

SITE_URL = env("SITE_URL", default="http://127.0.0.1:8000").rstrip("/")
IS_HTTPS = SITE_URL.startswith("https://")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
# Where tablets learn to trust a trial's own authority; `make run-https` sets it.
TRUST_URL = env("TRUST_URL", default="")
CSRF_TRUSTED_ORIGINS = [SITE_URL] if urlsplit(SITE_URL).hostname else []
# How many proxies of the house's own stand before us; 0 means that X-Forwarded-For is never believed.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)

# --- parts ---------------------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",  # which leaves the admin site to us
    "vipdesk.adminconfig.DeskAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "crispy_forms",
    "crispy_bootstrap5",
    "django_htmx",
    "pgtrigger",
    "pghistory",
    "axes",
    "csp",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "vipdesk",
    "staff",
    "customers",
    "visits",
    "feedback",
    "targets",
    "outreach",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "vipdesk.middleware.BrowserFeatures",
    "csp.middleware.CSPMiddleware",
    "vipdesk.middleware.AdminPolicy",  # below django-csp's, which reads what it leaves on the response
    "vipdesk.middleware.NoNul",  # above whatever looks at the address
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "vipdesk.web.bodies.BodyLimit",  # above everything that might read a body
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "vipdesk.middleware.VisibleText",  # below the token's check, which reads the form first
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "vipdesk.middleware.NightSession",
    "staff.middleware.UserLocale",
    "pghistory.middleware.HistoryMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "staff.middleware.SecondStep",
    "vipdesk.middleware.MustChangePassword",
    "vipdesk.middleware.NoStore",
    "vipdesk.middleware.Whose",
    "vipdesk.middleware.RefusalReceipts",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "vipdesk.urls"
WSGI_APPLICATION = "vipdesk.wsgi.application"

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
                "csp.context_processors.nonce",
                "staff.context.shell",
            ],
        },
    }
]
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"

# --- database and broker -------------------------------------------------------------------------------------------

DATABASES = {"default": env.db_url_config(DATABASE_URL)}
DATABASES["default"] |= {
    "ENGINE": "django.db.backends.postgresql",
    "CONN_MAX_AGE": 600,
    "CONN_HEALTH_CHECKS": True,
}
# The role that the processes use, and the one that owns the database: as the latter only `migrate` and the test run
# connect (vipdesk.database_roles). Of its address all but the database's name counts. Empty: one role is both.
DATABASE_ROLE = DATABASES["default"]["USER"]
MIGRATE_DATABASE_URL = _known["MIGRATE_DATABASE_URL"] if IS_TRIAL else env("MIGRATE_DATABASE_URL", default="")
MIGRATE_DATABASE = env.db_url_config(MIGRATE_DATABASE_URL) if MIGRATE_DATABASE_URL else {}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# W161 takes a default of 20:00 for a `timezone.now()` without its function, where a check runs at that very time.
SILENCED_SYSTEM_CHECKS = ["fields.W161"]

CELERY_BROKER_URL = REDIS_URL
CELERY_TIMEZONE = "UTC"

# Periodic jobs, by dotted name (vipdesk.jobs.Job); every app adds its own here and nowhere else.
JOBS = [
    "vipdesk.housekeeping.HOUSEKEEPING",
    "vipdesk.vacuuming.VACUUM_ERASED",
    "vipdesk.held_ends.END_HELD",
    "customers.jobs.IMPORT_CONTENTS",
    "visits.jobs.CLOSE_LEFT_OPEN",
    "customers.jobs.FIND_DOUBLES",
    "customers.jobs.OLD_TALLIES",
    "customers.jobs.OLD_PROSPECTS",
    "feedback.jobs.DRAFT_WEEK",
    "feedback.jobs.REMIND_OF_WEEK",
    "feedback.jobs.SUBMIT_WEEK",
    "feedback.jobs.FORGET_TRIES",
    "outreach.jobs.CALL_LISTS",
    "outreach.jobs.OLD_LISTS",
    "outreach.sms_jobs.SMS_BATCH",
]
# Called by the worker every minute, by dotted name: each finds the work that no task is under way for.
SWEEPS = [
    "vipdesk.outbox.sweep",
    "customers.leaks.sweep",
    "vipdesk.alerts.sweep",
    "customers.jobs.sweep_imports",
    "customers.jobs.sweep_erasures",
    "visits.jobs.sweep_no_shows",
    "customers.jobs.sweep_unread_names",
    "customers.prospects.sweep",
    "feedback.escalating.sweep",
    "outreach.sms_jobs.sweep",
]
# What the apps have to tell operations, by dotted name: called without arguments, they give vipdesk.alerts.Alert.
ALERT_SOURCES = [
    "vipdesk.held_ends.alerts",
    "staff.lockout.alerts",
    "customers.leaks.alerts",
    "customers.handover.alerts",
    "feedback.complaint_evening.alerts",
    "feedback.opt_outs.alerts",
    "outreach.sms_jobs.alerts",
    "outreach.campaign_feedback.alerts",
]
# How long a worker may hold a job or a message; Celery's time limits lie below it (vipdesk/celery.py).
JOB_LEASE = dt.timedelta(seconds=env.int("JOB_LEASE_SECONDS", default=30 * 60))
# Where missed and failed jobs are mailed to; empty: they only show on operations' home.
ALERT_EMAIL = env("ALERT_EMAIL", default="")
# Who is told of escalated complaints beside everybody of operations with an address; robots of their groups.
COMPLAINT_EMAILS = env.list("COMPLAINT_EMAILS", default=[])
WECOM_ROBOT_URL = env("WECOM_ROBOT_URL", default="")
DINGTALK_ROBOT_URL = env("DINGTALK_ROBOT_URL", default="")
DINGTALK_ROBOT_SECRET = env("DINGTALK_ROBOT_SECRET", default="")  # where the robot asks for a signature
ROBOT_LANGUAGE = env("ROBOT_LANGUAGE", default="zh-hans")
# Cards on Tonight, URL names without arguments: what to do in its wide column, the clock in its narrow one. They come
# along in the page's own request, thirty statements in all (docs/decisions/0016), and then refresh themselves.
TONIGHT_CARDS: list[str] = [
    "staff:wrap_up_card",
    "staff:held_card",
    "visits:notices",
    "visits:first",
    "outreach:my_calls",
    "outreach:my_campaigns",
    "feedback:my_complaints",
    "feedback:my_surveys",
    "staff:my_tasks",
    "visits:promises",
    "visits:my_parties",
    "visits:my_reservations",
]
TONIGHT_CLOCK: list[str] = [
    "staff:clock",
    "staff:evening",
    "targets:month_card",
    "targets:gifts_tonight",
]
# Cards on a guest's page, as URL names that take the guest's key: served by the apps above, loaded by the page (htmx).
GUEST_CARDS: list[str] = [
    "visits:guest_parties",
    "visits:guest_bottles",
    "feedback:guest_complaints",
    "feedback:guest_surveys",
    "outreach:guest_contacts",
]
# Likewise on an open party's page; they take the party's key.
PARTY_CARDS: list[str] = [
    "targets:party_gifts",
    "visits:party_bottles",
    "feedback:party_complaints",
    "feedback:party_surveys",
]
# Forms that a tablet keeps while it has no network (vipdesk.offline.Kind), by dotted name.
OFFLINE_KINDS = [
    "customers.offline.CAPTURE",
    "visits.any_room.OFFLINE",
    "feedback.offline.SURVEY",
]
# How many days a form from a tablet waits to be mended, and how many before that operations are told.
HELD_DAYS = env.int("HELD_DAYS", default=30)
HELD_WARNING_DAYS = env.int("HELD_WARNING_DAYS", default=7)
# Called when operations attribute a party to somebody else, in the same transaction, by dotted name: with `party`, `by`
# and `reason`; what an app above holds of the party follows.
PARTY_ATTRIBUTED = [
    "targets.correcting.follow_party",
]
# Called when somebody leaves and their guests are handed over, in the same transaction, by dotted name: with `leaver`,
# `receivers`, `by` and `reason`; each gives on what it holds of tonight, and returns what it did in a sentence or "".
HANDED_OVER = [
    "visits.handover.hand_over_parties",
    "outreach.handover.hand_over_calls",
]
# Called when a guest is captured from a party's page, in the same transaction, by dotted name: with `party` (its key),
# `customer` and `by`; returns the address of that page.
CAPTURED_FROM_PARTY = "visits.seating.take_in_captured"
# The evening on the floor (staff.floor.registry), by dotted name: every app adds its own here and nowhere else. What
# can be read along with the manager's row is an `OfRow`: all of those together cost one statement.
# (user, night) -> when each duty of the evening was done, by its code; what is named here is never ticked by hand.
DUTY_FACTS = [
    "staff.floor.facts.duty_facts",
    "customers.evening.duty_facts",
    "visits.evening.duty_facts",
    "outreach.evening.duty_facts",
]
# (user, night) -> what this person's night still lacks: sentences, each alone or with its address.
WRAP_UP = [
    "staff.floor.facts.wrap_up",
    "staff.offline.queues.wrap_up",
    "customers.evening.wrap_up",
    "visits.evening.wrap_up",
    "feedback.complaint_evening.wrap_up",
    "outreach.evening.wrap_up",
]
# (night) -> everybody's values on the board of the night, by person and heading.
NIGHT_COLUMNS = [
    "staff.floor.facts.night_columns",
    "customers.evening.night_columns",
    "visits.evening.night_columns",
    "feedback.survey_evening.night_columns",
    "feedback.complaint_evening.night_columns",
    "outreach.evening.night_columns",
]
# What is held about a guest, part by part, by dotted name (vipdesk.personal.PersonalData): a guest's own copy shows it,
# erasure takes it out; every app adds its own here and nowhere else.
PERSONAL_DATA = [
    "customers.personal_data.RECORD",
    "customers.personal_data.NUMBERS",
    "customers.personal_data.RECORDS",
    "customers.personal_data.LATE",
    "customers.personal_data.PROSPECTS",
    "customers.personal_data.SHEETS",
    "customers.personal_data.ELSEWHERE",
    "visits.personal_data.ROOMS",
    "visits.personal_data.BOTTLES",
    "feedback.survey_personal_data.SURVEYS",
    "feedback.complaint_personal_data.COMPLAINTS",
    "targets.personal_data.LEDGER",
    "outreach.call_personal_data.CALLS",
    "outreach.sms_personal_data.SMS",
    "staff.personal_data.TASKS",
    "vipdesk.personal.CONFLICTS",
    "vipdesk.personal.HELD",
    "vipdesk.personal.MACHINERY",
]
# Sentences of the product that stand in stored text as codes (vipdesk.coded).
CODED_WORDS = [
    "customers.coded.WORDS",
    "visits.coded.WORDS",
    "feedback.coded.WORDS",
    "targets.coded.WORDS",
    "outreach.coded.WORDS",
]
# Guests not seen for so many months who agreed to nothing are proposed for erasure.
RETENTION_MONTHS = env.int("RETENTION_MONTHS", default=36)
# Below these no looking in one night is called unusual, whatever somebody's habit (customers.leaks): a full evening on
# the floor opens some 40 pages, checking the sheet shows a dozen numbers, the nights' sheets of a week have 500 rows.
LEAK_FLOORS = {
    "page": env.int("LEAK_FLOOR_PAGES", default=60),
    "reveal": env.int("LEAK_FLOOR_NUMBERS", default=20),
    "export": env.int("LEAK_FLOOR_EXPORTED", default=500),
    "sheet": env.int("LEAK_FLOOR_SHEET", default=400),
    "lookup": env.int("LEAK_FLOOR_LOOKUPS", default=100),
    "opened": env.int("LEAK_FLOOR_OPENED", default=20),
}
# How many numbers one person may look for in a night, in the search box and while typing one in a form: a busy evening
# asks for some 60. Ten thousand would rebuild a masked number.
LOOKUPS_A_NIGHT = env.int("LOOKUPS_A_NIGHT", default=200)
# Parts of the demo venue, in the order they are loaded (see `load_demo`).
DEMO_PARTS = [
    "staff.demo.load",
    "staff.floor.demo.load",
    "customers.demo.load",
    "customers.demo.prospects.load",
    "visits.demo.load",
    "targets.plan_demo.load",
    "targets.bill_demo.load",
    "feedback.survey_demo.load",
    "feedback.complaint_demo.load",
    "outreach.sms_demo.load",
    "outreach.call_demo.load",
]

# --- time and language ---------------------------------------------------------------------------------------------

USE_TZ = True
TIME_ZONE = env("TIME_ZONE", default="Asia/Shanghai")
NIGHT_ROLLOVER = dt.time.fromisoformat(env("NIGHT_ROLLOVER", default="12:00"))

USE_I18N = True
LANGUAGE_CODE = "en"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = "vipdesk.formats"
LANGUAGE_COOKIE_HTTPONLY = True

# How long a reservation holds its room, and how long past its time before the guests count as not coming.
RESERVATION_HOURS = env.int("RESERVATION_HOURS", default=4)
RESERVATION_HELD_MINUTES = env.int("RESERVATION_HELD_MINUTES", default=30)
# When the night's call lists are built: before the briefing.
CALL_LISTS_AT = dt.time.fromisoformat(env("CALL_LISTS_AT", default="16:30"))
# For how many nights a list keeps who found no place on it, and those of it whom nobody came to call.
CALL_LEFT_OVER_NIGHTS = env.int("CALL_LEFT_OVER_NIGHTS", default=14)
CALL_UNCALLED_NIGHTS = env.int("CALL_UNCALLED_NIGHTS", default=180)

# The weekly summary, in the week after: drafted, those who owe a remark reminded, submitted as the meeting begins.
WEEK_DRAFT = env("WEEK_DRAFT", default="mon 12:00")
WEEK_REMINDER = env("WEEK_REMINDER", default="mon 15:00")
WEEK_MEETING = env("WEEK_MEETING", default="mon 17:00")

# Text messages (contract.md, "SMS gateways"). What a part costs is in yuan; times are seconds.
SMS_GATEWAY = env("SMS_GATEWAY", default="console")
# When the batch of an SMS night is built, by the venue's clock (T10).
SMS_BATCHES_AT = dt.time.fromisoformat(env("SMS_BATCHES_AT", default="16:00"))
SMS_SEGMENT_PRICE = env("SMS_SEGMENT_PRICE", default="0.045")
SMS_TIMEOUT = env.float("SMS_TIMEOUT", default=10)  # how long a provider may take to answer one request
SMS_LEASE = env.float("SMS_LEASE", default=60)  # how long a sender may hold a handful of messages
SMS_CHUNK = env.int("SMS_CHUNK", default=200)  # messages in that handful
SMS_IN_FLIGHT = env.int("SMS_IN_FLIGHT", default=32)  # calls that one sender has under way at once
SMS_PAUSE = env.float("SMS_PAUSE", default=30)  # how long a busy provider is left in peace at the most, unless it asks
SMS_QUERY_AFTER = env.float("SMS_QUERY_AFTER", default=15 * 60)  # before that an unknown message may still turn up
SMS_EXPIRES_AFTER_HOURS = env.int("SMS_EXPIRES_AFTER_HOURS", default=48)
KANNEL_URL = env("KANNEL_URL", default="")
KANNEL_USER = env("KANNEL_USER", default="")
KANNEL_PASSWORD = env("KANNEL_PASSWORD", default="")
ALIYUN_SMS_KEY_ID = env("ALIYUN_SMS_KEY_ID", default="")
ALIYUN_SMS_KEY_SECRET = env("ALIYUN_SMS_KEY_SECRET", default="")
ALIYUN_SMS_ENDPOINT = env("ALIYUN_SMS_ENDPOINT", default="https://dysmsapi.aliyuncs.com")
KANNEL_SECRET = env("KANNEL_SECRET", default="")  # in the addresses Kannel reports to; else it follows SECRET_KEY

# How many forms guests' pages take in ten minutes: with one link, and from one address, which a whole house shares.
GUEST_LIMITS = {
    "token": env.int("GUEST_LIMIT_TOKEN", default=40),
    "address": env.int("GUEST_LIMIT_ADDRESS", default=200),
}
# Opt-outs from guests' pages: the most that one room sends in a night, and how many undecided ones of one room, or of
# all rooms on one night, operations are told of.
GUEST_OPT_OUTS = {
    "room": env.int("GUEST_OPT_OUTS_ROOM", default=6),
    "room_alert": env.int("GUEST_OPT_OUTS_ROOM_ALERT", default=3),
    "night_alert": env.int("GUEST_OPT_OUTS_NIGHT_ALERT", default=15),
}
# Fruit plates that one party gets in a night, of managers' allowances, and as compensation without operations.
PLATES_PER_PARTY = env.int("PLATES_PER_PARTY", default=2)
# Yuan above which a form asks once more whether the amount is meant.
AMOUNT_ASKS_ABOVE = {
    "sale": Decimal(env("SALE_ASKS_ABOVE", default="20000")),
    "spend": Decimal(env("SPEND_ASKS_ABOVE", default="100000")),
    "bill": Decimal(env("BILL_ASKS_ABOVE", default="100000")),
    "compensation": Decimal(env("COMPENSATION_ASKS_ABOVE", default="5000")),
    "target": Decimal(env("TARGET_ASKS_ABOVE", default="1000000")),
}

# --- people --------------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "staff.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "staff.backends.RoleBackend",
    "staff.backends.PinBackend",
]
LOGIN_URL = reverse_lazy("staff:login")
LOGIN_REDIRECT_URL = "/"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {"NAME": "staff.passwords.LoginNameValidator"},
]

# Locked by user AND door, an enrolled tablet or an address: the whole house shares one address (promises.md); and
# slowly by user alone, over all addresses (staff.lockout).
LOGIN_FAILURES_A_DAY = env.int("LOGIN_FAILURES_A_DAY", default=20)
AXES_ENABLE_ACCESS_FAILURE_LOG = True
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = dt.timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_HANDLER = "staff.lockout.DeskLockout"
AXES_LOCKOUT_CALLABLE = "staff.views.doors.locked_out"
AXES_CLIENT_IP_CALLABLE = "staff.lockout.door_of"
# Beside the password, not kept.
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "pin", "again", "code"]
AXES_SENSITIVE_PARAMETERS += ["old_password", "new_password1", "new_password2"]
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False

# Operations, after-sales and superusers sign in by password and a code of their phone; a trial goes without.
SECOND_STEP = env.bool("SECOND_STEP", default=not (IS_TRIAL or DEBUG))
OTP_TOTP_ISSUER = "vipdesk"
OTP_TOTP_THROTTLE_FACTOR = 1  # seconds to wait after the first wrong code; twice as long after each further one
# Browsers take a cookie of this prefix over HTTPS alone, and from this very host: no neighbour can plant one.
_HOST_ONLY = "__Host-" if IS_HTTPS else ""
SESSION_COOKIE_NAME = f"{_HOST_ONLY}desk_session"
CSRF_COOKIE_NAME = f"{_HOST_ONLY}csrftoken"
TABLET_COOKIE_NAME = f"{_HOST_ONLY}desk_tablet"
LANGUAGE_COOKIE_NAME = f"{_HOST_ONLY}django_language"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_AGE = 25 * 3600  # the longest night; vipdesk.middleware.NightSession ends it earlier
FLOOR_IDLE_MINUTES = env.int("FLOOR_IDLE_MINUTES", default=10)
OFFICE_IDLE_MINUTES = env.int("OFFICE_IDLE_MINUTES", default=30)

# --- safety --------------------------------------------------------------------------------------------------------

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = SECURE_SSL_REDIRECT = IS_HTTPS
# A trial under an authority of its own (`make run-https`) sets 0: no browser is to hold its address to that for a year.
SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", default=365 * 24 * 3600) if IS_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = IS_HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
CSRF_FAILURE_VIEW = "vipdesk.views.csrf_failure"
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
IMPORT_MAX_BYTES = 40 * 1024 * 1024

# What the web server (vipdesk.web) gives a browser, in seconds: for the TLS handshake, a request's head, its body (with
# a second more for every 16 kB that it declares), and to take an answer.
WEB_HANDSHAKE_SECONDS = env.float("WEB_HANDSHAKE_SECONDS", default=10)
WEB_HEAD_SECONDS = env.float("WEB_HEAD_SECONDS", default=10)
WEB_BODY_SECONDS = env.float("WEB_BODY_SECONDS", default=20)
WEB_UNSENT_SECONDS = env.float("WEB_UNSENT_SECONDS", default=60)

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "worker-src": [SELF],
        "manifest-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    }
}

# --- history -------------------------------------------------------------------------------------------------------

PGHISTORY_MIDDLEWARE_METHODS = ("POST", "PUT", "PATCH", "DELETE")
# Each tracked model brings the trigger of vipdesk.appendonly, which lets erasure pass.
PGHISTORY_APPEND_ONLY = False

# --- static files --------------------------------------------------------------------------------------------------

STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = Path(env("STATIC_ROOT", default=str(embedded.home() / "static")))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# --- post and logs -------------------------------------------------------------------------------------------------

EMAIL_CONFIG = env.email_url("EMAIL_URL", default="consolemail://")
vars().update(EMAIL_CONFIG)
EMAIL_TIMEOUT = 10  # seconds; without one a mail server that hangs holds a worker for ever
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", default="desk@localhost")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["stderr"], "level": env("LOG_LEVEL", default="INFO")},
    "filters": {"refusals": {"()": "vipdesk.log_lines.Refusals"}},
    "loggers": {
        "axes": {"level": "WARNING"},
        "django.request": {"filters": ["refusals"]},
        "django.security.csrf": {"filters": ["refusals"]},
    },
}

# --- the admin -----------------------------------------------------------------------------------------------------

UNFOLD = {
    "SITE_TITLE": "vipdesk",
    "SITE_HEADER": "vipdesk",
    "SITE_SUBHEADER": _("Operations"),
    "SITE_URL": None,
    "SITE_ICON": "staff.admin.icon",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": "staff.admin.icon"}],
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_LANGUAGES": True,
    "LANGUAGES": {"action": reverse_lazy("staff:language"), "navigation": []},
    "THEME": "staff.admin.theme",
    "ACCOUNT": {"navigation": [{"title": _("Change password"), "link": reverse_lazy("staff:password")}]},
    "DASHBOARD_CALLBACK": "customers.admin.home.dashboard",
    "SIDEBAR": {"navigation": "customers.admin.home.navigation"},
}
