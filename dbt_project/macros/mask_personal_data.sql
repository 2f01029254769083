{#-
    Masks e-mail addresses and phone numbers in a text that people wrote (bios, captions).

    An address becomes [✉], a number [☎]: neither token holds a letter, so that no keyword, hashtag
    or mention is ever found in one. NULL stays NULL; masking twice changes nothing.

    Caught: addresses in any script, with %40, or with bracketed (at) and (dot); numbers with + or
    00 and a country code; with a trunk 0 (8 digits or more); North American 3-3-4 groups; 3-3-3
    groups with spaces or hyphens; 10 to 13 digits alone; 7 or more digits after a word such as
    "tel", "call" or "WhatsApp"; wa.me, tel: and sms: links.

    Left alone: Fediverse handles (@user@host), hashtags, @names, dates and times, amounts with a
    currency, grouped thousands, numbers after "order", "id", "isbn" and the like, numbers inside
    words and URLs, UUIDs, 14 digits or more without a +; pictures for dense screens (x@2x.png).

    Not caught: local numbers of up to 9 digits without a 0, a + or such a word before them; numbers
    and addresses in words ("joe at example dot com").

    Plain Jinja only (no dbt context): `reachline inbox check` renders it too.
-#}
{% macro mask_personal_data(x) -%}
    case
        when strlen({{ x }}) < 6 then {{ x }}
        else list_transform(
            [{{ mask_email_addresses(x) }}],
            lambda no_address: case
                when regexp_matches(no_address, '(?:\p{Nd}{{ digit_gap() }}{0,3}){6}\p{Nd}')
                    then {{ mask_matches('no_address', phone_tokens(), '[☎]') }}
                else no_address
            end
        )[1]
    end
{%- endmacro %}

{#- The guard is cheap, the replacement is not, and most texts hold no address. -#}
{% macro mask_email_addresses(x) -%}
    case
        when regexp_matches({{ x }}, '{{ email_pattern() }}')
            then {{ mask_matches(x, email_tokens(), '[✉]') }}
        else {{ x }}
    end
{%- endmacro %}

{#-
    Replaces by `token` what a pattern matches outside its groups: group 1 is kept before the token,
    groups 2 and 3 are kept instead of it. What groups 2 and 3 hold is wrapped in two control
    characters; where nothing stands between them, the token goes: RE2 has no look-behind.
-#}
{% macro mask_matches(x, pattern, token) -%}
    replace(replace(replace(
        regexp_replace({{ x }}, '{{ pattern }}', '\1' || chr(1) || '\2\3' || chr(2), 'g'),
        chr(1) || chr(2), '{{ token }}'
    ), chr(1), ''), chr(2), '')
{%- endmacro %}

{#-
    Hashes e-mail addresses in what is compared rather than read: ids, handles, codes, links. Also
    a phone number with +. Each becomes `hashed-` and 32 letters (no
    digit, that none is taken for a number): HMAC-SHA256 with the key of the home, of the address in
    lower case or of the digits. Equal ones stay equal wherever they stand, so that joins hold.

    Where `is_handle` holds, nothing is hashed: user@host is the name of an account there; so are
    the brands' own names of this form, wherever they stand.

    The key stands in variables of the connection (reachline.home_key); without it the query fails.
-#}
{% macro hash_personal_data(x, is_handle='false') -%}
    case
        when
            {{ may_be_personal(x) }}
            and not {{ is_handle }}
            and not coalesce(
                list_contains(getvariable('names_with_server'), lower(trim({{ x }}, '@ '))), false
            )
            then list_reduce(
                list_prepend({{ x }}, list_distinct(list_filter(
                    list_concat(
                        regexp_extract_all({{ x }}, '{{ email_tokens() }}', 4),
                        regexp_extract_all({{ x }}, '{{ phone_with_plus() }}', 2)
                    ),
                    lambda an_address: an_address <> ''
                ))),
                lambda so_far, an_address: replace(so_far, an_address, {{ hashed('an_address') }})
            )
        else {{ x }}
    end
{%- endmacro %}

{#- Whether it is worth to look: most ids hold no address, and what follows costs a hundred times more. -#}
{% macro may_be_personal(x) -%}
    (contains({{ x }}, '@') or contains({{ x }}, '+') or contains({{ x }}, '＠') or contains({{ x }}, '%40'))
{%- endmacro %}

{% macro hashed(x) -%}
    {%- set same -%}
        encode(case
            when {{ x }}[1] = '+' then regexp_replace({{ x }}, '[^0-9]', '', 'g')
            else lower(replace(replace({{ x }}, '%40', '@'), '＠', '@'))
        end)
    {%- endset -%}
    'hashed-' || translate(left(sha256(
        {{ home_key_block('outer') }} || unhex(sha256({{ home_key_block('inner') }} || {{ same }}))
    ), 32), '0123456789', 'ghijklmnop')
{%- endmacro %}

{% macro home_key_block(name) -%}
    coalesce(
        cast(getvariable('home_key_{{ name }}') as blob), error('home_key_{{ name }} is not set on this connection')
    )
{%- endmacro %}

{#- A number with +, at the beginning, after a blank or after the armour of a spreadsheet. -#}
{% macro phone_with_plus() -%}
    (^|[\s"''])(\+[1-9](?:{{ digit_gap() }}{0,3}[0-9]){7,14})
{%- endmacro %}

{#- Masks in names of files, queries and keys, of which digits alone are no phone number. -#}
{% macro mask_names(x) -%}
    regexp_replace({{ mask_email_addresses(x) }}, '{{ phone_with_plus() }}', '\1[☎]', 'g')
{%- endmacro %}

{#- Local part, at, host with a dot. -#}
{% macro email_pattern() -%}
    {%- set at %}(?:[@＠]|%40|\s?[(\[]\s?(?i:at)\s?[)\]]\s?){% endset -%}
    {%- set dot %}(?:[.．]|\s?[(\[]\s?(?i:dot)\s?[)\]]\s?){% endset -%}
    [\p{L}\p{Nd}_][\p{L}\p{M}\p{Nd}._%+\-]*{{ at -}}
    [\p{L}\p{Nd}][\p{L}\p{M}\p{Nd}\-]*(?:{{ dot }}[\p{L}\p{M}\p{Nd}\-]+)+
{%- endmacro %}

{#-
    Kept are Fediverse handles: @user@host names an account; two mentions, as in @mara-@roast.house; and
    pictures for dense screens, as in cup@2x.png.
-#}
{% macro email_tokens() -%}
    {%- set user %}[\p{L}\p{Nd}_](?:[\p{L}\p{Nd}_.\-]*[\p{L}\p{Nd}_])?{% endset -%}
    {%- set host %}[\p{L}\p{Nd}\-]+(?:\.[\p{L}\p{Nd}\-]+)+{% endset -%}
    {%- set picture %}[\p{L}\p{Nd}_][\p{L}\p{M}\p{Nd}._%+\-]*@[1-9]x\.(?i:avif|gif|jpe?g|png|svg|webp)\b{% endset -%}
    ()(@{{ user }}@{{ host }}|@[\p{L}\p{Nd}_][\p{L}\p{Nd}_.]*[.\-]+|{{ picture }})|()({{ email_pattern() }})
{%- endmacro %}

{#-
    A URL runs to white space, a quotation mark, an angle bracket, or full-width punctuation, which
    ends a sentence where no space does.
-#}
{% macro url_pattern() -%}
    (?:(?i:https?)://|(?i:www)\.)[^\s\p{Z}\p{Cc}<>"“”«»、。，！？；：「」『』【】《》（）]+
{%- endmacro %}

{#- What people write between the digits of a number. -#}
{% macro digit_gap() -%}
    [ \t\x{00A0}\x{2009}\x{202F}.()/\x{2010}-\x{2015}\-]
{%- endmacro %}

{#-
    In order: numbers announced by a word or a link; 3-3-4 groups; what looks like a number but is
    something else (kept); other numbers; any other word (kept whole, so that no number is found in
    the middle of one).
-#}
{% macro phone_tokens() -%}
    {%- set gap = digit_gap() -%}
    {%- set announced -%}
        (?i:tel|telephone|teléfono|telefono|telefon|phone|ph|call|mobile|mob|cell|handy|whats ?app|fax|viber|tlf)
        {#- -#}[ \t.:=#]{0,3}(?:(?i:no|nr)[ \t.:=#]{1,3})?|(?:☎|📞|📱|☏)\x{FE0F}?[ :]{0,2}
    {%- endset -%}
    {%- set linked -%}
        (?:(?i:https?)://)?(?i:(?:www|api|web)\.)?(?i:wa\.me/|whatsapp\.com/send/?\?phone=)
        {#- -#}|(?i:tel|sms|callto):
    {%- endset -%}
    {%- set north_american -%}
        \(?(?:\+?1{{ gap }}{1,2})?\(?[0-9]{3}\)?{{ gap }}{1,2}[0-9]{3}{{ gap }}{1,2}[0-9]{4}\b
    {%- endset -%}
    {%- set currency -%}
        [\p{Sc}]|(?:USD|EUR|GBP|CHF|JPY|CNY|INR|IDR|BRL|SEK|NOK|DKK|PLN|TRY|MXN|CAD|AUD|Rp|Rs)\b\.?
    {%- endset -%}
    {%- set not_a_phone -%}
        {{ url_pattern() -}}
        |[#@][\p{L}\p{M}\p{Nd}_]+
        {#- -#}|(?i:orders?|ids?|invoice|ref|reference|isbn|ean|gtin|upc|asin|sku|item|serial|ticket|booking)\b
        {#- -#}[ .:=#]{0,3}[0-9][0-9 \-]*
        {#- -#}|(?:{{ currency }}) ?[0-9][0-9.,]*|[0-9][0-9.,]* ?(?:{{ currency }})
        {#- -#}|(?:19|20)[0-9]{2}[./\-][0-9]{1,2}[./\-][0-9]{1,2}\b(?:[T ][0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?)?
        {#- -#}|[0-9]{1,2}[./\-][0-9]{1,2}[./\-](?:19|20)[0-9]{2}\b(?: [0-9]{1,2}:[0-9]{2})?
        {#- -#}|[0-9]{1,3}(?:,[0-9]{3})+\b|[0-9]{1,3}(?: [0-9]{3})* 000\b|[0-9]{1,2}(?: [0-9]{3}){2,}\b
        {#- -#}|[0-9]+[.,]00\b
        {#- -#}|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[A-Z]{2,}-[0-9]{6,}\b
    {%- endset -%}
    {%- set international -%}
        \(?(?:[+＋]|[0٠۰０]{2}){{ gap }}{0,2}\p{Nd}(?:{{ gap }}{0,3}\p{Nd}){7,14}
    {%- endset -%}
    {%- set with_trunk -%}
        \(?[0٠۰０][1-9١-٩۱-۹１-９]\p{Nd}{0,3}\)?(?:{{ gap }}{0,3}\p{Nd}){6,9}
    {%- endset -%}
    ({{ announced }}|{{ linked }})(?:\+|%2B)?\(?[0-9](?:{{ gap }}{0,3}[0-9]){6,14}
    {#- -#}|{{ north_american }}
    {#- -#}|({{ not_a_phone }})
    {#- -#}|{{ international }}|{{ with_trunk }}
    {#- -#}|[0-9]{3}[ \-][0-9]{3}[ \-][0-9]{3}\b|[0-9]{10,13}\b
    {#- -#}|([\p{L}\p{M}\p{Nd}_]+)
{%- endmacro %}
