import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { findJava, listJavaHomes } from './java.js'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stocktake java '))
})
afterEach(() => rm(folder, { recursive: true }))

/** @param release the file that tells a JDK's version; a runtime that was copied about may have none */
async function makeHome(name: string, release?: string): Promise<string> {
  const home = join(folder, name)
  await mkdir(join(home, 'bin'), { recursive: true })
  await writeFile(join(home, 'bin', 'java'), '')
  await chmod(join(home, 'bin', 'java'), 0o755)
  if (release !== undefined) await writeFile(join(home, 'release'), release)
  return home
}

test('of the homes that are new enough, the oldest is taken', async () => {
  const old = await makeHome('17', 'JAVA_VERSION="17.0.15"\n')
  const newest = await makeHome('26', 'IMPLEMENTOR="A"\nJAVA_VERSION="26"\n')
  const wanted = await makeHome('25', 'IMPLEMENTOR="A"\nJAVA_VERSION="25.0.3"\n')
  expect(findJava([old, newest, wanted], 24)).toBe(join(wanted, 'bin', 'java'))
  expect(findJava([old, newest, wanted], 26)).toBe(join(newest, 'bin', 'java'))
  expect(findJava([old, newest, wanted], 27)).toBeUndefined()
  expect(findJava([newest, wanted, old], 17, 18)).toBe(join(old, 'bin', 'java'))
  expect(findJava([newest, wanted, old], 18, 25)).toBeUndefined() // all are too old or too new
})

test('what tells no version, or has no java, is no home', async () => {
  const nameless = await makeHome('nameless')
  const empty = join(folder, 'empty')
  await mkdir(empty)
  await writeFile(join(empty, 'release'), 'JAVA_VERSION="25"\n')
  expect(findJava([nameless, empty, join(folder, 'absent')], 24)).toBeUndefined()
})

test('the home of JAVA_HOME is among those that are looked at', () => {
  expect(listJavaHomes('/some/jdk')).toContain('/some/jdk')
  expect(listJavaHomes(undefined)).not.toContain('')
})
