"""Letters are kept as they are: compressing them costs more than it saves, most of them are base64 already."""

from django.db import migrations

TABLES = ("rawletter", "outgoingletter", "caughtletter")


class Migration(migrations.Migration):
    dependencies = [("email_channel", "0001_initial")]

    operations = [
        migrations.RunSQL(
            f"alter table email_channel_{table} alter column raw set storage external",
            f"alter table email_channel_{table} alter column raw set storage extended",
        )
        for table in TABLES
    ]
