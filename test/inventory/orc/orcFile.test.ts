import { describe, expect, test } from 'vitest'
import { EXIT } from '../../../src/errors.js'
import { OrcError, OrcUnsupportedError } from '../../../src/inventory/orc/orcError.js'
import { openOrc } from '../../../src/inventory/orc/orcFile.js'
import { readOrc } from '../../../src/inventory/orc/orcRows.js'
import { type BuiltColumn, type BuiltFile, buildOrc, message, number, varint } from './buildOrc.js'
import { readColumns, SUBJECT, sourceOf } from './readRows.js'

const text = (value: string): number[] => [...Buffer.from(value)]
const VALUE: BuiltColumn = { kind: 'LONG', streams: { DATA: [0x00, 0x01, 0x02] } } // a run of 3 from 1 by 1
const FILE: BuiltFile = { columns: [VALUE], rowCount: 3 }
const STRINGS: BuiltColumn = { kind: 'STRING', streams: { DATA: text('abcé'), LENGTH: [0xfd, 1, 2, 2] } }
const DICTIONARY: BuiltColumn = {
  kind: 'STRING',
  encoding: 'DICTIONARY',
  dictionarySize: 2,
  streams: { DATA: [0xfd, 1, 0, 1], LENGTH: [0xfe, 1, 3], DICTIONARY_DATA: text('abcd') },
}

/** A column of three values whose streams are replaced in part. */
const withStreams = (column: BuiltColumn, streams: BuiltColumn['streams']): BuiltFile => ({
  columns: [{ ...column, streams: { ...column.streams, ...streams } }],
  rowCount: 3,
})

describe('columns', () => {
  test.each<[string, BuiltColumn, unknown[]]>([
    ['LONG', VALUE, [1n, 2n, 3n]],
    ['SHORT of RLE v2', { kind: 'SHORT', encoding: 'DIRECT_V2', streams: { DATA: [0x00, 0x05] } }, [-3n, -3n, -3n]],
    ['INT', { kind: 'INT', streams: { DATA: [0x00, 0x00, 0x14] } }, [10n, 10n, 10n]],
    ['BYTE, signed', { kind: 'BYTE', streams: { DATA: [0xfd, 0x7f, 0x80, 0xff] } }, [127n, -128n, -1n]],
    ['BOOLEAN', { kind: 'BOOLEAN', streams: { DATA: [0xff, 0b1010_0000] } }, [true, false, true]],
    ['STRING', STRINGS, ['a', 'bc', 'é']],
    ['STRING of a dictionary', DICTIONARY, ['bcd', 'a', 'bcd']],
    [
      'CHAR as it is written',
      { ...STRINGS, kind: 'CHAR', streams: { DATA: text('a  bb c'), LENGTH: [0xfd, 3, 3, 1] } },
      ['a  ', 'bb ', 'c'],
    ],
    ['VARCHAR', { ...DICTIONARY, kind: 'VARCHAR' }, ['bcd', 'a', 'bcd']],
    ['nulls', { kind: 'LONG', streams: { DATA: [0xff, 0x08], PRESENT: [0xff, 0b0100_0000] } }, [null, 4n, null]],
    ['nulls only, without values', { kind: 'STRING', streams: { PRESENT: [0xff, 0] } }, [null, null, null]],
    [
      'nulls only, of an empty dictionary',
      { kind: 'STRING', encoding: 'DICTIONARY_V2', streams: { PRESENT: [0xff, 0] } },
      [null, null, null],
    ],
  ])('%s', async (_, column, values) => {
    expect(await readColumns(buildOrc({ columns: [column], rowCount: 3 }))).toEqual({ value: values })
    expect(await readColumns(buildOrc({ columns: [column], rowCount: 3, blockSizeBytes: 2 }))).toEqual({
      value: values,
    })
    expect(await readColumns(buildOrc({ columns: [column], rowCount: 3, blockSizeBytes: 4096 }))).toEqual({
      value: values,
    })
  })
})

