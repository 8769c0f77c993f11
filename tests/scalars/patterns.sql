«s» LIKE «p»
«s» NOT LIKE «p»
«s» ILIKE «p»
«s» LIKE 'H%'
«s» LIKE '%' || «i» || '%'
«s» LIKE '%$'
«s» LIKE '%' || 'x'
«p» LIKE '%\%%'
«s» LIKE «p» ESCAPE '!'
«s» LIKE '%!_%' ESCAPE '!'
«s» LIKE 'a%' ESCAPE ''
«s» LIKE «p» ESCAPE ''
«s» ILIKE 'h%'
«s» ILIKE upper(«s»)
«s» LIKE «s»
'abc' LIKE 'a\'
«s» LIKE ANY (ARRAY['H%', '%w'])
«s» LIKE ALL (ARRAY['%o%', '%l%'])
«s» NOT LIKE ANY (ARRAY['H%', '%w'])
«s» NOT LIKE ALL (ARRAY['H%', '%w'])
«s» LIKE ANY (ARRAY['H%', NULL])
«s» LIKE ALL (ARRAY['H%', NULL])
«s» NOT LIKE ALL (ARRAY['H%', NULL])
«s» ILIKE ANY (ARRAY['h%', «p»])
«s» LIKE ANY (ARRAY[]::text[])
«s» LIKE ALL (ARRAY[]::text[])
«s» LIKE NULL
NULL LIKE 'a'
'' LIKE ''
'' LIKE '%'
'a' LIKE '_'
'ab' LIKE '_'
'ż' LIKE '_'
E'a\nb' LIKE 'a_b'
E'a\n' LIKE 'a'
'aXbXc' LIKE '%X%X%'
'a.c' LIKE 'a.c'
'abc' LIKE 'a.c'
'a*c' LIKE 'a*%'
'(a)' LIKE '(%)'
'a%b' LIKE 'a\%b'
'a\b' LIKE 'a\\b'
'abc' SIMILAR TO 'abc'
'abc' SIMILAR TO 'a'
'abc' SIMILAR TO '%(b|d)%'
'abc' SIMILAR TO '(b|c)%'
'abc' SIMILAR TO 'a(b|x)c'
'xabcx' NOT SIMILAR TO '%abc%'
'aaa' SIMILAR TO 'a{3}'
'aaa' SIMILAR TO 'a{2}'
'aaa' SIMILAR TO 'a+'
'a.c' SIMILAR TO 'a.c'
'abc' SIMILAR TO 'a.c'
'abc' SIMILAR TO 'a_c'
'a|c' SIMILAR TO 'a|c'
'a' SIMILAR TO 'a|c'
'c' SIMILAR TO 'a|c'
'ac' SIMILAR TO 'a|c'
'ab3' SIMILAR TO '[a-z]+[0-9]'
'a%' SIMILAR TO 'a\%'
'ab' SIMILAR TO 'a\%'
'a%' SIMILAR TO 'a#%' ESCAPE '#'
'a^b' SIMILAR TO 'a^b'
'a$' SIMILAR TO 'a$'
«s» SIMILAR TO '%(World|ół)%'
«s» SIMILAR TO «p»  --! refused
NULL SIMILAR TO 'a'
'a' SIMILAR TO NULL
«s» ~ 'o'
«s» ~ '^H.*d$'
«s» ~* '^h'
«s» !~ 'o'
«s» !~* 'O'
«s» ~ '[[:upper:]]'
«s» ~ '\d'
«s» ~ '^$'
«s» ~ NULL
NULL::text ~ 'a'
E'a\nb' ~ '^b'
E'a\nb' ~ 'a.b'
E'a\nb' ~ 'a$'
'abc' ~ 'a|x'
'abc' ~ 'b{1}'
'abc' ~ '(?i)B'
'foo bar' ~ '\mbar'
'foo bar' ~ 'foo\M'
'foobar' ~ '\mbar'
'foo bar' ~ '\ybar\y'
'a]' ~ '[]]'
'a' ~ '[^]]'
'a-b' ~ '[a-]'
'ab' ~ '(a)(b)'
'aa' ~ '(a)\1'
'aé' ~ '\w\w'
'é' ~ '[[:alpha:]]'
'a' ~ '***=a'
'abc' ~ '('
'abc' ~ '['
'abc' ~ '*a'
'a\b' ~ '\\'
'a\b' ~ '[\\]'
'tab	x' ~ '\t'
'abc' ~ 'a(?=b)'
'abc' ~ '(?<=a)b'
'abc' ~ 'a++'
'a{b' ~ 'a{b'
'a' ~ 'a{,2}'
'abc' ~ '\A'
'abc' ~ 'c\Z'
E'abc\n' ~ 'c\Z'
«s» ~ ('^' || substr(«s», 1, 1))
«s» ~ «s»  --! partly
'abc' ~ ''
regexp_like(«s», 'o w', 'i')
regexp_like(«s», 'WORLD', 'i')
regexp_like('abc', 'B')
regexp_match('foobarbequebaz', '(bar)(beque)')
regexp_match('foobarbequebaz', 'bar.*baz')
regexp_match('foobarbequebaz', 'barbeque')
regexp_match('foobar', 'x')
regexp_match('foobar', 'B(A)', 'i')
regexp_match(«s», '(o)( W)?')
regexp_match('abc', '(x)?b')
(regexp_match('foobar', 'o(b)'))[1]
regexp_replace('foobarbaz', 'b..', 'X')
regexp_replace('foobarbaz', 'b..', 'X', 'g')
regexp_replace('foobarbaz', 'b(..)', 'X\1Y', 'g')
regexp_replace('foobarbaz', 'B(..)', '[\&]', 'gi')
regexp_replace(«s», 'o', '0', 'g')
regexp_replace(«s», '[aeiou]', '', 'g')
regexp_replace('abc', 'x*', '-')
regexp_replace('abc', 'b', '\\')
regexp_replace('abcabc', 'b', 'X', 2)
regexp_replace('abcabc', 'b', 'X', 1, 2)
regexp_replace('abcABC', 'b', 'X', 1, 0, 'i')
regexp_replace('abc', NULL, 'x')
regexp_replace('Hello', 'l', 'L', 'q')  --! refused
regexp_replace('Hello', 'l', 'L', 'k')
regexp_substr('number of your street, 7a', '[0-9][a-z]')
regexp_substr('abcabd', 'ab.', 1, 2)
regexp_substr('abcabd', 'ab.', 2)
regexp_substr('ABC', 'b', 1, 1, 'i')
regexp_substr('foobar', 'o(b)(a)', 1, 1, '', 2)
regexp_substr('abc', 'x')
regexp_count('ABCABCAXYaxy', 'A.')
regexp_count('ABCABCAXYaxy', 'A.', 1, 'i')
regexp_count('abcabc', 'b', 3)
regexp_count(«s», 'o')
regexp_instr('ABCABC', 'B')
regexp_instr('ABCABC', 'B', 3)
regexp_instr('ABCABC', 'B', 1, 2)
regexp_instr('ABCABC', 'B', 1, 2, 1)
regexp_instr('abc', 'x')
regexp_instr('ABC', 'b', 1, 1, 0, 'i')
regexp_instr(«s», 'o')
regexp_split_to_array('hello world', ' ')
regexp_split_to_array('a1b22c', '[0-9]+')
regexp_split_to_array('abc', 'x')
regexp_split_to_array('aXbxc', 'x', 'i')
regexp_split_to_array(«s», 'o')
regexp_split_to_array('', 'x')
regexp_split_to_array(',a,', ',')
substring('foobar' FROM 'o.b')
substring('foobar' FROM 'o(.)b')
substring('foobar', 'o(.)b')
substring(«s» FROM '.o')
substring('foobar' FROM 'x')
substring('foobar' FROM '%#"o_b#"%' FOR '#')  --! refused
substring(«s» FROM «p»)
substring('abc', NULL::text)
split_part('a,b,c', ',', 2)
split_part('a,b,c', ',', -1)
split_part('a,b,c', ',', 9)
split_part('a,b,c', ',', 0)
split_part('abc', '', 1)
split_part(«s», 'o', 2)
starts_with(«s», 'He')
«s» ^@ 'H'
«s» ^@ «s»
'alphabet' ^@ 'alph'
'abc' ^@ NULL
'aaab' ~ 'a*?b'
substring('aaab' FROM 'a+?')  --! refused
substring('abcd' FROM 'a|ab|abc')  --! refused
regexp_replace('abc', 'a|ab', 'X')  --! refused
'a' || 'b' ~ 'ab'
regexp_match(NULL, 'a')
regexp_split_to_array(NULL, 'a')
regexp_instr(NULL, 'a')
regexp_count('abc', '')  --! refused
regexp_replace('abc', '', '-', 'g')  --! refused
regexp_split_to_array('abc', '')  --! refused

