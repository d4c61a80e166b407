import { cp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Row } from '../../src/engine/engine.js'
import { CHANGES, FOLDERS, OBJECTS } from '../../src/snapshot/tables.js'
import {
  closeTestLake,
  FIRST,
  importInto,
  importOne,
  openTestLake,
  readVouched,
  SECOND,
  type TestLake,
  withoutImport,
} from './importing.js'
import { putCsv } from './reports.js'
import { watchWrites } from './watching.js'

class FullDiskError extends Error {
  readonly code = 'ENOSPC'
}

interface Tables {
  readonly objects: readonly Row[]
  readonly folders: readonly Row[]
  readonly changes: readonly Row[]
}

const readAll = async (lake: TestLake): Promise<Tables> => ({
  objects: withoutImport(await readVouched(lake, OBJECTS)),
  folders: withoutImport(await readVouched(lake, FOLDERS)),
  changes: withoutImport(await readVouched(lake, CHANGES)),
})

let lake: TestLake
let before: Tables
let after: Tables
let writes: string[]

/** A lake with the first report's snapshot; the second report can be imported. */
beforeAll(async () => {
  lake = await openTestLake()
  await putCsv(lake.reports, FIRST, [
    { key: 'a/b', size: 1 },
    { key: 'c', size: 2 },
  ])
  await importOne(lake)
  await putCsv(lake.reports, SECOND, [
    { key: 'a/b', size: 3 },
    { key: 'd', size: 2 },
  ])
  before = await readAll(lake)
  const whole = await copyLake('whole')
  writes = []
  await importOne(whole, { store: watchWrites(whole.store, step => writes.push(step)) })
  after = await readAll(whole)
  whole.engine.close()
})
afterAll(() => closeTestLake(lake))

async function copyLake(name: string): Promise<TestLake> {
  const folder = join(lake.folder, name)
  for (const part of ['lake', 'reports']) await cp(join(lake.folder, part), join(folder, part), { recursive: true })
  return openTestLake(folder)
}

test.each(['before', 'after'])(
  'a disk that is full %s any one write leaves the old state or the new one',
  async when => {
    const failing = writes.filter(step => step.startsWith(when)).length
    expect(failing).toBeGreaterThan(10)
    for (let n = 1; n <= failing; n++) {
      const copy = await copyLake(`${when} ${n}`)
      let count = 0
      const store = watchWrites(copy.store, step => {
        if (step.startsWith(when) && ++count === n) throw new FullDiskError(`no space left: ${step}`)
      })
      const outcome = await importInto(copy, { store }).catch(error => error)
      if (outcome instanceof Error) expect(String(outcome.cause ?? outcome)).toContain('no space left')
      const found = await readAll(copy)
      expect([before, after]).toContainEqual(found)
      await importInto(copy)
      expect(await readAll(copy), `write ${n}`).toEqual(after)
      copy.engine.close()
      await rm(copy.folder, { recursive: true })
    }
  },
)