describe('timestamps', () => {
  const SINCE_2015 = -1_420_070_400n
  const zigzag = (value: bigint): bigint => BigInt.asUintN(64, (value << 1n) ^ (value >> 63n))
  const timestamp = (second: bigint, nanos: number): BuiltColumn => ({
    kind: 'TIMESTAMP',
    streams: { DATA: [0xff, ...varint(zigzag(second + SINCE_2015))], SECONDARY: [0xff, ...varint(nanos)] },
  })

  test.each<[string, bigint, number, bigint]>([
    ['1970', 0n, 0, 0n],
    ['2024', 1_715_035_068n, 0, 1_715_035_068_000_000n],
    ['1,000 ns, whose zeros are cut off', 1n, 0x0a, 1_000_001n], // the specification's examples
    ['100,000 ns', 1n, 0x0c, 1_000_100n],
    ['100 ms', 1n, (1 << 3) | 7, 1_100_000n],
    ['999,999,999 ns', 1n, 999_999_999 * 8, 1_999_999n],
    ['before 1970, rounded towards zero by the writer', -1n, (5 << 3) | 7, -1_500_000n],
    ['before 1970, with too few nanoseconds to be rounded', -1n, (9 << 3) | 4, -1_000_000n + 900n],
    ['the year 9999', 253_402_300_799n, 999_999_999 * 8, 253_402_300_799_999_999n],
    ['the year 1', -62_135_596_800n, 0, -62_135_596_800_000_000n],
  ])('%s', async (_, second, nanos, micros) => {
    const columns = [
      timestamp(second, nanos),
      { ...timestamp(second, nanos), name: 'instant', kind: 'TIMESTAMP_INSTANT' as const },
    ]
    expect(await readColumns(buildOrc({ columns, rowCount: 1 }))).toEqual({ value: [micros], instant: [micros] })
  })

  test.each(['', 'UTC', 'GMT', 'Etc/UTC'])('writer time zone "%s" is UTC', async timezone => {
    expect(await readColumns(buildOrc({ columns: [timestamp(7n, 0)], rowCount: 1, timezone }))).toEqual({
      value: [7_000_000n],
    })
  })

  test('another writer time zone is refused, but not for instants or other columns', async () => {
    const columns = [timestamp(7n, 0), { ...timestamp(7n, 0), name: 'instant', kind: 'TIMESTAMP_INSTANT' as const }]
    const file = buildOrc({ columns, rowCount: 1, timezone: 'Europe/Berlin' })
    await expect(readColumns(file)).rejects.toThrow(OrcUnsupportedError)
    await expect(readColumns(file)).rejects.toThrow(
      'column value: expected timestamps written in time zone UTC, got Europe/Berlin;',
    )
    expect(await readColumns(file, ['instant'])).toEqual({ instant: [7_000_000n] })
  })

  test.each<[string, bigint, number]>([
    ['seconds past 64 bits of microseconds', 9_223_372_036_855n, 0],
    ['nanoseconds of a whole second', 0n, (10 << 3) | 7],
  ])('%s are refused', async (_, second, nanos) => {
    await expect(readColumns(buildOrc({ columns: [timestamp(second, nanos)], rowCount: 1 }))).rejects.toThrow(OrcError)
  })
})

