// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the variables and escapes of policies
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { judgeDelivery } from '../../src/setup/deliveryVerdict.js'
import { locateStatements, mergeStatement, PolicyError } from '../../src/setup/policyText.js'
import { STATEMENT } from './deliveryExample.js'

const OURS = JSON.stringify(STATEMENT)

describe('our statement', () => {
  test.each<[string, string | undefined, string, string]>([
    ['no policy', undefined, 'added', `{"Version":"2012-10-17","Statement":[${OURS}]}`],
    [
      'an empty list',
      '{"Version":"2012-10-17","Statement":[]}',
      'added',
      `{"Version":"2012-10-17","Statement":[${OURS}]}`,
    ],
    [
      'others, with blanks, numbers and escapes of their own',
      '{ "Statement" : [ {"Sid":"a\\u0041\\"]}","n":1.50} ,\n{"x":"}{"} ] , "Version":"2012-10-17" }',
      'added',
      `{ "Statement" : [ {"Sid":"a\\u0041\\"]}","n":1.50} ,\n{"x":"}{"},${OURS} ] , "Version":"2012-10-17" }`,
    ],
    ['one statement without a list', '{"Statement":{"Sid":"x"}}', 'added', `{"Statement":[{"Sid":"x"},${OURS}]}`],
    ['ours already', `{"Statement":[{"Sid":"x"},${OURS}]}`, 'unchanged', `{"Statement":[{"Sid":"x"},${OURS}]}`],
    [
      'ours, its keys in another order',
      `{"Statement":[${JSON.stringify(Object.fromEntries(Object.entries(STATEMENT).reverse()))}]}`,
      'unchanged',
      `{"Statement":[${JSON.stringify(Object.fromEntries(Object.entries(STATEMENT).reverse()))}]}`,
    ],
    [
      'ours of before, between others',
      `{"Statement":[{"a":1}, ${JSON.stringify({ ...STATEMENT, Resource: 'old' })} ,{"b":2}]}`,
      'replaced',
      `{"Statement":[{"a":1}, ${OURS} ,{"b":2}]}`,
    ],
    [
      'Sids that are no text, or in other letters',
      `{"Statement":[{"Sid":7},{"Sid":null},{"Sid":"${STATEMENT.Sid.toUpperCase()}"}]}`,
      'added',
      `{"Statement":[{"Sid":7},{"Sid":null},{"Sid":"${STATEMENT.Sid.toUpperCase()}"},${OURS}]}`,
    ],
  ])('into %s', (_, text, change, merged) => {
    expect(mergeStatement(text, STATEMENT, 'inv')).toEqual({ change, text: merged })
    expect(mergeStatement(merged, STATEMENT, 'inv')).toEqual({ change: 'unchanged', text: merged })
  })

  test.each<[string, string]>([
    ['no JSON', 'nonsense'],
    ['no object', '[]'],
    ['no statement', '{"Version":"2012-10-17"}'],
    ['statements that are none', '{"Statement":"x"}'],
    ['two lists of statements', '{"Statement":[],"Statement":[]}'],
    ['our Sid on a Deny', `{"Statement":[${JSON.stringify({ ...STATEMENT, Effect: 'Deny' })}]}`],
    ['our Sid on another action', `{"Statement":[${JSON.stringify({ ...STATEMENT, Action: 's3:*' })}]}`],
    ['our Sid for everybody', `{"Statement":[${JSON.stringify({ ...STATEMENT, Principal: '*' })}]}`],
    ['our Sid twice', `{"Statement":[${OURS},${OURS}]}`],
  ])('is not put into %s', (_, text) => expect(() => mergeStatement(text, STATEMENT, 'inv')).toThrow(PolicyError))

  test('with an escaped prefix needs a policy that knows escapes', () => {
    const escaped = { ...STATEMENT, Resource: 'arn:aws:s3:::inv/a${*}/*' }
    expect(() => mergeStatement('{"Version":"2008-10-17","Statement":[]}', escaped, 'inv')).toThrow(
      'Version 2012-10-17',
    )
    expect(mergeStatement('{"Version":"2008-10-17","Statement":[]}', STATEMENT, 'inv').change).toBe('added')
  })
})

test('the statements of others stay byte for byte, in order, whatever they are', () => {
  const statement = fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue())
  const indent = fc.constantFrom(undefined, 1, '\t')
  fc.assert(
    fc.property(fc.array(statement, { maxLength: 4 }), indent, (others, space) => {
      const text = JSON.stringify({ Version: '2012-10-17', Statement: others, Id: 'x' }, null, space)
      const before = locateStatements(text, 'p').statements.map(({ start, end }) => text.slice(start, end))
      const merged = mergeStatement(text, STATEMENT, 'inv').text
      const after = locateStatements(merged, 'p').statements.map(({ start, end }) => merged.slice(start, end))
      expect(after).toEqual([...before, OURS])
      expect(JSON.parse(merged)).toEqual({ ...JSON.parse(text), Statement: [...JSON.parse(text).Statement, STATEMENT] })
    }),
  )
})