'ab' ~ 'a' || 'b'  --! refused
'a1é_ ' ~ '^\w+\s$'
'x٣' ~ '\d'
«s» ~ ('[[:alpha:]]' || «s»)  --! partly
'a.b' ~ ('a' || '\.' || 'b')
«s» ~ ('(' || «s» || ')$')  --! partly
'ab12' ~ '[\d]'
'foo.bar' ~ 'foo\.bar'
regexp_replace('2024-01-02', '(\d+)-(\d+)-(\d+)', '\3.\2.\1')
regexp_match('john@example.com', '^([^@]+)@(.+)$')
regexp_replace('a, b;c', '\s*[,;]\s*', '|', 'g')
regexp_replace('(555) 123-4567', '[^0-9]', '', 'g')
substring('https://x.org/a' FROM '^https?://([^/]+)')
regexp_match('10.5kg', '^(\d+(?:\.\d+)?)(kg|lb)$')
regexp_replace(«s», «p», 'x')
«s» LIKE ANY (regexp_split_to_array('H%,%w', ','))
«s» NOT LIKE ALL (regexp_split_to_array('H%,%w', ','))
«s» ILIKE ALL (regexp_split_to_array('h%,%D', ','))
«s» LIKE repeat('%o', 2) || '%'
repeat('a', 3000) LIKE '%a%a%a%a%b'
repeat('a', 3000) LIKE repeat('%a', 20) || 'b'
