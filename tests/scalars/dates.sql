INTERVAL '1 year 2 mons 3 days 04:05:06'
INTERVAL 'P1Y2M3DT4H5M6S'
INTERVAL 'P0001-02-03T04:05:06'
INTERVAL '1' DAY
INTERVAL '1-2' YEAR TO MONTH
INTERVAL '1 2:03' DAY TO MINUTE
INTERVAL '1 2:03:04' DAY TO SECOND
INTERVAL '3 4:05:06'
INTERVAL '1.5 days'
INTERVAL '1.5 months'
INTERVAL '1.5 years'
INTERVAL '-1 day +02:03:00'
INTERVAL '1 day ago'
INTERVAL '2 weeks'
INTERVAL '1 decade'
INTERVAL '1 century'
INTERVAL '90 minutes'
INTERVAL '1.25 hours'
INTERVAL '100'
INTERVAL '1 fortnight'
INTERVAL ''
INTERVAL '1y 2mon 3d 4h 5m 6s'
'1 day'::interval
'1 day 2 hours'::interval + '3 hours'::interval
«iv» + INTERVAL '1 day'
«iv» - INTERVAL '1 month'
«iv» - «iv»
«iv» * 2
2 * «iv»
«iv» * 1.5
INTERVAL '1 month' * 0.5
INTERVAL '1 day' * 0.5
INTERVAL '1 year' / 5
INTERVAL '1 month' / 4
«iv» / 2
«iv» / 0
- «iv»
- INTERVAL '1 day'
«iv» = INTERVAL '0'
«iv» > INTERVAL '1 month'
«iv» < «iv»
INTERVAL '1 month' = INTERVAL '30 days'
INTERVAL '24 hours' = INTERVAL '1 day'
INTERVAL '1 month' > INTERVAL '29 days'
INTERVAL '1 day' <> INTERVAL '24:00:01'
«iv» BETWEEN INTERVAL '0' AND INTERVAL '1 year'
«iv» IN (INTERVAL '40 days 30 hours', INTERVAL '0')
«iv» IS DISTINCT FROM INTERVAL '41 days 6 hours'
JUSTIFY_DAYS(INTERVAL '35 days')
JUSTIFY_HOURS(INTERVAL '27 hours')
JUSTIFY_INTERVAL(INTERVAL '1 mon -1 hour')
JUSTIFY_DAYS(«iv»)
JUSTIFY_HOURS(«iv»)
JUSTIFY_INTERVAL(«iv»)
«ts» + «iv»
«ts» - «iv»
«tz» + «iv»
«dt» + «iv»
«dt» + INTERVAL '1 month'
«dt» - INTERVAL '1 day'
«ts» + INTERVAL '1 month'
«ts» - «ts»
«ts» - TIMESTAMP '2000-01-01 00:00:00'
«ts» - «dt»
«dt» - «ts»
«tz» - TIMESTAMPTZ '2000-01-01 00:00:00+00'
«dt» - DATE '2000-01-01'
«dt» + 1
1 + «dt»
«dt» - 1
«dt» + «j»
«dt» + «tm»
«tm» + «iv»
«tm» - «iv»
«tm» + INTERVAL '1 hour'
«tm» - INTERVAL '1 hour'
«tm» - TIME '01:00'
TIME '01:00' - TIME '02:30'
INTERVAL '1 day' + DATE '2020-01-01'
EXTRACT(YEAR FROM «ts»)
EXTRACT(MONTH FROM «dt»)
EXTRACT(DAY FROM «tz»)
EXTRACT(HOUR FROM «tm»)
EXTRACT(SECOND FROM «ts»)
EXTRACT(MILLISECONDS FROM «ts»)
EXTRACT(MICROSECONDS FROM «ts»)
EXTRACT(EPOCH FROM «ts»)
EXTRACT(EPOCH FROM «dt»)
EXTRACT(EPOCH FROM «iv»)
EXTRACT(EPOCH FROM «tm»)
EXTRACT(DOW FROM «dt»)
EXTRACT(ISODOW FROM «dt»)
EXTRACT(DOY FROM «dt»)
EXTRACT(WEEK FROM «dt»)
EXTRACT(ISOYEAR FROM «dt»)
EXTRACT(QUARTER FROM «dt»)
EXTRACT(DECADE FROM «dt»)
EXTRACT(CENTURY FROM «dt»)
EXTRACT(MILLENNIUM FROM «dt»)
EXTRACT(JULIAN FROM «dt»)
EXTRACT(YEAR FROM «iv»)
EXTRACT(MONTH FROM «iv»)
EXTRACT(DAY FROM «iv»)
EXTRACT(HOUR FROM «iv»)
EXTRACT(MINUTE FROM «iv»)
EXTRACT(SECOND FROM «iv»)
EXTRACT(QUARTER FROM «iv»)
EXTRACT(DAY FROM «ts» - TIMESTAMP '2000-01-01')
AGE(TIMESTAMP '2001-04-10', TIMESTAMP '1957-06-13')
AGE(«ts», TIMESTAMP '2001-03-31 05:06:07')
AGE(TIMESTAMP '2001-03-31 05:06:07', «ts»)
AGE(«dt», DATE '2024-03-31')
AGE(DATE '2024-03-31', «dt»)
AGE(«ts», «ts»)
«ts» AT TIME ZONE 'UTC'
«ts» AT TIME ZONE 'America/New_York'
«tz» AT TIME ZONE 'America/New_York'
«tz» AT TIME ZONE 'Asia/Tokyo'
«ts» AT TIME ZONE 'Asia/Kolkata'
«tz» AT TIME ZONE '+02'
«ts» AT TIME ZONE 'Nowhere/None'
DATE_TRUNC('year', «ts»)
DATE_TRUNC('week', «ts»)
DATE_TRUNC('quarter', «ts»)
DATE_TRUNC('decade', «ts»)
DATE_TRUNC('century', «ts»)
DATE_TRUNC('millennium', «ts»)
DATE_TRUNC('hour', «ts»)
DATE_TRUNC('second', «ts»)
DATE_TRUNC('milliseconds', «ts»)
DATE_TRUNC('day', «tz», 'America/New_York')
DATE_TRUNC('day', «tz»)
MAKE_DATE(2024, 2, 29)
MAKE_DATE(2023, 2, 29)
MAKE_DATE(2023, «j», 1)
MAKE_TIME(8, 15, 23.5)
MAKE_TIME(25, 0, 0)
MAKE_TIMESTAMP(2013, 7, 15, 8, 15, 23.5)
MAKE_TIMESTAMP(2013, 13, 15, 8, 15, 23.5)
MAKE_INTERVAL(1, 2)
MAKE_INTERVAL(days => 10)
MAKE_INTERVAL(1, 2, 3, 4, 5, 6, 7.5)
MAKE_INTERVAL(years => 1, secs => 2.5)
MAKE_INTERVAL(hours => «j»)
TO_CHAR(«ts», 'YYYY-MM-DD HH24:MI:SS')
TO_CHAR(«ts», 'DD Mon YYYY')
TO_CHAR(«ts», 'FMMonth FMDD, YYYY')  --! refused
TO_CHAR(«ts», 'Day, DD  HH12:MI:SS')
TO_CHAR(«ts», 'HH:MI AM')
TO_CHAR(«ts», 'IYYY-IW ID')  --! refused
TO_CHAR(«ts», 'Q CC WW W D DDD J')  --! refused
TO_CHAR(«ts», 'MS US SSSS')
TO_CHAR(«ts», 'YY Y YYY')  --! refused
TO_CHAR(«ts», 'DY dy Dy')  --! refused
TO_CHAR(«ts», '"T"HH24')
TO_CHAR(«dt», 'DDth')  --! refused
TO_CHAR(«dt», 'YYYY"year"')
TO_DATE('20240517', 'YYYYMMDD')
TO_DATE('17 May 2024', 'DD Mon YYYY')  --! refused
TO_DATE('2024-05-17', 'YYYY-MM-DD')
TO_DATE('2024-02-31', 'YYYY-MM-DD')
TO_DATE('05/17/24', 'MM/DD/YY')  --! refused
TO_DATE('x', 'YYYY')  --! refused
TO_DATE(«dt»::text, 'YYYY-MM-DD')
TO_TIMESTAMP('2024-05-17 10:30:15', 'YYYY-MM-DD HH24:MI:SS')
TO_TIMESTAMP(1284352323.5)
TO_TIMESTAMP(«j»)
TO_TIMESTAMP(«f»)
DATE_BIN('15 minutes', TIMESTAMP '2020-02-11 15:44:17', TIMESTAMP '2001-01-01')
DATE_BIN('1 month', «ts», TIMESTAMP '2001-01-01')
(«dt», «dt» + 5) OVERLAPS (DATE '2024-03-01', DATE '2024-04-01')  --! refused
(DATE '2024-02-16', DATE '2024-12-21') OVERLAPS (DATE '2024-10-30', DATE '2025-10-30')
(DATE '2024-02-16', INTERVAL '100 days') OVERLAPS (DATE '2024-10-30', DATE '2025-10-30')
(DATE '2024-10-29', DATE '2024-10-30') OVERLAPS (DATE '2024-10-30', DATE '2024-10-31')
TIMESTAMP 'epoch'
'epoch'::timestamptz
DATE 'epoch'
DATE '20240229'
DATE 'January 8, 1999'
DATE '2023-02-29'
DATE 'x'
TIMESTAMP '2024-02-29'
TIMESTAMP '2024-02-29 10:30'
TIMESTAMP '2024-02-29T10:30:15.5'
TIMESTAMP '2024-13-01'
TIMESTAMPTZ '2024-02-29 10:30+05:30'
TIMESTAMPTZ '2024-02-29 10:30Z'
TIME '04:05'
TIME '04:05:06.789'
TIME '04:05 PM'
TIME '25:00'
«ts»::date
«dt»::timestamp
«ts»::time
«tz»::date
«tz»::timestamp
«ts»::timestamptz
CURRENT_TIME IS NOT NULL
LOCALTIMESTAMP(0) IS NOT NULL
CURRENT_TIMESTAMP(0) IS NOT NULL
AGE(NOW() - INTERVAL '1 day') IS NOT NULL
ISFINITE(«dt»)
ISFINITE(«iv»)
DATE '2024-01-31' + INTERVAL '1 month'
TIMESTAMP '2024-03-31' - INTERVAL '1 month'
«dt» = «ts»
«dt» < TIMESTAMP '2000-01-01 00:00:01'
«iv»::text
«iv»::time
«tm»::interval
INTERVAL '1 day' > «iv»
COALESCE(«iv», INTERVAL '1 day')
CASE WHEN «i» > 0 THEN «iv» ELSE INTERVAL '1 day' END
