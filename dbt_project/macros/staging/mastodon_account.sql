{#-
    What tells an account apart: the actor's address. Mastodon says it since 4.2, Pleroma in an object of
    its own; GoToSocial, Pixelfed and older servers do not, and the address of the profile stands for it.
-#}
{% macro mastodon_account(account) -%}
    coalesce({{ account }}.uri, {{ account }}.pleroma.ap_id, {{ account }}.url)
{%- endmacro %}