describe('whether a policy lets S3 deliver', () => {
  const judge = (statements: readonly object[] | undefined, account: string | undefined = '123456789012') =>
    judgeDelivery(statements && JSON.stringify({ Version: '2012-10-17', Statement: statements }), 'p', {
      object: 'arn:aws:s3:::inv/reports/src/weekly/manifest.json',
      source: 'arn:aws:s3:::src',
      account,
    })
  const allow = (more: object = {}) => ({ ...STATEMENT, ...more })
  const deny = (more: object = {}) => ({ Effect: 'Deny', Principal: '*', Action: '*', Resource: '*', ...more })

  test.each<[string, readonly object[] | undefined, string, string?]>([
    ['no policy', undefined, 'refuses'],
    ['no statement', [], 'refuses'],
    ['ours', [STATEMENT], 'allows', `Sid "${STATEMENT.Sid}"`],
    [
      'all that the console writes',
      [allow({ Sid: 'InventoryPolicy', Resource: ['arn:aws:s3:::inv/*'] })],
      'allows',
      'Sid "InventoryPolicy"',
    ],
    ['every action of S3', [allow({ Action: ['S3:put*'] })], 'allows'],
    [
      'everybody',
      [{ Effect: 'Allow', Principal: { AWS: '*' }, Action: 's3:*', Resource: 'arn:aws:s3:::inv/*' }],
      'allows',
      'statement 1',
    ],
    ['another prefix', [allow({ Resource: 'arn:aws:s3:::inv/other/*' })], 'refuses'],
    ['the bucket, and none of its objects', [allow({ Resource: 'arn:aws:s3:::inv' })], 'refuses'],
    ['an escaped star', [allow({ Resource: 'arn:aws:s3:::inv/reports/${*}' })], 'refuses'],
    ['a variable', [allow({ Resource: 'arn:aws:s3:::inv/${aws:username}/*' })], 'unsure'],
    ['another service', [allow({ Principal: { Service: 'logging.s3.amazonaws.com' } })], 'refuses'],
    ['another action', [allow({ Action: 's3:GetObject' })], 'refuses'],
    ['another source', [allow({ Condition: { ArnLike: { 'aws:SourceArn': 'arn:aws:s3:::other' } } })], 'refuses'],
    ['sources of a kind', [allow({ Condition: { ArnLike: { 'aws:SourceArn': 'arn:aws:s3:::s*' } } })], 'allows'],
    ['another account', [allow({ Condition: { StringEquals: { 'aws:SourceAccount': '999999999999' } } })], 'refuses'],
    [
      'a condition that is not known',
      [allow({ Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } } })],
      'unsure',
    ],
    ['all but some', [{ Effect: 'Allow', NotPrincipal: { AWS: 'x' }, Action: '*', Resource: '*' }], 'unsure'],
    ['ours, and a denial of all', [STATEMENT, deny({ Sid: 'No' })], 'refuses', 'Sid "No"'],
    [
      'ours, and a denial without TLS',
      [STATEMENT, deny({ Condition: { Bool: { 'aws:SecureTransport': 'false' } } })],
      'allows',
    ],
    ['ours, and a denial elsewhere', [STATEMENT, deny({ Resource: 'arn:aws:s3:::inv/other/*' })], 'allows'],
    ['ours, and a denial to some', [STATEMENT, deny({ Principal: { AWS: 'arn:aws:iam::1:root' } })], 'allows'],
    [
      'ours, and a denial by what is not known',
      [STATEMENT, deny({ Condition: { StringNotEquals: { 'aws:sourceVpce': 'v' } } })],
      'unsure',
      'statement 2',
    ],
  ])('%s', (_, statements, verdict, by) =>
    expect(judge(statements)).toEqual(by === undefined ? expect.objectContaining({ verdict }) : { verdict, by }),
  )

  test('by account, where that is not known', () => {
    const { Condition: _, ...open } = STATEMENT
    const [judged] = [
      judgeDelivery(JSON.stringify({ Statement: [STATEMENT] }), 'p', {
        object: 'arn:aws:s3:::inv/reports/x',
        source: 'arn:aws:s3:::src',
        account: undefined,
      }),
    ]
    expect(judged).toMatchObject({ verdict: 'unsure' })
    expect(
      judgeDelivery(JSON.stringify({ Statement: [open] }), 'p', {
        object: 'arn:aws:s3:::inv/reports/x',
        source: 'arn:aws:s3:::src',
        account: undefined,
      }),
    ).toMatchObject({ verdict: 'allows' })
  })
})
