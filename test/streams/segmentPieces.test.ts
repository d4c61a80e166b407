import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cutSegment, type SegmentPiece } from '../../src/streams/segmentPieces.js'

async function* chunksOf(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function cut(bytes: Uint8Array, size = 262_144): Promise<SegmentPiece[]> {
  const pieces: SegmentPiece[] = []
  for await (const piece of cutSegment(chunksOf(bytes, size))) pieces.push(piece)
  return pieces
}

const textOf = ({ bytes }: SegmentPiece): string => Buffer.from(bytes).toString()

const linesOf = (pieces: readonly SegmentPiece[]): string[] => pieces.flatMap(piece => textOf(piece).split('\n'))

test('pieces are of whole lines, whose numbers go on', async () => {
  const lines = Array.from({ length: 40_000 }, (_, i) => `${i} ${'é'.repeat(i % 200)}`)
  const pieces = await cut(Buffer.from(`${lines.join('\n')}\n`))
  expect(pieces.length).toBeGreaterThan(1)
  expect(linesOf(pieces)).toEqual(lines)
  for (const piece of pieces) {
    const texts = textOf(piece).split('\n')
    expect(piece.lines).toBe(texts.length)
    expect(texts[0]).toBe(lines[piece.firstLine - 1])
  }
})

test('however the bytes come, the lines are the same', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.string({ unit: 'grapheme' }).map(text => text.replaceAll(/[\n\0]/g, ' ')),
        { minLength: 1 },
      ),
      fc.integer({ min: 1, max: 50 }),
      fc.boolean(),
      async (lines, size, isEnded) => {
        const bytes = Buffer.from(lines.join('\n') + (isEnded ? '\n' : ''))
        return (
          bytes.length === 0 ||
          linesOf(await cut(bytes, size)).join('\n') ===
            (isEnded || lines.at(-1) !== '' ? lines : lines.slice(0, -1)).join('\n')
        )
      },
    ),
  ))

test.each<[what: string, line: Buffer, reason: string]>([
  ['bytes that are no UTF-8', Buffer.from([0x61, 0xff]), 'the line is no UTF-8'],
  ['a NUL', Buffer.from('a\0b'), 'the line has a NUL'],
  ['a line of 17 MB', Buffer.alloc(17_000_000, 'x'), 'the line has more than 16000000 bytes'],
])('%s: the line is told, and is empty', async (_, line, reason) => {
  const end = Buffer.from('\n')
  const pieces = await cut(Buffer.concat([Buffer.from('first\n'), line, end, Buffer.from('last\n')]))
  expect(linesOf(pieces)).toEqual(['first', '', 'last'])
  expect(pieces.flatMap(({ unreadable }) => unreadable).map(({ text, ...told }) => told)).toEqual([{ line: 2, reason }])
})

test('a line of 9 MB is one', async () => {
  const line = 'x'.repeat(9_000_000)
  expect(linesOf(await cut(Buffer.from(`a\n${line}\nb\n`)))).toEqual(['a', line, 'b'])
})
