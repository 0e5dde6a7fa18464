"""What stands in the environment is looked at before anything is begun, and what is wrong is named with what to write."""

import pytest

from opora.config.settings import env, mail
from opora.config.settings.env import BadSetting
from tests.runs.program import Program

READ = {
    "OPORA_ZONE": lambda: env.zone("OPORA_ZONE", "Europe/Moscow"),
    "OPORA_SITE_URL": lambda: env.site("OPORA_SITE_URL", "http://localhost:8480"),
    "OPORA_MAIL_ADDRESS": lambda: env.mailbox("OPORA_MAIL_ADDRESS", "support@opora.example"),
    "OPORA_SMTP_URL": lambda: env.mail_server("OPORA_SMTP_URL"),
    "OPORA_DKIM_KEY": mail.signing_key,
}


@pytest.mark.parametrize(
    ("name", "written", "read"),
    [
        ("OPORA_ZONE", "", "Europe/Moscow"),
        ("OPORA_ZONE", "Asia/Omsk", "Asia/Omsk"),
        ("OPORA_SITE_URL", "https://desk.example/", "https://desk.example"),
        ("OPORA_MAIL_ADDRESS", "Support@Desk.Example", "support@desk.example"),
        ("OPORA_SMTP_URL", "", ""),
        ("OPORA_SMTP_URL", "smtp+starttls://a:b@[::1]:587", "smtp+starttls://a:b@[::1]:587"),
        ("OPORA_DKIM_KEY", "", ""),
    ],
)
def test_it_takes_what_can_be_used(monkeypatch, name, written, read):
    monkeypatch.setenv(name, written)
    assert READ[name]() == read


@pytest.mark.parametrize(
    ("name", "written", "advice"),
    [
        ("OPORA_ZONE", "Mars/Olympus", "Europe/Moscow"),
        ("OPORA_ZONE", "../../etc/passwd", "Europe/Moscow"),
        ("OPORA_ZONE", "Europe", "Europe/Moscow"),
        ("OPORA_SITE_URL", "desk.example", "https://desk.example"),
        ("OPORA_SITE_URL", "https://", "https://desk.example"),
        ("OPORA_MAIL_ADDRESS", "support", "support@desk.example"),
        ("OPORA_MAIL_ADDRESS", "a@b, c@d", "support@desk.example"),
        ("OPORA_SMTP_URL", "mail.example:25", "smtp://host:25"),
        ("OPORA_SMTP_URL", "smtp://desk:s3cret@host:99999", "smtp://host:25"),
        ("OPORA_DKIM_KEY", "s3cret", "dkim-key --make"),
    ],
)
def test_it_names_what_cannot_and_says_what_to_write(monkeypatch, name, written, advice):
    monkeypatch.setenv(name, written)
    with pytest.raises(BadSetting) as wrong:
        READ[name]()
    assert name in str(wrong.value)
    assert advice in str(wrong.value)
    assert "s3cret" not in str(wrong.value)


def test_it_signs_by_a_key_of_its_own_making(monkeypatch, tmp_path):
    from opora.desk.channels.email.signing import make_key

    key = make_key(tmp_path / "key.pem")
    monkeypatch.setenv("OPORA_DKIM_KEY_FILE", str(tmp_path / "key.pem"))
    assert mail.signing_key() == key.strip()


def test_it_says_in_one_line_that_its_folder_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("no folder")
    done = Program(tmp_path / "file" / "state").run("doctor")
    assert done.returncode == 78
    assert done.stderr.splitlines() == [done.stderr.strip()]
    assert "OPORA_STATE must name a folder" in done.stderr
