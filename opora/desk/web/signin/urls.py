"""Addresses of sign-in, profile and keys."""

from django.urls import path

from opora.desk.web.signin.pages import customers, factors, keys, passwords, profile, staff

app_name = "signin"
urlpatterns = [
    path("sign-in/", customers.sign_in, name="customer"),
    path("sign-in/code/", customers.code, name="code"),
    path("sign-in/password/", customers.password, name="password"),
    path("sign-out/", customers.sign_out, name="sign_out"),
    path("profile/", profile.profile, name="profile"),
    path("profile/password/", profile.password, name="change_password"),
    path("profile/sessions/end/", profile.end_session, name="end_session"),
    path("profile/keys/", keys.keys, name="keys"),
    path("profile/keys/<int:key>/revoke/", keys.revoke, name="revoke_key"),
    path("desk/sign-in/", staff.sign_in, name="staff"),
    path("desk/sign-in/second-step/", staff.second_step, name="second_step"),
    path("desk/sign-in/new-password/", passwords.new_password, name="new_password"),
    path("desk/sign-in/passkey/options/", staff.passkey_options, name="use_passkey_options"),
    path("desk/sign-in/passkey/answer/", staff.passkey_answer, name="use_passkey_answer"),
    path("desk/second-factor/", factors.second_factor, name="second_factor"),
    path("desk/second-factor/app/", factors.set_up_app, name="set_up_app"),
    path("desk/second-factor/passkey/options/", factors.passkey_options, name="make_passkey_options"),
    path("desk/second-factor/passkey/answer/", factors.passkey_answer, name="make_passkey_answer"),
    path("desk/second-factor/remove/", factors.remove, name="remove_factor"),
    path("desk/second-factor/recovery-codes/", factors.recovery_codes, name="recovery_codes"),
]
