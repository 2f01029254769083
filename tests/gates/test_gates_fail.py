"""Every check is seen to fail: a bad input for each, and a good night on which all pass.

In each case SQL's counts and Great Expectations' verdict are the same.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest

from reachline.quality import checks, model, staging
from reachline.quality.checks import Check, Suite
from reachline.quality.runner import count
from tests.gates.definitions import WHOLE
from tests.gates.small_night import CORE, NIGHT, Restorable, batch_row, landed, refused, staging_row
from tests.gates.verdicts import both

MODEL = {suite.table: suite for suite in model.suites(NIGHT)}
STAGING = {suite.table: suite for suite in staging.suites(NIGHT)}
STREAMS = {suite.table: suite for suite in staging.suites(NIGHT) if "stg_inbox" in suite.table}


def capture(**values: str) -> str:
    """Return an insert of what was measured of a video at a moment of the night."""
    told = {"platform": "'youtube'", "native_post_id": "'v'", **dict.fromkeys(_METRICS, "null")}
    return staging_row("post_metrics", **{**told, **values})


# table -> SQL that takes the rows of a platform, a source or a key from one side; the whole suite
# is red then
LOST = {
    "core.dim_post (against staging)": "delete from core.dim_post where platform = 'a'",
    "core.fct_post_latest (against staging)": (
        "delete from core.fct_post_latest where starts_with(post_id, 'a:')"
    ),
    "core.fct_post_latest (against days)": (
        "delete from core.fct_post_daily where starts_with(post_id, 'a:')"
    ),
    "core.fct_clicks (against staging)": "delete from core.fct_clicks where source = 'inbox'",
    "core.fct_refunds (against staging)": "delete from core.fct_refunds",
    "core.fct_costs (against staging)": "delete from core.fct_costs where currency = 'a'",
    "core and reports (against the program's streams)": "delete from core.dim_creator",
    "reports.post_performance (against core)": (
        "delete from reports.post_performance where starts_with(post_id, 'a:')"
    ),
    "core.fct_paid_post_metrics (against the latest)": (
        "delete from core.fct_paid_post_metrics where starts_with(post_id, 'a:')"
    ),
    "reports.collaboration_performance (against days)": (
        "update reports.collaboration_performance set collaboration_id = 'another'"
    ),
    "core.fct_clicks (against days of collaborations)": (
        "delete from work.intermediate.int_collaborations__click_days"
    ),
    "reports.campaign_daily (against days of collaborations)": "delete from reports.campaign_daily",
    "reports.share_of_voice (against mentions)": (
        "update reports.share_of_voice set posts = 2, posts_paid = 1, posts_owned = 1"
    ),
    "reports.creator_scorecard (against posts)": "delete from reports.creator_scorecard",
    "reports.hashtag_trends (against days)": (
        "delete from reports.hashtag_trends where platform = 'a'"
    ),
}

_METRICS = ("likes", "comments", "shares", "saves", "views", "reach", "impressions")

# (table, check): SQL that turns it red. Generated checks (grain, keys, counts) are not listed.
SPOIL = {
    ("landing.volume", "rows_have_not_collapsed"): (
        "update work.ops.volume set finding = 'collapsed'"
    ),
    ("landing.volume", "rows_are_as_usual"): (
        "update work.ops.volume set finding = 'collapsed', known = 'Sale: it was said.'"
    ),
    ("core.dim_brand", "role_is_known"): "update core.dim_brand set role = 'friend'",
    ("core.dim_campaign", "status_is_known"): "update core.dim_campaign set status = 'paused'",
    ("core.dim_campaign", "days_are_in_order"): (
        "update core.dim_campaign set ends_on = date '2026-02-01'"
    ),
    ("core.dim_account", "tier_is_known"): "update core.dim_account set tier = 'giga'",
    ("core.dim_account", "seen_in_order"): (
        "update core.dim_account set first_seen_at = timestamp '2026-03-05'"
    ),
    ("core.dim_account_history", "spans_are_in_order"): (
        "update core.dim_account_history set valid_to = timestamp '2026-02-01'"
    ),
    ("core.dim_account_history", "one_span_is_current"): (
        "update core.dim_account_history set is_current = false"
    ),
    ("core.dim_post", "published_by_the_logical_date"): (
        "update core.dim_post set published_at = timestamp '2026-03-02'"
    ),
    ("core.dim_post", "account_id_is_in_dim_account"): "update core.dim_post set account_id = 'x'",
    ("core.fct_account_daily", "dated_by_the_logical_date"): (
        "update core.fct_account_daily set date_day = date '2026-03-02';"
        "update work.intermediate.int_touched__account_days set date_day = date '2026-03-02'"
    ),
    ("core.dim_post", "a_language_says_where_it_is_from"): (
        "update core.dim_post set is_language_detected = null"
    ),
    ("core.fct_account_daily", "account_id_is_in_dim_account"): "delete from core.dim_account",
    ("core.fct_post_daily", "engagements_add_up"): (
        "update core.fct_post_daily set engagements = 5"
    ),
    ("core.fct_post_daily", "dated_by_the_logical_date"): (
        "update core.fct_post_daily set date_day = date '2026-03-02';"
        "update work.intermediate.int_touched__post_days set date_day = date '2026-03-02'"
    ),
    ("core.fct_post_daily", "post_id_is_in_dim_post"): "delete from core.dim_post",
    ("core.fct_post_at_age", "age_days_is_known"): "update core.fct_post_at_age set age_days = 2",
    ("core.fct_post_at_age", "advertising_is_a_part_of_the_whole"): (
        "update core.fct_post_at_age set organic_views = null"
    ),
    ("core.fct_paid_post_metrics", "advertising_is_a_part_of_the_whole"): (
        "update core.fct_paid_post_metrics set paid_number = 4"
    ),
    ("core.fct_paid_post_metrics", "metric_is_known"): (
        "update core.fct_paid_post_metrics set metric = 'smiles'"
    ),
    ("core.fct_paid_post_metrics", "measured_by_the_logical_date"): (
        "update core.fct_paid_post_metrics set observed_at = timestamp '2026-03-02'"
    ),
    ("core.fct_paid_post_metrics", "post_id_is_in_dim_post"): "delete from core.dim_post",
    ("core.fct_hashtag_daily", "no_more_accounts_than_posts"): (
        "update core.fct_hashtag_daily set accounts = 2"
    ),
    ("core.fct_hashtag_daily", "dated_by_the_logical_date"): (
        "update core.fct_hashtag_daily set date_day = date '2026-03-02';"
        "update work.intermediate.int_touched__hashtag_days set date_day = date '2026-03-02'"
    ),
    ("core.fct_kept_daily", "breakdown_is_known"): (
        "update core.fct_kept_daily set breakdown = 'mood'"
    ),
    ("core.fct_kept_daily", "no_more_accounts_than_posts"): (
        "update core.fct_kept_daily set accounts = 8"
    ),
    ("core.fct_kept_daily", "parts_are_not_more_than_the_whole"): (
        "update core.fct_kept_daily set posts_viewed = 8"
    ),
    ("core.fct_kept_daily", "sums_say_of_how_many_posts_they_are"): (
        "update core.fct_kept_daily set reach = null"
    ),
    ("core.fct_kept_daily", "groups_are_parts_of_their_day"): (
        "insert into core.fct_kept_daily select * replace "
        "('hashtag' as breakdown, 'coffee' as value, 8 as posts) from core.fct_kept_daily"
    ),
    ("core.fct_kept_daily", "published_by_the_logical_date"): (
        "update core.fct_kept_daily set published_on = date '2026-03-02'"
    ),
    ("core.fct_mentions", "kind_is_known"): "update core.fct_mentions set kind = 'rumour'",
    ("core.fct_mentions", "relationship_is_known"): (
        "update core.fct_mentions set relationship = 'unclear'"
    ),
    ("core.fct_mentions", "post_id_is_in_dim_post"): "delete from core.dim_post",
    ("core.fct_mentions", "brand_id_is_in_dim_brand"): "delete from core.dim_brand",
    ("core.fct_clicks", "valid_is_a_persons_and_counted_once"): (
        "update core.fct_clicks set is_bot = true"
    ),
    ("core.fct_clicks", "clicked_by_the_logical_date"): (
        "update core.fct_clicks set clicked_at = timestamp '2026-03-02'"
    ),
    ("reports.click_doors", "what_counts_is_told_of"): (
        "update reports.click_doors set clicks_counted = 4"
    ),
    ("reports.click_door_hours", "what_counts_is_told_of"): (
        "update reports.click_door_hours set clicks_in_reports = 0"
    ),
    ("reports.orphan_clicks (likeliest links)", "clicks_meet_their_links"): (
        "update reports.orphan_clicks set clicks = 1"
    ),
    ("core.fct_orders", "ordered_by_the_logical_date"): (
        "update core.fct_orders set ordered_at = timestamp '2026-03-02'"
    ),
    ("core.fct_orders", "renewals_are_credited_as_configured"): (
        "update core.fct_orders set order_kind = 'renewal'"
    ),
    ("core.fct_orders (against the shop)", "revenue_is_what_the_shop_kept"): (
        "update core.fct_orders set net_amount = 7.0001"
    ),
    ("core.fct_orders (exchange rates)", "exchange_rate_is_recent"): (
        "update core.fct_orders set fx_rate_on = date '2026-02-18'"
    ),
    ("core.fct_orders (exchange rates)", "every_order_has_a_rate"): (
        "update core.fct_orders set net_revenue = null"
    ),
    ("core.fct_orders (exchange rates)", "few_orders_lack_a_rate"): (
        "update core.fct_orders set net_revenue = null"
    ),
    ("core.fct_costs", "kind_is_known"): "update core.fct_costs set kind = 'party'",
    ("core.fct_costs", "status_is_known"): "update core.fct_costs set status = 'hoped for'",
    ("core.fct_costs", "paid_cost_is_paid"): "update core.fct_costs set is_paid_cost = true",
    ("core.fct_costs", "incurred_by_the_logical_date"): (
        "update core.fct_costs set incurred_on = date '2026-03-02'"
    ),
    ("core.fct_costs", "what_was_agreed_counts_once"): (
        "insert into core.fct_costs "
        "select * replace ('payment:a' as cost_id, 'paid' as status) from core.fct_costs"
    ),
    ("core.fct_costs", "commission_is_owed_until_it_is_entered"): (
        "insert into core.fct_costs "
        "select * replace ('commission:a' as cost_id, 'commission' as kind, 'owed' as status) "
        "from core.fct_costs union all "
        "select * replace ('payment:b' as cost_id, 'commission' as kind) from core.fct_costs"
    ),
    ("core.fct_costs (exchange rates)", "exchange_rate_is_recent"): (
        "update core.fct_costs set fx_rate_on = date '2026-02-18'"
    ),
    ("core.fct_costs (exchange rates)", "every_cost_has_a_rate"): (
        "update core.fct_costs set amount = null"
    ),
    ("core.fct_costs (exchange rates)", "few_costs_lack_a_rate"): (
        "update core.fct_costs set amount = null"
    ),
    ("core.dim_fx_rate", "rate_is_above_zero"): "update core.dim_fx_rate set rate = 0",
    ("core.dim_fx_rate", "dated_by_the_logical_date"): (
        "update core.dim_fx_rate set date_day = date '2026-03-02'"
    ),
    ("core.fct_orders (against staging)", "no_order_is_lost"): "delete from core.fct_orders",
    ("core.fct_orders (against staging)", "revenue_is_conserved"): (
        "update core.fct_orders set net_amount = 7.0001"
    ),
    ("core.fct_refunds", "refunded_by_the_logical_date"): (
        "update core.fct_refunds set refunded_at = timestamp '2026-03-02'"
    ),
    ("core.fct_attribution", "method_is_known"): (
        "update core.fct_attribution set method = 'guess' where method = 'linear'"
    ),
    ("core.fct_attribution", "touch_kind_is_known"): (
        "update core.fct_attribution set touch_kind = 'view'"
    ),
    ("core.fct_attribution", "credit_is_somebodys_or_unattributed"): (
        "update core.fct_attribution set collaboration_id = null"
    ),
    ("core.fct_attribution", "order_id_is_in_fct_orders"): "delete from core.fct_orders",
    ("core.fct_attribution (in the window)", "touched_in_the_window"): (
        "update core.fct_attribution set touched_at = timestamp '2026-01-30 11:59:59'"
    ),
    ("core.fct_attribution (against orders)", "every_order_has_every_method"): (
        "delete from core.fct_attribution where method = 'shapley'"
    ),
    ("core.fct_attribution (against orders)", "credit_adds_up_to_one"): (
        "update core.fct_attribution set credit = 0.4000000001 where touch_number = 1"
    ),
    ("core.fct_attribution (against orders)", "revenue_is_attributed_whole"): (
        "update core.fct_attribution set attributed_revenue = 2.8001 where touch_number = 1"
    ),
    ("core.fct_attribution (against orders)", "profit_is_attributed_whole"): (
        "update core.fct_orders set gross_profit = null"
    ),
    # rows that an order left behind
    ("core.fct_attribution (by day)", "orders_are_conserved"): (
        "insert into core.fct_attribution "
        "select * replace ('gone' as order_id) from core.fct_attribution limit 1"
    ),
    ("core.fct_attribution (by day)", "revenue_is_conserved"): (
        "update core.fct_attribution set ordered_on = date '2026-02-28' where touch_number = 1;"
        "insert into work.intermediate.int_touched__order_days values (date '2026-02-28')"
    ),
    ("core.fct_attribution (by day)", "profit_is_conserved"): (
        "update core.fct_attribution set attributed_profit = null where touch_number = 1"
    ),
    ("core.fct_attribution (by collaboration)", "orders_are_conserved"): (
        "update work.intermediate.int_collaborations__order_days set attributed_orders = 0.5"
    ),
    ("core.fct_attribution (by collaboration)", "revenue_is_conserved"): (
        "insert into work.intermediate.int_collaborations__order_days "
        "select * replace ('k2' as collaboration_id) "
        "from work.intermediate.int_collaborations__order_days"
    ),
    ("core.fct_attribution (by collaboration)", "profit_is_conserved"): (
        "delete from work.intermediate.int_collaborations__order_days where method = 'linear'"
    ),
    **{
        (table, check): f"update {table} set {change}"
        for table in ("reports.campaign_performance", "reports.collaboration_performance")
        for check, change in (
            ("method_is_known", "method = 'guess'"),
            ("intervals_hold_their_rate", "ctr_low = 0.15"),
            ("nothing_is_divided_by_no_cost", "cost_committed = 0"),
            ("result_state_is_known", "result_state = 'unclear'"),
            ("state_says_how_much_was_watched", "orders_covered = 0.5"),
            # 0 orders of a campaign that has not begun
            (
                "what_was_not_watched_has_no_figure",
                "attributed_orders = 0, orders_covered = null, result_state = 'planned'",
            ),
            (
                "a_return_is_watched_nearly_whole",
                "orders_covered = 0.8, result_state = 'partly_covered'",
            ),
            # clicks of all posts over impressions of some
            ("ratios_are_over_matching_sets", "posts_with_impressions = 0"),
            # an order counted as a new and as a repeat customer's
            ("customers_are_among_the_orders", "revenue_repeat = 4"),
        )
    },
    **{
        (
            "reports.campaign_performance (against collaborations)",
            f"{name}_is_the_sum_of_collaborations",
        ): f"update reports.campaign_performance set {name} = 99"
        for name in (
            *("valid_clicks", "attributed_orders", "attributed_revenue", "attributed_profit"),
            *("cost_committed", "cost_paid", "clicks_in_ratios", "cost_in_ratios"),
            *("new_customers", "revenue_new", "revenue_repeat"),
        )
    },
    **{
        (
            "reports.campaign_performance (against collaborations)",
            f"{name}_is_that_of_its_posts",
        ): f"update reports.campaign_performance set {name} = {value}"
        for name, value in (
            *(("posts", "2"), ("engagements", "5"), ("reach_sum_of_posts", "null")),
            *(("impressions", "8"), ("emv", "1"), ("posts_with_reach", "9")),
            *(("posts_with_impressions", "9"), ("posts_in_ratios", "9")),
            ("impressions_in_ratios", "9999"),
        )
    },
    ("reports.campaign_performance (against collaborations)", "each_post_counts_once"): (
        "update reports.campaign_performance set posts = 2"
    ),
    ("core.bridge_post_collaborations", "one_collaboration_is_primary"): (
        "update core.bridge_post_collaborations set is_primary = false"
    ),
    ("core.bridge_post_collaborations", "post_id_is_in_dim_post"): "delete from core.dim_post",
    ("core.fct_post_latest", "post_id_is_in_dim_post"): "delete from core.dim_post",
    ("core.dim_account (handles of the roster)", "handles_have_not_changed_hands"): (
        "update work.intermediate.int_creator_accounts__identify set later_account_id = 'x:2'"
    ),
    ("reports.campaign_daily", "dated_by_the_logical_date"): (
        "update reports.campaign_daily set date_day = date '2026-03-02'"
    ),
    ("reports.campaign_daily", "campaign_id_is_in_dim_campaign"): "delete from core.dim_campaign",
    ("reports.campaign_daily", "days_that_were_not_watched_have_no_figure"): (
        "update reports.campaign_daily set date_day = date '2025-12-31'"
    ),
    ("meta.coverage", "stream_is_known"): "update meta.coverage set stream = 'rumours'",
    ("meta.coverage", "basis_is_known"): "update meta.coverage set basis = 'guess'",
    ("meta.coverage", "days_and_their_basis_go_together"): (
        "update meta.coverage set covered_from = null"
    ),
    ("meta.columns", "every_column_is_described"): "update meta.columns set description = ' '",
    ("reports.post_performance", "disclosure_is_known"): (
        "update reports.post_performance set disclosure = 'maybe'"
    ),
    ("reports.post_performance", "token_has_its_place"): (
        "update reports.post_performance set disclosure_position = null"
    ),
    ("reports.post_performance", "post_id_is_in_dim_post"): "delete from core.dim_post",
    ("reports.post_performance", "campaign_id_is_in_dim_campaign"): "delete from core.dim_campaign",
    ("reports.share_of_voice", "shares_add_up_to_one"): (
        "update reports.share_of_voice set share_of_posts = 0.9"
    ),
    ("reports.creator_scorecard", "rates_rest_on_posts"): (
        "update reports.creator_scorecard set posts_measured = 0"
    ),
    ("reports.creator_scorecard", "penalties_add_up_to_the_score"): (
        "update reports.creator_scorecard set authenticity_score = 61"
    ),
    ("reports.creator_scorecard", "suspicion_follows_the_score"): (
        "update reports.creator_scorecard set is_suspicious = false"
    ),
    ("reports.creator_scorecard (against accounts)", "every_account_has_a_scorecard"): (
        "delete from reports.creator_scorecard"
    ),
    ("reports.discovery_shortlist", "affinity_counts_what_holds"): (
        "update reports.discovery_shortlist set event_ids = ['e']"
    ),
    ("reports.discovery_shortlist", "a_door_is_open"): (
        "update reports.discovery_shortlist set relevance = 0, affinity = 0, recommended_by = 0, "
        "is_customer = false"
    ),
    ("reports.discovery_shortlist", "ranks_follow_the_scores"): (
        "insert into reports.discovery_shortlist select * replace ('b' as account_id, 2 as rank, "
        "0.6 as score) from reports.discovery_shortlist"
    ),
    ("reports.discovery_shortlist", "account_id_is_in_dim_account"): "delete from core.dim_account",
    ("reports.discovery_shortlist", "brand_id_is_in_dim_brand"): "delete from core.dim_brand",
    **{
        ("reports.discovery_shortlist (who must not stand there)", check): spoil
        for check, spoil in (
            ("nobody_is_a_bot_or_hidden", "update core.dim_account set is_noindex = true"),
            (
                "nobody_is_on_the_roster",
                "update reports.collaboration_performance set creator_id = 'c'",
            ),
            (
                "nobody_is_a_brand",
                "update work.intermediate.int_brands__own_accounts set account_id = 'a'",
            ),
        )
    },
    ("reports.tier_benchmarks", "quartiles_are_in_order"): (
        "update reports.tier_benchmarks set er_followers_p25 = 0.9"
    ),
    ("reports.compliance", "rule_is_known"): (
        "update reports.compliance set rule = 'manners' where rule = 'tracking'"
    ),
    ("reports.compliance", "result_is_known"): "update reports.compliance set result = 'missing'",
    ("reports.compliance", "some_rules_are_kept_or_not"): (
        "update reports.compliance set result = 'weak' where rule = 'on_time'"
    ),
    ("reports.compliance", "post_id_is_in_dim_post"): "delete from core.dim_post",
    ("reports.compliance", "campaign_id_is_in_dim_campaign"): "delete from core.dim_campaign",
    ("reports.compliance (against posts)", "every_paid_post_has_every_rule"): (
        "delete from reports.compliance where rule = 'tracking'"
    ),
    ("reports.compliance (against posts)", "posts_are_held_to_their_own_brief"): (
        "update reports.compliance set collaboration_id = 'other'"
    ),
    ("reports.compliance (against posts)", "disclosures_are_those_of_post_performance"): (
        "update reports.post_performance set disclosure = 'missing'"
    ),
    ("reports.outreach_funnel", "who_replied_was_contacted"): (
        "update reports.outreach_funnel set agreed = 3"
    ),
    ("reports.outreach_funnel", "campaign_id_is_in_dim_campaign"): "delete from core.dim_campaign",
    ("reports.campaign_pacing", "deliverables_are_parts_of_the_whole"): (
        "update reports.campaign_pacing set deliverables_live = 3"
    ),
    ("reports.campaign_pacing", "no_more_days_than_there_are"): (
        "update reports.campaign_pacing set elapsed_days = 10"
    ),
    ("reports.campaign_pacing", "status_is_known"): (
        "update reports.campaign_pacing set status = 'fine'"
    ),
    ("reports.campaign_pacing", "status_says_what_the_pacing_does"): (
        "update reports.campaign_pacing set pacing = 1.0"
    ),
    ("reports.campaign_pacing", "campaign_id_is_in_dim_campaign"): "delete from core.dim_campaign",
    ("reports.creator_relationships", "status_is_known"): (
        "update reports.creator_relationships set status = 'friends'"
    ),
    ("reports.creator_relationships", "nothing_is_divided_by_no_cost"): (
        "update reports.creator_relationships set cost = 0"
    ),
    ("reports.creator_relationships", "a_return_is_of_what_was_watched"): (
        "update reports.creator_relationships set collaborations_in_roi = 0"
    ),
    ("reports.creator_relationships", "a_star_has_lapsed_and_earned"): (
        "update reports.creator_relationships set roi = null"
    ),
    (
        "reports.creator_relationships (against collaborations)",
        "every_live_collaboration_counts_once",
    ): "delete from reports.creator_relationships",
    **{
        (
            "reports.creator_relationships (against collaborations)",
            f"{name}_is_the_sum_of_collaborations",
        ): f"update reports.creator_relationships set {name} = 99"
        for name in ("attributed_revenue", "attributed_profit", "cost")
    },
    ("reports.tier_benchmarks", "intervals_hold_their_figure"): (
        "update reports.tier_benchmarks set ratio_to_macro_high = 1.9"
    ),
    ("reports.content_insights", "facet_is_known"): (
        "update reports.content_insights set facet = 'mood'"
    ),
    ("reports.content_insights", "verdict_is_known"): (
        "update reports.content_insights set verdict = 'great'"
    ),
    ("reports.content_insights", "each_account_has_posts_on_both_sides"): (
        "update reports.content_insights set usual_posts = 14"
    ),
    ("reports.content_insights", "intervals_hold_the_lift"): (
        "update reports.content_insights set lift_high = 0.15"
    ),
    ("reports.content_insights", "verdict_is_that_of_the_interval"): (
        "update reports.content_insights set lift_low = -0.1"
    ),
    ("reports.content_insights", "intervals_are_made_for_all_rows_together"): (
        "update reports.content_insights set comparisons = 2"
    ),
    ("reports.next_bookings", "verdict_is_known"): (
        "update reports.next_bookings set verdict = 'love'"
    ),
    ("reports.next_bookings", "how_sure_is_known"): (
        "update reports.next_bookings set how_sure = 'certain'"
    ),
    ("reports.next_bookings", "parts_are_not_more_than_the_whole"): (
        "update reports.next_bookings set collaborations_measured = 3"
    ),
    ("reports.next_bookings", "intervals_hold_the_profit"): (
        "update reports.next_bookings set next_profit_low = 11"
    ),
    ("reports.next_bookings", "profit_is_what_is_earned_beyond_the_cost"): (
        "update reports.next_bookings set next_break_even_fee = 90"
    ),
    ("reports.next_bookings", "nothing_is_expected_of_what_was_not_measured"): (
        "update reports.next_bookings set collaborations_measured = 0"
    ),
    ("reports.next_bookings", "verdict_is_that_of_the_interval"): (
        "update reports.next_bookings set verdict = 'stop'"
    ),
    ("reports.next_bookings", "money_goes_to_who_returns_it"): (
        "update reports.next_bookings set next_1000_part = 31"
    ),
    ("reports.next_bookings", "brand_id_is_in_dim_brand"): "delete from core.dim_brand",
    ("reports.fair_compensation", "peer_level_is_known"): (
        "update reports.fair_compensation set peer_level = 'nearby'"
    ),
    ("reports.fair_compensation", "position_is_known"): (
        "update reports.fair_compensation set position = 'unfair'"
    ),
    ("reports.fair_compensation", "suggestions_are_in_order"): (
        "update reports.fair_compensation set suggested_mid = 70"
    ),
    ("reports.fair_compensation", "few_peers_are_never_called_alike"): (
        "update reports.fair_compensation set peers = 4"
    ),
    ("reports.fair_compensation", "position_is_that_of_the_cost"): (
        "update reports.fair_compensation set actual_cost_per_post = 161"
    ),
    ("reports.fair_compensation", "verdict_is_known"): (
        "update reports.fair_compensation set verdict = 'love'"
    ),
    ("reports.fair_compensation", "interval_holds_the_break_even_fee"): (
        "update reports.fair_compensation set break_even_low = 121"
    ),
    # the best is called one that loses
    ("reports.fair_compensation", "verdict_is_that_of_the_fees"): (
        "update reports.fair_compensation set verdict = 'stop'"
    ),
    ("reports.fair_compensation", "a_creator_has_one_verdict"): (
        "insert into reports.fair_compensation "
        "select * replace ('b' as account_id, 'stop' as verdict) from reports.fair_compensation"
    ),
    ("reports.fair_compensation", "account_id_is_in_dim_account"): "delete from core.dim_account",
    ("reports.code_health", "parts_are_not_more_than_the_whole"): (
        "update reports.code_health set untouched_orders = 19"
    ),
    ("reports.code_health", "who_is_suspected_is_told_why"): (
        "update reports.code_health set reasons = ' '"
    ),
    ("reports.code_health", "suspicion_follows_the_bounds"): (
        "update reports.code_health set likely_leaked = false"
    ),
    ("reports.code_health", "nobody_is_suspected_of_what_was_not_watched"): (
        "update reports.code_health set orders = null"
    ),
    ("reports.code_health", "brand_id_is_in_dim_brand"): "delete from core.dim_brand",
    ("reports.data_health", "sources_are_fresh"): (
        "update reports.data_health set freshness = 'stale'"
    ),
    ("reports.data_health", "queries_are_whole"): (
        "update reports.data_health set queries_incomplete = 1"
    ),
    ("reports.data_health", "accounts_are_found"): (
        "update reports.data_health set queries_not_found = 1"
    ),
    ("core.fct_post_at_age", "rates_are_shares"): "update core.fct_post_at_age set er_reach = 1.1",
    ("reports.creator_scorecard", "rates_are_shares"): (
        "update reports.creator_scorecard set er_views_pooled = 1.1"
    ),
    ("reports.data_health", "rows_held_is_in_range"): (
        "update reports.data_health set rows_held = -1"
    ),
    ("reports.data_health", "clicks_counted_are_told"): (
        "update reports.data_health set clicks_counted_28d = 4"
    ),
    ("reports.data_health", "completeness_is_known"): (
        "update reports.data_health set completeness = 'half'"
    ),
    ("reports.data_health", "bounds_are_in_order"): (
        "update reports.data_health set usual_low = 5"
    ),
    ("meta.run", "run_is_of_this_night"): "update meta.run set logical_date = date '2026-02-28'",
    ("staging.batches_read", "nothing_is_lost"): batch_row("b2", loaded=9),
    ("staging.batches_read", "least_part_is_in_range"): batch_row("b2", loaded=11, superseded=-1),
    ("staging.batches_read", "quarantine_is_whole"): batch_row("b2", loaded=9, quarantined=1),
    ("staging.batches_read", "grain_is_unique"): batch_row("b1"),
    ("landing.batches", "every_batch_is_read"): landed("b9"),
    ("landing.batches", "every_batch_has_a_reader"): landed(
        "b9", source="'tool'", stream="'other'"
    ),
    ("staging.quarantine", "quarantined_share_is_small"): (
        batch_row("b2", rows_in=10, loaded=9, quarantined=1) + ";" + refused("b2", 1)
    ),
    ("staging.quarantine", "quarantined_share_is_bearable"): (
        batch_row("b2", rows_in=200, loaded=100, quarantined=100) + ";" + refused("b2", 100)
    ),
    ("staging.links_of_deliverables", "links_say_which_post_they_lead_to"): staging_row(
        "deliverables", deliverable_id="'d2'", post_url="'https://vm.tiktok.com/ZM1/'"
    ),
    ("staging.contradictions", "a_file_says_one_thing_of_a_key"): (
        "insert into work.staging.contradictions values ('promo_codes', 'b1', 'ann10 2026-03-01', "
        "'collaboration_id', 'k1', 'k2')"
    ),
    ("staging.owners_of_codes", "a_code_is_of_one_creator_a_day"): (
        staging_row("promo_codes", code="'c'", collaboration_id="'k1'", valid_to="null")
        + ";"
        + staging_row(
            "promo_codes",
            **{"code": "'c'", "collaboration_id": "'k2'", "valid_from": "date '2026-03-09'"},
            valid_to="date '2026-03-09'",
        )
        + ";"
        + staging_row(
            "collaborations", collaboration_id="'k1'", creator_id="'p1'", status="'active'"
        )
        + ";"
        + staging_row(
            "collaborations", collaboration_id="'k2'", creator_id="'p2'", status="'agreed'"
        )
    ),
    ("staging.refunds_of_orders", "refunds_do_not_exceed_the_order"): staging_row(
        "refunds", refund_id="'r2'", amount="7.01", order_id="'a'"
    ),
    ("core.dim_post (by platform)", "no_platform_is_lost_in_staging"): (
        "insert into work.staging.batches_read by name "
        "select 'stg_inbox__posts' as model, 'youtube' as source, 5 as loaded;"
        "insert into work.config.brand_handles values ('youtube')"
    ),
    ("core.dim_post (by platform)", "no_platform_is_lost_in_core"): (
        "delete from core.dim_post where platform = 'a'"
    ),
    ("core.dim_post (links)", "a_link_leads_to_one_post"): (
        "insert into work.intermediate.int_posts__list_keys values ('a:b', 'a:a')"
    ),
    ("staging.captures_of_posts", "likes_are_of_views"): capture(likes="11", views="10"),
    ("staging.captures_of_posts", "reach_is_of_impressions"): capture(reach="3", impressions="2"),
    ("staging.counters_that_fall", "counters_do_not_fall"): (
        capture(observed_at="timestamp '2026-02-27'", batch_id="'b0'", views="1000")
        + ";"
        + landed("b0", logical_date="date '2026-02-27'")
        + ";"
        + capture(views="899")
    ),
    ("staging.currencies", "currencies_have_rates"): staging_row(
        "payments", payment_id="'p2'", currency="'b'"
    ),
    ("staging.orders_of_two_doors", "two_sources_tell_different_orders"): ";".join(
        staging_row("orders", order_id=f"'{source}-{n}'", gross_amount=f"{n}", source=f"'{source}'")
        for source in ("inbox", "tool")
        for n in (21, 22, 23)
    ),
    ("staging.refunds_of_two_doors", "two_sources_tell_different_refunds"): staging_row(
        "refunds", refund_id="'r2'", source="'tool'"
    ),
    ("staging.payments_of_two_doors", "two_sources_tell_different_payments"): staging_row(
        "payments", payment_id="'p2'", source="'tool'"
    ),
}


def spoiling(suite: Suite, check: Check) -> str:
    """Return SQL that turns a check of the model stage red."""
    if (suite.table, check.name) in SPOIL:
        return SPOIL[suite.table, check.name]
    if suite.table in LOST:
        return LOST[suite.table]
    if check.name == "grain_is_unique":
        return f"insert into {suite.table} select * from {suite.table}"
    column = check.arguments["column"]
    if check.kind == "ExpectColumnValuesToNotBeNull":
        return f"update {suite.table} set {column} = null"
    assert check.kind == "ExpectColumnValuesToBeBetween"
    return f"update {suite.table} set {column} = {check.arguments['min_value']} - 1"


def outcomes(suite: Suite, *spoiled: str) -> dict[str, tuple[bool, tuple[str, ...]]]:
    night = _night()
    try:
        night.spoil(*spoiled)
        return {r.expectation: (r.success, r.failing_keys) for r in both(night.con, [suite])}
    finally:
        night.restore(*spoiled)


def looked_at_when_red(suite: Suite, check: Check) -> Suite:
    """Return the suite as it looks at the rows that turn a check red."""
    if check.kind == "ExpectColumnValuesToNotBeNull":
        # a NULL key is in no touched set: found where all rows are looked at
        return next(each for each in model.suites(WHOLE) if each.table == suite.table)
    return suite


@cache
def _night() -> Restorable:
    return Restorable()


def test_a_good_night_passes_every_check() -> None:
    results = both(_night().con, [*STAGING.values(), *MODEL.values()])
    assert [r for r in results if not r.success] == []
    assert len(results) > 200


def test_a_good_night_passes_where_every_row_is_looked_at() -> None:
    otherwise = [
        suite
        for suite in (*staging.suites(WHOLE), *model.suites(WHOLE))
        if suite.rows != {**STAGING, **MODEL}[suite.table].rows
    ]
    results = both(_night().con, otherwise)
    assert [r for r in results if not r.success] == []
    assert len(results) > 100


BAD_INPUTS = {t: suite for t, suite in {**MODEL, **STAGING}.items() if t not in STREAMS}


@pytest.mark.parametrize(
    ("table", "check"),
    [(table, check.name) for table, suite in BAD_INPUTS.items() for check in suite.checks],
)
def test_a_bad_input_turns_each_check_red(table: str, check: str) -> None:
    suite = BAD_INPUTS[table]
    wanted = next(each for each in suite.checks if each.name == check)
    alone = replace(looked_at_when_red(suite, wanted), checks=(wanted,))
    spoiled = spoiling(suite, wanted)
    night = _night()
    try:
        night.spoil(spoiled)
        (result,) = count(night.con, alone)
        shown = night.con.execute(str(alone.failing_sql(wanted, 1))).fetchall()
    finally:
        night.restore(spoiled)
    assert not result.success
    assert shown, "a failing check shows which rows are meant"


@pytest.mark.parametrize("table", BAD_INPUTS)
def test_great_expectations_finds_each_check_red_too(table: str) -> None:
    """It looks at the rows of all bad inputs of a table together: a call takes 0.1 s."""
    suite, night = BAD_INPUTS[table], _night()
    parts = []
    for number, check in enumerate(suite.checks):
        spoiled = spoiling(suite, check)
        try:
            night.spoil(spoiled)
            night.con.execute(
                f"create or replace table good.bad_{number} as "
                f"{looked_at_when_red(suite, check).rows}"
            )
        finally:
            night.restore(spoiled)
        parts.append(f"select * from good.bad_{number}")
    results = both(night.con, [replace(suite, rows=" union all by name ".join(parts))])
    assert [result for result in results if result.success] == []
    assert all(result.failing_keys for result in results)


@pytest.mark.parametrize("table", sorted(STREAMS))
def test_a_bad_row_turns_each_check_of_a_stream_red(table: str) -> None:
    suite = STREAMS[table]
    stream = table.removeprefix("staging.stg_inbox__")
    spoiled = [staging_row(stream)]  # the key a second time
    for check in suite.checks:
        if check.name.endswith("_is_never_null"):
            column = check.name.removesuffix("_is_never_null")
            spoiled.append(staging_row(stream, **{column: "null"}))
        elif check.name.endswith("_has_a_parent"):
            spoiled.append(staging_row(stream, **{check.name[: -len("_has_a_parent")]: "'x'"}))
    found = outcomes(suite, *spoiled)
    assert {name: success for name, (success, _) in found.items()} == dict.fromkeys(found, False)
    assert all(failing for _, failing in found.values())


def test_an_old_row_with_the_key_of_a_new_one_is_found() -> None:
    doubled = staging_row("orders", loaded_seq="1")
    assert not outcomes(STREAMS["staging.stg_inbox__orders"], doubled)["grain_is_unique"][0]


def test_a_deleted_row_needs_neither_its_columns_nor_a_parent() -> None:
    deleted = staging_row(
        "refunds", refund_id="'r'", order_id="null", amount="null", is_deleted="true"
    )
    found = outcomes(STREAMS["staging.stg_inbox__refunds"], deleted)
    assert all(success for success, _ in found.values())


def test_rows_that_no_night_touched_are_left_alone_unless_a_night_never_passed() -> None:
    old = (
        "insert into core.fct_orders "
        "select * replace ('old' as order_id, -1 as net_revenue) from core.fct_orders"
    )
    touched = MODEL["core.fct_orders"]
    whole = next(s for s in model.suites(WHOLE) if s.table == "core.fct_orders")
    assert outcomes(touched, old)["net_revenue_is_in_range"][0]
    assert not outcomes(whole, old)["net_revenue_is_in_range"][0]


def test_few_bad_rows_never_block() -> None:
    few = batch_row("b2", rows_in=99, loaded=0, quarantined=99)
    found = outcomes(STAGING["staging.quarantine"], few, refused("b2", 99))
    assert found["quarantined_share_is_bearable"][0]
    assert not found["quarantined_share_is_small"][0]


def test_dropped_rows_are_accounted_for_and_stop_no_night() -> None:
    dropped = batch_row("b2", rows_in=200, loaded=100, dropped=100)
    lines, shares = STAGING["staging.batches_read"], STAGING["staging.quarantine"]
    found = {**outcomes(lines, dropped, refused("b2", 100)), **outcomes(shares, dropped)}
    assert all(success for success, _ in found.values())
    assert not outcomes(lines, dropped)["quarantine_is_whole"][0]


@pytest.mark.parametrize("table", LOST)
def test_both_sides_are_whole(table: str) -> None:
    """What stands on the other side alone, or under a NULL, shows as well."""
    other = {
        "core.dim_post (against staging)": "delete from work.staging.stg_inbox__posts",
        "core.fct_post_latest (against staging)": (
            "delete from work.staging.stg_inbox__post_metrics"
        ),
        "core.fct_post_latest (against days)": "delete from core.fct_post_latest",
        "core.fct_clicks (against staging)": "update core.fct_clicks set source = null",
        "core.fct_refunds (against staging)": "update core.fct_refunds set refunded_at = null",
        "core.fct_costs (against staging)": "update core.fct_costs set currency = null",
        "core and reports (against the program's streams)": (
            "delete from work.staging.stg_inbox__creators"
        ),
        "reports.post_performance (against core)": "delete from core.dim_post",
        "core.fct_paid_post_metrics (against the latest)": "delete from core.fct_post_latest",
        "reports.collaboration_performance (against days)": "delete from core.fct_costs",
        "core.fct_clicks (against days of collaborations)": "delete from core.fct_clicks",
        "reports.campaign_daily (against days of collaborations)": "delete from core.fct_costs",
        "reports.share_of_voice (against mentions)": "delete from core.fct_mentions",
        "reports.creator_scorecard (against posts)": "delete from core.dim_post",
        "reports.hashtag_trends (against days)": (
            "update reports.hashtag_trends set platform = null"
        ),
    }[table]
    found = outcomes(MODEL[table], other)
    assert not all(success for success, _ in found.values())


@pytest.mark.parametrize(
    ("table", "spoiled", "failing"),
    [
        # 0 for what nobody told
        (
            "core.fct_post_latest (against staging)",
            "update work.staging.stg_inbox__post_metrics set shares = null;"
            "update core.fct_post_latest set shares = 0",
            {"known_shares_built_are_those_staged"},
        ),
        (
            "core.fct_costs (against staging)",
            "update core.fct_costs set original_amount = 7.0001 where cost_id = 'fee:k'",
            {"amounts_built_are_those_staged"},
        ),
        (
            "core.fct_refunds (against staging)",
            "update core.fct_refunds set amount = 2.0001",
            {"amounts_built_are_those_staged"},
        ),
        # merged column by column: nobody expects a value
        (
            "core.fct_post_latest (against staging)",
            "insert into work.staging.stg_inbox__post_metrics "
            "select * replace ('tool' as source, 5 as likes) "
            "from work.staging.stg_inbox__post_metrics",
            set(),
        ),
        (
            "core.fct_costs (against staging)",
            "insert into work.staging.stg_inbox__payments select * replace "
            "('tool' as source, 5 as amount) from work.staging.stg_inbox__payments",
            set(),
        ),
        # what was taken back, and what is of tomorrow
        (
            "core.dim_post (against staging)",
            "insert into work.staging.stg_inbox__posts "
            "select * replace ('b' as native_post_id, timestamp '2026-03-02' as published_at) "
            "from work.staging.stg_inbox__posts",
            set(),
        ),
        (
            "core.fct_refunds (against staging)",
            "insert into work.staging.stg_inbox__refunds "
            "select * replace ('b' as refund_id, true as is_deleted) "
            "from work.staging.stg_inbox__refunds",
            set(),
        ),
    ],
)
def test_what_both_sides_are_held_to(table: str, spoiled: str, failing: set[str]) -> None:
    suite = next(each for each in model.suites(WHOLE) if each.table == table)
    found = outcomes(suite, spoiled)
    assert {name for name, (success, _) in found.items() if not success} == failing


def test_a_platform_of_the_configuration_has_a_row_though_nothing_tells_of_it() -> None:
    night = _night()
    spoiled = "insert into work.config.brand_handles values ('youtube')"
    try:
        night.spoil(spoiled)
        for table in ("core.dim_post (by platform)", "reports.hashtag_trends (against days)"):
            rows = night.con.execute(f"select platform from ({MODEL[table].rows})").fetchall()
            assert ("youtube",) in rows
    finally:
        night.restore(spoiled)


def test_a_campaign_that_is_lost_from_its_report_shows() -> None:
    table = "reports.campaign_performance (against collaborations)"
    found = outcomes(MODEL[table], "delete from reports.campaign_performance")
    assert not found["cost_committed_is_the_sum_of_collaborations"][0]
    # a collaboration of a campaign that nobody knows is in none
    orphan = (
        "insert into reports.collaboration_performance select * replace "
        "('o' as collaboration_id, 'unknown' as campaign_id) from reports.collaboration_performance"
    )
    assert outcomes(MODEL[table], orphan)["cost_committed_is_the_sum_of_collaborations"][0]


FALLS = STAGING["staging.counters_that_fall"]


@pytest.mark.parametrize(
    ("before", "now", "falls"),
    [
        ({"views": "1000"}, {"views": "900"}, False),  # a tenth is corrected
        ({"views": "1000"}, {"views": "899"}, True),
        ({"likes": "20"}, {"likes": "0"}, False),  # and twenty of few
        ({"likes": "21"}, {"likes": "0"}, True),
        ({"saves": "500"}, {"saves": "null"}, False),  # not told is not 0
        ({"reach": "1000"}, {"reach": "1"}, False),  # an estimate
        ({"views": "1000", "source": "'tool'"}, {"views": "1"}, False),  # another source's
        ({"views": "1000", "value_basis": "'estimated'"}, {"views": "1"}, False),
        ({"views": "1000", "is_deleted": "true"}, {"views": "1"}, False),
        ({"views": "1000", "native_post_id": "'w'"}, {"views": "1"}, False),
    ],
)
def test_what_a_counter_may_lose(before: dict[str, str], now: dict[str, str], falls: bool) -> None:
    days = {"observed_at": "timestamp '2026-02-27'", "batch_id": "'b0'"}
    spoiled = (
        capture(**days, **before),
        landed("b0", logical_date="date '2026-02-27'"),
        capture(**now),
    )
    assert outcomes(FALLS, *spoiled)["counters_do_not_fall"][0] is not falls


def test_a_count_is_held_to_the_last_that_was_told_and_to_nothing_later() -> None:
    days = [f"timestamp '2026-02-{day}'" for day in (25, 26, 27)]
    old = {"batch_id": "'b0'"}
    spoiled = (
        landed("b0", logical_date="date '2026-02-27'"),
        capture(observed_at=days[0], shares="900", **old),
        capture(observed_at=days[1], shares="null", **old),
        capture(shares="100"),
    )
    found, keys = outcomes(FALLS, *spoiled)["counters_do_not_fall"]
    assert (found, len(keys)) == (False, 1)
    # what came in late is not held to what was measured after it
    late = (
        landed("b0", logical_date="date '2026-02-27'"),
        capture(observed_at="timestamp '2026-03-02'", shares="900", **old),
        capture(shares="100"),
    )
    assert outcomes(FALLS, *late)["counters_do_not_fall"][0]


@pytest.mark.parametrize("platform", ["reddit", "mastodon"])
def test_a_score_may_fall_and_what_another_server_saw(platform: str) -> None:
    spoiled = (
        landed("b0", logical_date="date '2026-02-27'"),
        capture(
            platform=f"'{platform}'",
            observed_at="timestamp '2026-02-27'",
            batch_id="'b0'",
            likes="900",
        ),
        capture(platform=f"'{platform}'", likes="1"),
    )
    assert outcomes(FALLS, *spoiled)["counters_do_not_fall"][0]


def test_likes_are_held_to_views_where_these_are_of_everybody() -> None:
    captures = STAGING["staging.captures_of_posts"]
    for platform, passes in (("instagram", False), ("facebook", True), ("x", True)):
        told = capture(platform=f"'{platform}'", likes="5", views="0")
        assert outcomes(captures, told)["likes_are_of_views"][0] is passes
    old = capture(likes="5", views="0", batch_id="'b0'")
    assert outcomes(captures, old)["likes_are_of_views"][0], "it landed on another night"


@pytest.mark.parametrize(
    ("rows", "passes"),
    [
        # through one other currency, in either direction
        ([("b", "c"), ("a", "c")], True),
        ([("b", "c"), ("c", "d"), ("d", "a")], False),
        ([("c", "b")], False),
        ([], False),
    ],
)
def test_a_currency_has_rates_through_one_other(rows: list[tuple[str, str]], passes: bool) -> None:
    rates = (
        staging_row("fx_rates", base_currency=f"'{base}'", quote_currency=f"'{quote}'")
        for base, quote in rows
    )
    order = staging_row("orders", order_id="'b'", currency="'b'")
    found = outcomes(STAGING["staging.currencies"], order, *rates)["currencies_have_rates"]
    assert found == (passes, () if passes else ("orders | inbox | b | 1",))


@pytest.mark.parametrize(
    "spoiled",
    [
        # no rate yet, and one of another night's order
        (
            staging_row("fx_rates", base_currency="'b'", rate_date="date '2026-03-02'"),
            staging_row("orders", order_id="'b'", currency="'b'", batch_id="'b0'"),
        ),
        (staging_row("orders", order_id="'b'", currency="'b'", is_test="true"),),
        (staging_row("collaborations", currency="'b'", fee="null", product_cost="null"),),
        (staging_row("campaigns", currency="'b'", budget="null"),),
    ],
)
def test_what_no_sum_counts_needs_no_rate(spoiled: tuple[str, ...]) -> None:
    assert outcomes(STAGING["staging.currencies"], *spoiled)["currencies_have_rates"][0]


def two_doors(other: dict[str, str], ids: bool = False) -> tuple[str, ...]:
    """Return inserts of five orders that two sources tell, under their own ids unless `ids`."""
    return tuple(
        staging_row(
            "orders",
            order_id=f"'{n}'" if ids else f"'{source}-{n}'",
            gross_amount=f"{n}",
            source=f"'{source}'",
            **(other if source == "tool" else {}),
        )
        for source in ("inbox", "tool")
        for n in range(21, 26)
    )


@pytest.mark.parametrize(
    ("other", "passes"),
    [
        ({}, False),
        ({"ordered_at": "timestamp '2026-03-01 12:00:59'"}, False),  # the other has the minute
        ({"ordered_at": "timestamp '2026-03-01 12:01:00'"}, True),
        ({"discount_codes": "null"}, False),
        ({"discount_codes": "['b']"}, True),
        ({"currency": "'b'"}, True),
        ({"status": "'cancelled'"}, True),
        ({"is_deleted": "true"}, True),
    ],
)
def test_orders_of_two_doors_are_known_by_what_they_say(
    other: dict[str, str], passes: bool
) -> None:
    doors = STAGING["staging.orders_of_two_doors"]
    found = outcomes(doors, *two_doors(other))["two_sources_tell_different_orders"]
    assert found[0] is passes


def test_orders_of_one_id_are_one_order_and_few_meet_by_chance() -> None:
    doors = STAGING["staging.orders_of_two_doors"]
    assert outcomes(doors, *two_doors({}, ids=True))["two_sources_tell_different_orders"][0]
    # three of sixteen agree: less than a fifth
    others = [
        staging_row(
            "orders", order_id=f"'{source}+{n}'", source=f"'{source}'", gross_amount=f"{n}.{cents}"
        )
        for source, cents in (("inbox", 1), ("tool", 2))
        for n in range(30, 43)
    ]
    three = [row for row in two_doors({}) if any(f"-{n}'" in row for n in (21, 22, 23))]
    found = outcomes(doors, *others, *three)["two_sources_tell_different_orders"]
    assert found[0], found[1]


def test_every_spoiled_table_is_one_that_is_checked() -> None:
    known = {(s.table, c.name) for s in (*MODEL.values(), *STAGING.values()) for c in s.checks}
    assert set(SPOIL) <= known
    assert {table for table in MODEL if "(" not in table} == set(CORE)


def test_two_nulls_are_equal_and_one_is_not() -> None:
    rows = "select * from (values (1, 1, 1), (2, null, null)) as pairs (key, one, other)"
    alone = checks.equal("one", "other", "are_equal", "why")
    for sql, holds in (
        (rows, True),
        (f"{rows} union all select 3, null, 3", False),
        (f"{rows} union all select 4, 4, null", False),
        (f"{rows} union all select 5, 5, 6", False),
    ):
        (result,) = both(_night().con, [Suite("model", "pairs", sql, ("key",), (alone,))])
        assert result.success is holds
        assert bool(result.failing_keys) is not holds
