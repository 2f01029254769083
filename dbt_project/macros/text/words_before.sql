{#-
    The words that can deny what stands at `place` (from 1) of a text, folded: up to three right before
    it, with what is joined to it (`non-`). A line end, an emoji, a dash and every sign but quotes,
    brackets and those of hashtags and handles end a thought: what stands before it denies nothing.
-#}
{% macro words_before(x, place) -%}
    {%- set opening -%} ["“«(\[*#@'']* {%- endset -%}
    {%- set word -%}
        {{ opening }}[\p{L}\p{Nd}][\p{L}\p{M}\p{Nd}_''\-]*["”»)\]*'']*
    {%- endset -%}
    {{ regex_part(
        folded_words('left(' ~ x ~ ', cast(' ~ place ~ ' - 1 as integer))'),
        "'(?:" ~ word ~ "[ \\t\\x{A0}]+){0,3}(?:[\\p{L}\\p{M}\\p{Nd}_'']+-)?" ~ opening ~ "$'"
    ) }}
{%- endmacro %}