describe('damage that the format lets one notice', () => {
  test.each<[string, BuiltFile, string]>([
    [
      'fewer values than rows',
      { ...FILE, rowCount: 4 },
      'stripe 1, column value, stream DATA: expected 1 more bytes, got the end',
    ],
    [
      'more values than rows',
      { ...FILE, rowCount: 2 },
      'stream DATA: expected the end of the stream, got more values than rows',
    ],
    [
      'values without rows',
      { ...FILE, rowCount: 0 },
      'stream DATA: expected the end of the stream, got more values than rows',
    ],
    [
      'fewer flags than rows',
      withStreams(VALUE, { PRESENT: [] }),
      'stream PRESENT: expected 1 more bytes, got the end',
    ],
    ['more flags than rows', withStreams(VALUE, { PRESENT: [0xfe, 0xff, 0xff] }), 'stream PRESENT: expected the end'],
    ['more values than flags', withStreams(VALUE, { PRESENT: [0xff, 0x80] }), 'stream DATA: expected the end'],
    ['text left over', withStreams(STRINGS, { DATA: text('abcéx') }), 'stream DATA: expected the end of the stream'],
    ['text cut', withStreams(STRINGS, { DATA: text('abc') }), 'stream DATA: expected 5 more bytes, got the end'],
    ['lengths cut', withStreams(STRINGS, { LENGTH: [0xfd, 1, 2] }), 'stream LENGTH: expected 1 more bytes'],
    [
      'lengths left over',
      withStreams(STRINGS, { LENGTH: [0xfd, 1, 2, 2, 0xff, 0] }),
      'stream LENGTH: expected the end',
    ],
    [
      'a length past all memory',
      withStreams(STRINGS, { LENGTH: [0xfd, 1, 2, ...varint(2n ** 50n)] }),
      'expected at most 67108864 more bytes of text at once',
    ],
    [
      'a length below zero',
      withStreams(STRINGS, { LENGTH: [0xfd, 1, 2, ...varint(2n ** 64n - 1n)] }),
      'stream LENGTH: expected numbers of 0 to 9007199254740991, got -1',
    ],
    [
      'text that is no UTF-8',
      withStreams(STRINGS, { DATA: [...text('abc'), 0xc3, 0x28] }),
      'column value: expected UTF-8 text',
    ],
    [
      'a character cut in two',
      withStreams(STRINGS, { LENGTH: [0xfd, 1, 3, 1] }),
      'a string that begins within a character',
    ],
    [
      'an entry the dictionary has not',
      withStreams(DICTIONARY, { DATA: [0xfd, 1, 0, 2] }),
      'stream DATA: expected numbers of 0 to 1, got 2',
    ],
    [
      'a dictionary with too few entries',
      { columns: [{ ...DICTIONARY, dictionarySize: 3 }], rowCount: 3 },
      'stream LENGTH: expected 1 more bytes',
    ],
    [
      'a dictionary with too many entries',
      { columns: [{ ...DICTIONARY, dictionarySize: 1 }], rowCount: 3 },
      'stream LENGTH: expected the end',
    ],
    [
      'a dictionary that nothing uses, cut',
      { columns: [{ ...DICTIONARY, streams: { PRESENT: [0xff, 0] } }], rowCount: 3 },
      'stream LENGTH: expected 1 more bytes',
    ],
    [
      'a dictionary of numbers',
      { columns: [{ ...VALUE, encoding: 'DICTIONARY' }], rowCount: 3 },
      'expected encoding DIRECT or DIRECT_V2, got DICTIONARY',
    ],
    [
      'rows that are null',
      { ...FILE, rootPresent: [0xff, 0b0110_0000] },
      'rows: expected rows that are not null, got null',
    ],
    [
      'other row counts in stripes',
      { ...FILE, extra: { footer: number(6, 4) } },
      'footer: expected 4 rows in all stripes, got 3',
    ],
    [
      'a stripe past the body',
      { ...FILE, extra: { stripe: number(3, 99) } },
      'expected a stripe with a footer within bytes 3 to',
    ],
    ['a stripe within the header', { ...FILE, extra: { stripe: number(1, 2) } }, 'bytes 2 to'],
    [
      'stripes that overlap',
      { ...FILE, extra: { footer: message(3, [...number(1, 3), ...number(4, 1)]) } },
      'stripe 2: expected a stripe',
    ],
    ['a stripe without a footer', { ...FILE, extra: { stripe: number(4, 0) } }, 'expected a stripe with a footer'],
    [
      'streams past the stripe',
      { ...FILE, extra: { stripeFooter: message(1, number(3, 1)) } },
      'expected streams that end at byte 6, got one that ends at 7',
    ],
    [
      'streams that do not fill the stripe',
      { ...FILE, padding: [0] },
      'expected streams that fill the stripe to byte 7, got to 6',
    ],
    [
      'two streams of a kind',
      { ...FILE, extra: { stripeFooter: message(1, [...number(1, 1), ...number(2, 1)]) } },
      'expected one stream of kind 1 for column 1, got two',
    ],
    [
      'a stream of no column',
      { ...FILE, extra: { stripeFooter: message(1, number(2, 2)) } },
      'expected streams of columns below 2, got 2',
    ],
    ['too many encodings', { ...FILE, extra: { stripeFooter: message(2, []) } }, 'expected 2 encodings, got more'],
    ['too few encodings', { ...FILE, extra: { footer: message(4, number(1, 4)) } }, 'expected 3 encodings, got 2'],
    [
      'an unknown encoding',
      { ...FILE, extra: { stripeFooter: message(2, number(1, 4)) } },
      'expected an encoding of 0 to 3, got 4',
    ],
    ['more names than columns', { ...FILE, extra: { root: message(3, text('b')) } }, 'expected 1 column names, got 2'],
    [
      'a column that is the root',
      { ...FILE, extra: { root: [...message(2, [0]), ...message(3, text('b'))] } },
      'expected column b to be type 1 to 1, got 0',
    ],
    [
      'a column of no type',
      { ...FILE, extra: { root: [...number(2, 7), ...message(3, text('b'))] } },
      'expected column b to be type 1 to 1, got 7',
    ],
    [
      'a column name that is no text',
      { ...FILE, extra: { root: message(3, [0xff]) } },
      'expected UTF-8 text in field 3',
    ],
    [
      'an unknown kind',
      { ...FILE, extra: { footer: message(4, number(1, 19)) } },
      'type 2: expected a kind of 0 to 18, got 19',
    ],
    ['two columns of one name', { columns: [VALUE, VALUE], rowCount: 3 }, 'expected one column value, got more'],
    [
      'a root that is no struct',
      { ...FILE, extra: { root: number(1, 9) } },
      'expected rows that are structs, got TIMESTAMP',
    ],
    ['encryption', { ...FILE, extra: { footer: message(10, []) } }, 'expected an ORC file without encrypted columns'],
    [
      'another file version',
      { ...FILE, extra: { postScript: message(4, [1]) } },
      'expected ORC file version 0.11 or 0.12, got 0.12.1',
    ],
    ['an unknown compression', { ...FILE, extra: { postScript: number(2, 6) } }, 'got number 6'],
    [
      'another magic',
      { ...FILE, extra: { postScript: message(8000, text('ORX')) } },
      'expected the magic "ORC", got "ORX"',
    ],
    [
      'a block size past all memory',
      { ...FILE, blockSizeBytes: 64, extra: { postScript: number(3, 2 ** 40) } },
      'expected a block size of 1 to 8388608 bytes, got 1099511627776',
    ],
    [
      'a block size of nothing',
      { ...FILE, blockSizeBytes: 64, extra: { postScript: number(3, 0) } },
      'expected a block size',
    ],
    [
      'chunks that unpack to more than a block',
      { ...FILE, blockSizeBytes: 64, extra: { postScript: number(3, 8) } },
      'of at most 8 bytes',
    ],
    [
      'a footer longer than the file',
      { ...FILE, extra: { postScript: number(1, 2 ** 40) } },
      'expected a footer and metadata within',
    ],
    [
      'metadata longer than the file',
      { ...FILE, extra: { postScript: number(5, 2 ** 40) } },
      'expected a footer and metadata within',
    ],
    ['no footer', { ...FILE, extra: { postScript: number(1, 0) } }, 'expected a footer and metadata within'],
    [
      'a number past 2^53',
      { ...FILE, extra: { footer: [6 * 8, ...varint(2n ** 60n)] } },
      'expected a number below 2^53 in field 6',
    ],
    [
      'a number where a message should be',
      { ...FILE, extra: { footer: number(3, 1) } },
      'expected bytes in field 3, got a number',
    ],
    [
      'bytes where a number should be',
      { ...FILE, extra: { footer: message(6, []) } },
      'expected a number in field 6, got another type',
    ],
    ['a number without an end', { ...FILE, extra: { footer: [6 * 8, 0x80] } }, 'expected the rest of a number'],
    [
      'a number of too many bytes',
      { ...FILE, extra: { footer: [6 * 8, ...Array<number>(11).fill(0x80)] } },
      'expected a number of at most 10 bytes',
    ],
    [
      'a field past the message',
      { ...FILE, extra: { footer: [3 * 8 + 2, 9] } },
      'expected a field of at most 0 bytes, got a length of 9',
    ],
    [
      'a fixed field past the message',
      { ...FILE, extra: { footer: [3 * 8 + 1, 9] } },
      'expected a field of at most 1 bytes, got a length of 8',
    ],
    ['a group', { ...FILE, extra: { footer: [3 * 8 + 3] } }, 'expected a field with wire type 0, 1, 2 or 5, got 3'],
  ])('%s', async (_, built, problem) => {
    const reading = readColumns(buildOrc(built))
    await expect(reading).rejects.toThrow(OrcError)
    await expect(reading).rejects.toThrow(problem)
    await expect(reading).rejects.toMatchObject({ exitCode: EXIT.refused, message: expect.stringContaining(SUBJECT) })
  })

  test('unknown fields are passed over, of every wire type', async () => {
    const fixed = [...varint(92 * 8 + 1), ...Array<number>(8).fill(1), ...varint(93 * 8 + 5), 1, 1, 1, 1]
    const footer = [...number(90, 1), ...message(91, [1]), ...fixed]
    expect(await readColumns(buildOrc({ ...FILE, extra: { footer } }))).toEqual({ value: [1n, 2n, 3n] })
  })

  test.each([
    ['nothing', Buffer.alloc(0), 'got an empty file'],
    ['two bytes', Buffer.from('OR'), 'expected an ORC file, which begins with "ORC", got bytes 4f52'],
    ['only the header', Buffer.from('ORC'), 'expected a postscript before the last byte'],
    ['another format', Buffer.from('PAR1....PAR1'), 'got bytes 504152'],
    ['a postscript longer than the file', Buffer.from('ORC\xff', 'latin1'), 'expected a postscript'],
    ['a postscript of nothing', Buffer.from('ORC\0', 'latin1'), 'expected a postscript'],
  ])('a file of %s', async (_, bytes, problem) => {
    await expect(readColumns(bytes)).rejects.toThrow(OrcError)
    await expect(readColumns(bytes)).rejects.toThrow(problem)
  })

  test('a compressed chunk that is no deflate, or is cut, or longer than a block', async () => {
    const built = { ...FILE, columns: [{ ...VALUE, streams: { DATA: [0x61, 0x00, 0x02] } }], rowCount: 100 }
    const bytes = buildOrc({ ...built, blockSizeBytes: 1000 })
    const withHeader = (header: number[]) =>
      Buffer.from([...bytes.subarray(0, 3), ...header, ...bytes.subarray(3 + header.length)])
    expect(await readColumns(bytes)).toEqual({ value: Array<bigint>(100).fill(1n) })
    await expect(readColumns(withHeader([6, 0, 0]))).rejects.toThrow('expected a deflated chunk of at most 1000 bytes')
    await expect(readColumns(withHeader([9, 0, 0]))).rejects.toThrow('expected 4 bytes of a compressed chunk, got 3')
  })

  test('a file that has become shorter since it was listed', async () => {
    const bytes = buildOrc(FILE)
    const source = {
      ...sourceOf(bytes),
      sizeBytes: bytes.length + 10,
      read: async (start: number, end: number) => bytes.subarray(start, end),
    }
    await expect(openOrc(source, SUBJECT)).rejects.toThrow(`bytes of a file of ${bytes.length + 10}`)
  })

  test('a column that the file has not', async () => {
    await expect(readColumns(buildOrc(FILE), ['key'])).rejects.toThrow(
      `${SUBJECT}: expected a column key, got columns value`,
    )
  })
})

