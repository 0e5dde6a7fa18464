"""Which rooms are installed and what every request passes through."""

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "pgtrigger",
    "opora.desk.kernel",
    "opora.desk.people",
    "opora.desk.sla",
    "opora.desk.catalogue",
    "opora.desk.customers",
    "opora.desk.tickets",
    "opora.desk.dispatch",
    "opora.desk.channels.email",
    "opora.desk.web.components",
    "opora.desk.web.signin",
    "opora.desk.web.api",
    "opora.desk.web.console",
    "opora.desk.web.portal",
    "opora.desk.web.catcher",
    "opora.config",
]

MIDDLEWARE = [
    "opora.config.http.measuring.MeasureMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "opora.desk.web.components.doors.Doors",
    "django.contrib.messages.middleware.MessageMiddleware",
    "opora.desk.web.components.reader.ReaderMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
