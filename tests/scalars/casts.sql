CAST(«f» AS TEXT)
«f»::varchar
(«f» * 1e10)::text
(«f» / 3)::text
(«f» / 7e5)::text
(«f» * 1e15)::text
(«f» * 1e-7)::text
(1e15::float8 + «i»)::text
(0.1::float8 + 0.2::float8)::text
(«i»::float8)::text
(«b»::float8)::text
(«i»::float8 / 3)::text
(sqrt(2::float8) * «j»)::text
'NaN'::float8::text
'Infinity'::float8::text
'-Infinity'::float8::text
('Infinity'::float8 * «i»)::text
1e300::float8::text
1e-300::float8::text
1.7976931348623157e308::float8::text
123456789012345678::float8::text
0.0001::float8::text
0.00001::float8::text
100000::float8::text
1e15::float8::text
1e16::float8::text
9007199254740993::float8::text
«f» || 'x'
CONCAT(«f», '|', «i», '|', «d», '|', «o»)
CONCAT_WS(',', «f», «i», «dt», «ts», «o»)
CAST(«s» AS VARCHAR(3))
CAST(«s» AS CHAR(3))
CAST(«s» AS VARCHAR(100))
CAST('abc' AS CHAR(5)) = 'abc'
CAST(12345 AS VARCHAR(3))
CAST(«i» AS VARCHAR(2))
CAST(«b» AS VARCHAR(4))
CAST(«d» AS VARCHAR(5))
CAST(«o» AS VARCHAR(2))
CAST(«d» AS NUMERIC(5,1))
CAST(«d» AS NUMERIC(3,1))
CAST(«d» AS NUMERIC(10))
CAST(«f» AS NUMERIC(10,2))
CAST(«f» AS NUMERIC(3,2))
CAST(«f» AS NUMERIC)
CAST(«i» AS NUMERIC(4,2))
CAST(«i» AS NUMERIC(12,2))
CAST(123.456 AS NUMERIC(5,2))
CAST(1234.5 AS NUMERIC(5,2))
CAST(0.5 AS NUMERIC(1,0))
CAST(1e20::float8 AS NUMERIC)
CAST(0.1::float8 + 0.2::float8 AS NUMERIC)
CAST('1.5' AS NUMERIC(2,1))
CAST('99.99' AS NUMERIC(3,1))
CAST(«d» AS INTEGER)
CAST(«d» AS SMALLINT)
CAST(«d» AS BIGINT)
CAST(«d» AS DOUBLE PRECISION)
CAST(«d» AS TEXT)
CAST(«f» AS INTEGER)
CAST(«f» AS SMALLINT)
CAST(«f» * 1e9 AS INTEGER)
CAST(«f» * 1e18 AS BIGINT)
CAST(«b» AS INTEGER)
CAST(«i» AS SMALLINT)
CAST(«b» AS DOUBLE PRECISION)
CAST(«b» AS NUMERIC)
CAST(«b» AS TEXT)
CAST(2.5 AS INTEGER)
CAST(3.5 AS INTEGER)
CAST(-2.5 AS INTEGER)
CAST(2.5::float8 AS INTEGER)
CAST(3.5::float8 AS INTEGER)
CAST(1e10 AS INTEGER)
CAST(1e19 AS BIGINT)
CAST(1e19::float8 AS BIGINT)
CAST('NaN'::float8 AS INTEGER)
CAST('NaN'::float8 AS NUMERIC)
CAST('' || '42' AS INTEGER)
CAST('' || ' 42 ' AS INTEGER)
CAST('' || '-42' AS INTEGER)
CAST('' || '+42' AS INTEGER)
CAST('' || '4 2' AS INTEGER)
CAST('' || '' AS INTEGER)
CAST('' || 'abc' AS INTEGER)
CAST('' || '4.5' AS INTEGER)
CAST('' || '1e3' AS INTEGER)
CAST('' || '0x1F' AS INTEGER) --! refused
CAST('' || '0b101' AS INTEGER) --! refused
CAST('' || '0o17' AS INTEGER) --! refused
CAST('' || '1_000' AS INTEGER)
CAST('' || '2147483648' AS INTEGER)
CAST('' || '2147483648' AS BIGINT)
CAST('' || '9223372036854775807' AS BIGINT)
CAST('' || '9223372036854775808' AS BIGINT)
CAST('' || '32768' AS SMALLINT)
CAST('' || '-32768' AS SMALLINT)
CAST('' || E'\t42\n' AS INTEGER)
CAST(upper('nan') AS DOUBLE PRECISION)
CAST('' || '1.5' AS DOUBLE PRECISION)
CAST('' || ' 1.5e3 ' AS DOUBLE PRECISION)
CAST('' || '1e400' AS DOUBLE PRECISION)
CAST('' || '1e-400' AS DOUBLE PRECISION)
CAST('' || 'Infinity' AS DOUBLE PRECISION)
CAST('' || '-inf' AS DOUBLE PRECISION)
CAST('' || 'x' AS DOUBLE PRECISION)
CAST('' || '' AS DOUBLE PRECISION)
CAST('' || '.5' AS DOUBLE PRECISION)
CAST('' || '5.' AS DOUBLE PRECISION)
CAST('' || '0x10' AS DOUBLE PRECISION) --! refused
CAST('' || '1 2' AS DOUBLE PRECISION)
CAST('' || '1.5' AS NUMERIC)
CAST('' || ' 1.5e3 ' AS NUMERIC)
CAST('' || 'x' AS NUMERIC)
CAST('' || '' AS NUMERIC)
CAST('' || '.5' AS NUMERIC)
CAST('' || 'NaN' AS NUMERIC)
CAST('' || '1_0' AS NUMERIC)
CAST('' || '0x1F' AS NUMERIC) --! refused
CAST('' || '12.345' AS NUMERIC(4,2))
CAST('' || '123.45' AS NUMERIC(4,2))
CAST('' || 'yes' AS BOOLEAN)
CAST('' || ' TRUE ' AS BOOLEAN)
CAST('' || 'tru' AS BOOLEAN)
CAST('' || 'ye' AS BOOLEAN)
CAST('' || 'of' AS BOOLEAN)
CAST('' || 'o' AS BOOLEAN)
CAST('' || 'fals' AS BOOLEAN)
CAST('' || '2' AS BOOLEAN)
CAST('' || '' AS BOOLEAN)
'tru'::boolean
'o'::boolean
'yess'::boolean
CAST(«i» AS BOOLEAN)
CAST(«o» AS INTEGER)
CAST(«o» AS TEXT)
CAST(«o» AS BIGINT)
CAST(«f» AS BOOLEAN)
CAST(«d» AS BOOLEAN)
CAST(«b» AS BOOLEAN)
CAST(«dt» AS TEXT)
CAST(«ts» AS TEXT)
CAST(«tz» AS TEXT)
CAST(«tm» AS TEXT)
CAST(«iv» AS TEXT)
CAST(«u» AS TEXT) --! refused
CAST(«u» AS VARCHAR(8)) --! refused
«u» || '' --! refused
CAST(«by» AS TEXT) --! refused
CAST(«dt» AS TIMESTAMP)
CAST(«ts» AS DATE)
CAST(«ts» AS TIME)
CAST(«dt» AS TIME)
CAST(«dt» AS INTEGER)
CAST(«i» AS DATE)
CAST(«ts» AS TIMESTAMPTZ)
CAST(«tz» AS TIMESTAMP)
CAST(«tz» AS DATE)
CAST(«tz» AS TIME)
CAST(«ts» AS TIMESTAMP(0))
CAST(«ts» AS TIMESTAMP(1))
CAST(«ts» AS TIMESTAMP(2))
CAST(«ts» AS TIMESTAMP(3))
CAST(«ts» AS TIMESTAMPTZ(0))
CAST('' || '2024-02-29' AS DATE)
CAST('' || '2024-02-30' AS DATE)
CAST('' || '2024-13-01' AS DATE)
CAST('' || '20240229' AS DATE)
CAST('' || '2024-2-9' AS DATE)
CAST('' || 'Feb 29, 2024' AS DATE) --! refused
CAST('' || '2024-02-29 10:11:12' AS DATE)
CAST('' || 'abc' AS DATE)
CAST('' || '' AS DATE)
CAST('' || 'today' AS DATE) --! refused
CAST('' || '0001-01-01' AS DATE)
CAST('' || '99-01-01' AS DATE) --! refused
CAST('' || '2024-02-29 10:30:15' AS TIMESTAMP)
CAST('' || '2024-02-29T10:30:15.5' AS TIMESTAMP)
CAST('' || '2024-02-29' AS TIMESTAMP)
CAST('' || '2024-02-29 10:30' AS TIMESTAMP)
CAST('' || '2024-02-29 24:00:00' AS TIMESTAMP)
CAST('' || '2024-02-29 25:00:00' AS TIMESTAMP)
CAST('' || '2024-02-29 10:60:00' AS TIMESTAMP)
CAST('' || '2024-02-29 10:30:60' AS TIMESTAMP)
CAST('' || '2024-02-29 10:30:15.1236' AS TIMESTAMP)
CAST('' || '2024-02-29 10:30:15.123456' AS TIMESTAMP)
CAST('' || '2024-02-29 10:30:15+02' AS TIMESTAMP)
CAST('' || '2024-02-29 10:30:15+02' AS TIMESTAMPTZ)
CAST('' || '2024-02-29 10:30:15Z' AS TIMESTAMPTZ)
CAST('' || '2024-02-29 10:30:15-05:30' AS TIMESTAMPTZ)
CAST('' || 'abc' AS TIMESTAMP)
CAST('' || '10:30:15' AS TIME)
CAST('' || '10:30' AS TIME)
CAST('' || '10:30:15.5' AS TIME)
CAST('' || '25:00' AS TIME)
CAST('' || '10:60' AS TIME)
CAST('' || '24:00' AS TIME) --! refused
CAST('' || 'abc' AS TIME)
CAST('' || '' AS TIME)
CAST('' || '10:30 PM' AS TIME) --! refused
CAST('' || '550e8400-e29b-41d4-a716-446655440000' AS UUID) --! refused
CAST('' || '550E8400-E29B-41D4-A716-446655440000' AS UUID) --! refused
CAST('' || '{550e8400e29b41d4a716446655440000}' AS UUID) --! refused
CAST('' || 'abc' AS UUID) --! refused
«u» = '550e8400-e29b-41d4-a716-446655440000'
CAST(CAST(«u» AS TEXT) AS UUID) = «u» --! refused
CAST('' || '1 day 02:03:04' AS INTERVAL)
CAST('' || '1 year 2 mons -3 days 04:05:06.789' AS INTERVAL)
CAST('' || '2 hours 30 minutes' AS INTERVAL)
CAST('' || '1.5 days' AS INTERVAL) --! refused
CAST('' || 'abc' AS INTERVAL)
CAST('' || '' AS INTERVAL)
CAST(CAST(«iv» AS TEXT) AS INTERVAL)
CAST(«s» AS INTEGER)
CAST(«s» AS DATE)
CAST(«s» AS UUID) --! refused
'abc'::integer
'4.5'::integer
'abc'::uuid
'abc'::date
'2024-02-30'::date
'99999999999'::integer
40000::smallint
'40000'::smallint
3000000000::integer
'1'::boolean
'maybe'::boolean
1::boolean
true::integer
true::text
false::varchar
1.5::text
1.50::text
100::text
1e5::text
'a'::bytea
'\x4142'::bytea
'\x4'::bytea
'\xzz'::bytea
'\x41 42'::bytea
'a\\b'::bytea
'a\001b'::bytea
'a\b'::bytea
NULL::integer::text
NULL::text::integer
«f» + «d»
«f» * 2
«i» + 1.5
«i» + «f»
«d» + «i»
«d» * «f»
«b» + «i»
«b» * 1.5
«i» / 2
«d» / 2
«f» / 2
«i» / «d»
pg_typeof(1) --! refused
'v'::regclass --! refused
'integer'::regtype --! refused
'now'::regproc --! refused
1::oid --! refused
'12.34'::money --! refused
'1'::bit(3) --! refused
'abc'::xml --! refused
'a=>1'::hstore --! refused
'127.0.0.1'::inet --! refused
'(1,2)'::point --! refused
'abc'::citext --! refused
'1'::"char" --! refused
'abc'::name
'abc'::bpchar
«s»::json --! refused
«i»::json
CURRENT_TIMESTAMP(0) <= CURRENT_TIMESTAMP + INTERVAL '1 second'
EXTRACT(MILLISECONDS FROM CURRENT_TIMESTAMP(0))::integer % 1000
LOCALTIMESTAMP(0) <= LOCALTIMESTAMP + INTERVAL '1 second'
LOCALTIME(0) IS NOT NULL --! refused
«dt»::timestamptz::text
«ts»::date::text
date '2024-01-01'::text --! refused
time '10:30'::text --! refused
timestamp '2024-01-01 10:30:00.5'::text --! refused
timestamp '2024-01-01 10:30:00.1299'::timestamp(2) --! refused
'2024-01-01 10:30:00.567'::timestamp(0)
'2024-01-01 10:30:00.567'::timestamp(1)