describe('what is held', () => {
  test('the rows before the damage come, in batches of at most 4,096', async () => {
    const DATA = Array.from({ length: 77 }, () => [0x7f, 0x00, 0x02]).flat() // 77 runs of 130 ones
    const file = await openOrc(
      sourceOf(buildOrc({ columns: [{ ...VALUE, streams: { DATA } }], rowCount: 10_011 })),
      SUBJECT,
    )
    const batches: number[] = []
    const reading = (async () => {
      for await (const { rowCount } of readOrc(file)) batches.push(rowCount)
    })()
    await expect(reading).rejects.toThrow(OrcError)
    expect(batches).toEqual([4096, 4096])
  })

  test('a dictionary of endless empty entries is refused before it fills the memory', async () => {
    const LENGTH = Array.from({ length: 20_000 }, () => [0xc1, 0xff, 0, 0]).flat() // 10 million zeros of RLE v2
    const streams = { DATA: [0x00, 0x00], LENGTH, DICTIONARY_DATA: [] }
    const columns = [
      { kind: 'STRING' as const, encoding: 'DICTIONARY_V2' as const, dictionarySize: 4_000_000_000, streams },
    ]
    await expect(readColumns(buildOrc({ columns, rowCount: 3, blockSizeBytes: 4096 }))).rejects.toThrow(
      /more bytes of text at once/,
    )
  })

  test('a large stripe is read in windows, and only the columns asked for', async () => {
    const DATA = Array.from({ length: 700_000 }, (_, i) => (i % 8 === 0 ? 0xf9 : 0x02)) // literals, 7 ones each
    const rowCount = (700_000 / 8) * 7
    const columns = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map(name => ({ ...VALUE, name, streams: { DATA } }))
    const bytes = buildOrc({ columns, rowCount })
    let readBytes = 0
    let largest = 0
    const read = async (start: number, end: number) => {
      readBytes += end - start
      largest = Math.max(largest, end - start)
      return bytes.subarray(start, end)
    }
    const file = await openOrc({ sizeBytes: bytes.length, read }, SUBJECT)
    let rows = 0
    for await (const batch of readOrc(file, ['c']))
      rows += batch.columns.get('c')?.filter(value => value === 1n).length ?? 0
    expect(rows).toBe(rowCount)
    expect(largest).toBe(256 * 1024)
    expect(readBytes).toBeLessThan(710_000)
  })
})
