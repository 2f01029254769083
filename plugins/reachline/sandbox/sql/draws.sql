-- Chance without random(): every draw is the MD5 of (seed, purpose, id), which no engine version
-- and no number of threads changes.

create macro draw(purpose, id) as
    md5_number_lower(getvariable('seed') || '|' || purpose || '|' || id);

-- A share in [0, 1) out of all 64 bits, and out of the i-th 16 bits, of a draw.
create macro share_of(h) as cast(h >> 11 as double) / 9007199254740992;
create macro part_of(h, i) as cast((h >> (16 * i)) & 65535 as double) / 65536;

create macro u(purpose, id) as share_of(draw(purpose, id));

-- About standard normal: the sum of four uniform parts (Irwin-Hall), within +-3.46.
create macro spread_of(h) as
    (part_of(h, 0) + part_of(h, 1) + part_of(h, 2) + part_of(h, 3) - 2) * 1.7320508075688772;

create macro pick(choices, share) as choices[1 + cast(floor(share * len(choices)) as integer)];

-- The start of a day counted from the first night (0).
create macro day_at(d) as getvariable('start_at') + to_days(cast(d as integer));
create macro date_of(d) as cast(getvariable('start_at') as date) + cast(d as integer);
