{#-
    Where an account's profile is on the web, of accounts as alias.platform, account_id and handle;
    NULL where the platform has no such address, or what it is made of is not known.
-#}
{% macro profile_url(accounts) -%}
    {%- set channel = 'https://www.youtube.com/channel/' -%}
    case
        when {{ accounts }}.platform = 'mastodon'
            and {{ accounts }}.account_id like 'mastodon:http%'
            then substr({{ accounts }}.account_id, 10)
        when {{ accounts }}.platform = 'youtube' and {{ accounts }}.account_id like 'youtube:UC%'
            then '{{ channel }}'
                || {{ percent_encoded('substr(' ~ accounts ~ '.account_id, 9)') }}
        {%- for platform, address in {
            'bluesky': 'https://bsky.app/profile/',
            'instagram': 'https://www.instagram.com/',
            'reddit': 'https://www.reddit.com/user/',
            'threads': 'https://www.threads.net/@',
            'tiktok': 'https://www.tiktok.com/@',
            'x': 'https://x.com/',
            'youtube': 'https://www.youtube.com/@',
        }.items() %}
        when {{ accounts }}.platform = '{{ platform }}'
            then '{{ address }}' || {{ percent_encoded(accounts ~ '.handle') }}
        {%- endfor %}
    end
{%- endmacro %}
