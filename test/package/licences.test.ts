import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { packageFolder } from '../../src/packageFolder.js'

/** Licences by which code may be used, changed and passed on with ours, as long as their text and names go with it. */
const PERMISSIVE = ['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT', 'MIT-0']

interface LockedPackage {
  readonly version: string
  readonly license?: string
  readonly dev?: boolean
}

const read = (path: string) => readFileSync(join(packageFolder(), path), 'utf8')
const locked = Object.entries(JSON.parse(read('package-lock.json')).packages as Record<string, LockedPackage>)
const installed = locked.filter(([path, { dev }]) => path !== '' && !dev)

/** Whose code the last build put into dist/, as it wrote. */
const bundled = [...read('dist/THIRD_PARTY_NOTICES').matchAll(/^(\S+) (\d\S*) \((.+)\)\n\n(.+)/gm)].map(
  ([, name, version, license, text]) => ({ name, version, license, text }),
)

test('what is installed with Stocktake has a permissive licence', () => {
  expect(installed.length).toBeGreaterThan(20)
  expect(installed.filter(([, { license = 'none' }]) => !PERMISSIVE.includes(license))).toEqual([])
})

test('what is in its files has a permissive licence, whose text goes with it', () => {
  const names = bundled.map(({ name }) => name)
  expect(names).toEqual(expect.arrayContaining(['react', 'react-dom', '@codemirror/view', 'd3-shape', 'yargs', 'yaml']))
  expect(bundled.filter(({ license }) => !PERMISSIVE.includes(license ?? ''))).toEqual([])
  expect(names.filter(name => !locked.some(([path]) => path.endsWith(`node_modules/${name}`)))).toEqual([])
})

test('the bill of materials has both, and no tool of development', async () => {
  const program = join(packageFolder(), 'scripts', 'writeSbom.mjs')
  const { stdout } = await promisify(execFile)(process.execPath, [program], { maxBuffer: 100_000_000 })
  const { metadata, components } = JSON.parse(stdout)
  const ids = new Set(
    (components as { name: string; version: string }[]).map(({ name, version }) => `${name}@${version}`),
  )
  expect(metadata.component.name).toBe('stocktake')
  expect(bundled.filter(({ name, version }) => !ids.has(`${name}@${version}`))).toEqual([])
  const idOf = ([path, { version }]: (typeof locked)[number]) => `${path.replace(/^.*node_modules\//, '')}@${version}`
  expect(ids).toEqual(new Set([...installed.map(idOf), ...bundled.map(({ name, version }) => `${name}@${version}`)]))
})
