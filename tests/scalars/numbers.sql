«i» & «j»
«i» | «j»
«i» # «j»
~ «i»
~ «b»
«i» << 2
«i» >> 1
«i» << «j»
«i» >> «j»
«b» << 3
«b» >> 3
«b» << 62
«b» >> 62
«b» << 64
«b» << -1
«i» << 32
«i» << 31
«i» >> 33
«b» & 255
«b» | 1
«b» # -1
«b» & -2
«b» & «i»
«b» | «i»
«b» # «i»
5 & 3
5 | 3
5 # 3
~ 5
~ -1
1 << 31
1 << 10
1::bigint << 40
-1 >> 1
-8 >> 1
-1::bigint >> 60
5::smallint & 3::smallint
5::smallint << 2 --! refused
1::smallint << 15 --! refused
91 & 15 | 32
(«i» & 1) = 1
«i» & NULL
NULL & 1
1.5 & 1
9223372036854775807 & 4611686018427387904
-9223372036854775807 - 1 | 1
4294967296 # 1
17 # 5
DIV(«i», «j»)
DIV(«b», 7)
DIV(«d», 2)
DIV(9, 0)
MOD(«i», «j»)
MOD(«b», 7)
MOD(«d», 0.7)
«d» % 1
«i» % «j»
«i» % 0
«f» % 2
MOD(5, 0)
GCD(«i», «j»)
GCD(1071, 462)
GCD(0, 0)
GCD(-12, 18)
GCD(«b», 6)
LCM(«j», 6)
LCM(1071, 462)
LCM(0, 5)
LCM(9223372036854775807, 2)
LCM(2147483647, 2)
POWER(«i», 2)
POWER(«f», 2)
POWER(«d», 2)
POWER(2, 0.5)
POWER(2::numeric, 0.5)
POWER(-8, 3)
POWER(-8, 0.5)
POWER(0, -1)
POWER(0, 0)
«i» ^ 2
2 ^ 3 ^ 2
2 ^ -1
«f» ^ 2
«d» ^ 2
-2 ^ 2
CBRT(27)
CBRT(«f»)
CBRT(«d»)
||/ 27
|/ 25
|/ «j»
|/ -1
@ «i» --! refused
@ «d» --! refused
@ «f» --! refused
@ (-5.5) --! refused
SQRT(«j»)
SQRT(2)
SQRT(2.0)
SQRT(-1)
LOG(100)
LOG(2, 64)
LOG(2.0, 10)
LOG(«j»)
LN(«j»)
LN(2.0)
LN(0)
LN(-1)
EXP(«j»)
EXP(1.0)
EXP(1000)
SIGN(«i»)
SIGN(«f»)
SIGN(«d»)
TRUNC(«d»)
TRUNC(«f»)
TRUNC(«i»)
TRUNC(«d», 1)
TRUNC(«d», -1)
TRUNC(«i», -1)
TRUNC(42.4382, 2)
ROUND(«d»)
ROUND(«f»)
ROUND(«d», 1)
ROUND(«d», 2)
ROUND(«d», -1)
ROUND(«i», -1)
ROUND(«i»)
ROUND(42.4382, 2)
ROUND(2.5)
ROUND(3.5)
ROUND(-2.5)
ROUND(2.5::float8)
ROUND(3.5::float8)
ROUND(-2.5::float8)
ROUND(1.005, 2)
ROUND(0.5::float8)
ROUND(1234.5678, -2)
ROUND(1.5, NULL)
CEIL(«d»)
CEIL(«f»)
CEIL(«i»)
CEILING(-42.8)
CEIL(-0.5)
FLOOR(«d»)
FLOOR(«f»)
FLOOR(-42.8)
FLOOR(«i»)
WIDTH_BUCKET(«f», 0, 100, 10)
WIDTH_BUCKET(«d», 0, 100, 10)
WIDTH_BUCKET(5.35, 0.024, 10.06, 5)
WIDTH_BUCKET(5, 10, 0, 5)
WIDTH_BUCKET(5, 0, 10, 0)
FACTORIAL(0)
FACTORIAL(5)
FACTORIAL(20)
FACTORIAL(25)
FACTORIAL(-1)
FACTORIAL(«j»)
RANDOM() < 1
SETSEED(0.5) --! refused
SCALE(8.41)
SCALE(«d»)
SCALE(«d» * 10)
SCALE(8.4100)
MIN_SCALE(8.4100)
MIN_SCALE(«d»)
MIN_SCALE(100.0)
TRIM_SCALE(8.4100)
TRIM_SCALE(«d»)
TRIM_SCALE(100)
DEGREES(0.5)
DEGREES(«f»)
RADIANS(45)
RADIANS(«f»)
PI()
SIN(«f»)
COS(«f»)
TAN(«f»)
COT(0.5)
ASIN(0.5)
ASIN(2)
ACOS(0.5)
ATAN(«f»)
ATAN2(1, 2)
SINH(1)
COSH(1)
TANH(1)
ASINH(1)
ACOSH(2)
ACOSH(0.5)
ATANH(0.5)
ATANH(1)
ATANH(2)
SIND(30) --! refused
COSD(60) --! refused
TAND(45) --! refused
COTD(45) --! refused
ASIND(0.5) --! refused
ACOSD(0.5) --! refused
ATAND(1) --! refused
ATAN2D(1, 1) --! refused
SIND(«i») --! refused
ERF(1) --! refused
ERFC(1) --! refused
ABS(«i»)
ABS(«b»)
ABS(«d»)
ABS(«f»)
ABS(-9223372036854775807 - 1)
+ «i»
- «i»
- «f»
- «d»
-(-9223372036854775807 - 1)
-(-2147483647 - 1)
«i» + 1
«i» - 1
«i» * 2
«i» + «j»
«i» - «j»
«i» * «j»
«i» + «j» * 2
«b» + 1
«b» - 1
«b» * 2
«b» + «b»
«b» + «i»
«b» * «i»
-«b» - 2
-«b» - 1
2147483647 + 1
2147483647 * 2
-2147483648 - 1
32767::smallint + 1::smallint
32767::smallint + 1
2147483647::bigint + 1
9223372036854775807 + 1
9223372036854775807 * 2
9223372036854775807 - -1
-9223372036854775808 - 1
(-9223372036854775807 - 1) / -1
(-2147483647 - 1) / -1
(-9223372036854775807 - 1) % -1
100000 * 100000
100000::bigint * 100000
3037000500 * 3037000500
4611686018427387904 * 2
4611686018427387904 + 4611686018427387904
«b» + «b» - «b»
1e-308::float8 / 1e300
«f» / 0
1::float8 / 0
1 / 0
1.0 / 0
«d» / 0
0.1 + 0.2
0.1::float8 + 0.2::float8
1.0 / 3
2.0 / 3
10 / 4
10 / 4.0
-7 / 2
-7 % 3
7 % -3
7.5 % 2
1.10 + 2.20
1.1 * 1.1
«d» * «d»
«d» + 0.00005
«d» - «i»
1e20 + 1
numeric '123456789012345678901234567890' + 1
GREATEST(«i», «d»)
GREATEST(«i», «f»)
LEAST(«b», «i», 3)
GREATEST(1, 2.5)
BIT_COUNT('\x0f'::bytea) --! refused
NUM_NULLS(«i», «j»)
«i» BETWEEN 0 AND 10
«i» BETWEEN SYMMETRIC 10 AND 0 --! refused
