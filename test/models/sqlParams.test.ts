import { expect, test } from 'vitest'
import { listParams, replaceParams } from '../../src/models/sqlParams.js'

test.each<[sql: string, names: string[]]>([
  ['select 1', []],
  ['select $a, $b_2, $a, $Day', ['a', 'b_2', 'Day']],
  ["select '$no', 'it''s $no', $yes", ['yes']],
  ['select "$no", """$no", $yes', ['yes']],
  ['select 1 -- $no\n, $yes', ['yes']],
  ['select /* $no\n */ $yes', ['yes']],
  ['select $$ $no $$, $tag$ $no $$ $no $tag$, $yes', ['yes']],
  ['select $1, 2', []],
])('%j has the parameters %j', (sql, names) => expect(listParams(sql)).toEqual(names))

test('only parameters are replaced', () => {
  expect(replaceParams("select $a, '$a', $ab -- $a", name => `<${name}>`)).toBe("select <a>, '$a', <ab> -- $a")
})

test('what replaces a parameter is told where it is', () => {
  expect(replaceParams("'$a' $a $b", (name, at) => `${name}${at}`)).toBe("'$a' a5 b8")
})
