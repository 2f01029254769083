select brand_name, creator_name, verdict, how_sure, expected_profit,
    expected_profit_low, expected_profit_high, next_break_even_fee, last_fee,
    collaborations, strftime(last_on, '%Y-%m-%d') as last_on,
    case when regexp_matches(profile_url, '^https?://') then profile_url end
        as profile_url
from views.bookings
