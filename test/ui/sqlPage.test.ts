import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { findFaultPlace } from '../../src/ui/app/sql/faultPlace.js'
import { addToHistory, type HistoryStore, readHistory, writeHistory } from '../../src/ui/app/sql/sqlHistory.js'

/** What DuckDB says of a fault at an offset of a statement. */
function messageAt(sql: string, offset: number, cut = { head: 0, tail: 0 }): string {
  const before = sql.slice(0, offset).split('\n')
  const line = sql.split('\n')[before.length - 1] ?? ''
  const column = (before.at(-1) ?? '').length
  const shown = `${cut.head > 0 ? '...' : ''}${line.slice(cut.head, line.length - cut.tail)}${cut.tail > 0 ? '...' : ''}`
  const start = `LINE ${before.length}: `
  const indent = start.length + (cut.head > 0 ? 3 : 0) + column - cut.head
  return `Binder Error: Referenced column not found!\n\n${start}${shown}\n${' '.repeat(indent)}^`
}

describe('the place that DuckDB means', () => {
  const sql = "select key,\n  siz\nfrom objects_latest where name = 'LINE 2: x'"
  test.each<[string, string | undefined]>([
    [messageAt(sql, sql.indexOf('siz')), 'siz'],
    [messageAt(sql, 0), 'select'],
    [messageAt(sql, sql.indexOf('=')), '='],
    [messageAt(sql, sql.indexOf('objects'), { head: 3, tail: 4 }), 'objects_latest'],
    ['Parser Error: syntax error at end of input', undefined],
    ['Binder Error: no\n\nLINE 9: select\n        ^', undefined], // another statement's
    ['LINE 1: something else entirely\n          ^', undefined],
  ])('of %j is %j', (message, word) => {
    const place = findFaultPlace(message, sql)
    expect(place && sql.slice(place.from, place.to)).toBe(word)
  })

  test('lies in the statement, whatever is said', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), fc.nat(), (text, at) => {
        const offset = at % text.length
        const place = findFaultPlace(messageAt(text, offset), text)
        return place === undefined || (place.from >= 0 && place.from < place.to && place.to <= text.length)
      }),
    )
  })
})

describe('the history of SQL', () => {
  function memory(): HistoryStore & { readonly kept: Map<string, string> } {
    const kept = new Map<string, string>()
    return {
      kept,
      getItem: name => kept.get(name) ?? null,
      setItem: (name, text) => void kept.set(name, text),
      removeItem: name => void kept.delete(name),
    }
  }

  test('has the newest first, and nothing twice', () => {
    const history = ['select 1', ' select 2\n', 'select 1', '  '].reduce(addToHistory, [] as readonly string[])
    expect(history).toEqual(['select 1', 'select 2'])
  })

  test('is read as it was written', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), statements => {
        const [store, history] = [memory(), statements.reduce(addToHistory, [] as readonly string[])]
        writeHistory(history, store)
        expect(readHistory(store)).toEqual(history)
      }),
    )
  })

  test('has bounds, and keeps the newest', () => {
    const many = Array.from({ length: 150 }, (_, i) => `select ${i}`).reduce(addToHistory, [] as readonly string[])
    expect([many.length, many[0]]).toEqual([100, 'select 149'])
    const long = Array.from({ length: 5 }, (_, i) => `select '${'x'.repeat(60_000)}${i}'`)
    const kept = long.reduce(addToHistory, [] as readonly string[])
    expect(kept).toEqual([long[4], long[3], long[2]])
    expect(addToHistory(kept, 'x'.repeat(200_001))).toBe(kept)
  })

  test.each(['', '{}', 'null', '[1, {"a": 2}]', 'no JSON'])('of what another program wrote (%s) is empty', text => {
    const store = memory()
    store.setItem('stocktake.sql', text)
    expect(readHistory(store)).toEqual([])
  })

  test('of a browser that keeps nothing is no error', () => {
    const refuse = () => {
      throw new DOMException('full', 'QuotaExceededError')
    }
    const store: HistoryStore = { getItem: refuse, setItem: refuse, removeItem: refuse }
    writeHistory(['select 1'], store)
    expect(readHistory(store)).toEqual([])
  })

  test('that is cleared leaves nothing behind', () => {
    const store = memory()
    writeHistory(['select 1'], store)
    writeHistory([], store)
    expect(store.kept.size).toBe(0)
  })
})
