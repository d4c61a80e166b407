import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type DiffPlace, FIRST, lines, openDiffLake, SECOND, THIRD } from './diffPlace.js'

let lake: DiffPlace
beforeAll(async () => {
  lake = await openDiffLake()
})
afterAll(() => lake.remove())

describe('formats', () => {
  test('CSV', async () => {
    expect((await lake.run('diff', 'photos', '--summary', '--format', 'csv')).stdout).toBe(
      lines(
        'connector,snapshot,base_snapshot,new_count,new_size_bytes,modified_count,modified_size_change,deleted_count,deleted_size_bytes,touched_count',
        `photos,${THIRD},${SECOND},3,20000000,1,0,2,17000000,0`,
      ),
    )
  })

  test('JSON lines', async () => {
    const { stdout } = await lake.run('diff', 'photos', '--format', 'jsonl', '--prefix', 'readme.txt')
    expect(
      stdout
        .split('\n')
        .filter(Boolean)
        .map(line => JSON.parse(line)),
    ).toEqual([
      {
        ...{ key: 'readme.txt', change: 'modified', size_before: 120, size_after: 120 },
        ...{ last_modified_before: '2026-01-01T10:30:00.000Z', last_modified_after: '2026-01-01T10:30:00.000Z' },
        ...{ e_tag_before: 'r2', e_tag_after: 'r3' },
        ...{ storage_class_before: 'STANDARD', storage_class_after: 'STANDARD' },
      },
    ])
  })

  test('Markdown', async () => {
    const { stdout } = await lake.run('diff', 'photos', '--by', 'folder', '--format', 'markdown')
    expect(stdout).toBe(
      lines(
        '|  | new | modified | deleted | size |  |',
        '| --- | --: | --: | --: | --: | --- |',
        '| (at the root) |  | 1 |  |  |  |',
        '| 2025/ | 1 |  | 2 | -14 MB | ← 66 % of it in 2025/raw/ |',
        '| archive/ | 2 |  |  | +17 MB | ← all of it in archive/raw/ |',
        '| all | 3 | 1 | 2 | +3.0 MB |  |',
      ),
    )
  })

  test.each([['changes'], ['--by folder'], ['--moves'], ['--moves --by folder'], ['--summary'], ['--moves --summary']])(
    'Arrow: %s',
    async question => {
      const args = question.split(' ').filter(word => word.startsWith('--') || word === 'folder')
      const { code, stdout } = await lake.run('diff', 'photos', ...args, '--format', 'arrow')
      expect([code, stdout.length > 100]).toEqual([0, true])
    },
  )

  test.each([40, 80, 100])('nothing is wider than a terminal of %i columns', async columns => {
    for (const args of [[], ['--by', 'folder', '--depth', '3'], ['--moves'], ['--moves', '--by', 'folder']]) {
      const { code, stdout } = await lake.runOn(columns, 'diff', 'photos', FIRST, THIRD, ...args)
      expect(code).toBe(0)
      for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(Math.max(columns, 70))
    }
  })
})

describe('--sql', () => {
  const pairs = [[], [FIRST, THIRD], [THIRD, SECOND]] // the lake has the first, but not the others
  const questions = [
    [],
    ['--summary'],
    ['--by', 'folder', '--depth', '3'],
    ['--moves'],
    ['--moves', '--by', 'folder'],
    ['--moves', '--summary'],
    ['--prefix', '2025/'],
    ['--by', 'folder', '--prefix', '2'],
  ]
  test.each(pairs.flatMap(pair => questions.map(question => [pair, question])))(
    'of %j %j is a query with the same rows',
    async (pair, question) => {
      const args = ['diff', 'photos', ...pair, ...question]
      const { code, stdout, stderr } = await lake.run(...args, '--sql')
      expect([code, stderr]).toEqual([0, ''])
      expect(await lake.rows('query', stdout)).toEqual(await lake.rows(...args))
    },
  )

  test.each([[[]], [['--summary']], [['--prefix', 'archive/']]])('of two connectors %j, too', async more => {
    const args = ['diff', 'photos', 'copy', ...more]
    const { stdout } = await lake.run(...args, '--sql')
    const rows = await lake.rows('query', stdout)
    expect(rows).toEqual(await lake.rows(...args))
    expect(rows.length).toBeGreaterThan(0)
  })
})
