import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, rmdirSync, statfsSync, writeFileSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'

/** A file system of its own, in memory, that can really be full. */
export interface SmallDisk {
  readonly folder: string
  /** Makes it hold a copy of a folder, and nothing else. */
  holdCopy(from: string): Promise<void>
  /** Copies what it holds. */
  saveTo(folder: string): void
  /** Fills it up to so many bytes. */
  leave(bytes: number): void
  makeRoom(): Promise<void>
  /** Nothing can be written from now on, by root neither. */
  makeReadOnly(): void
  close(): void
}

const BALLAST = '.ballast'

/** @returns `undefined` where this user may not mount */
export function mountSmallDisk(bytes: number): SmallDisk | undefined {
  const folder = mkdtempSync('/tmp/stocktake-disk-') // a killed run leaves it mounted: not where others sweep
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'stocktake-test', folder], { stdio: 'ignore' })
  } catch {
    rmdirSync(folder)
    return undefined
  }
  return {
    folder,
    async holdCopy(from) {
      for (const name of await readdir(folder)) await rm(join(folder, name), { recursive: true })
      cpSync(from, folder, { recursive: true })
    },
    saveTo: to => cpSync(folder, to, { recursive: true }),
    leave(left) {
      const { bavail, bsize } = statfsSync(folder)
      writeFileSync(join(folder, BALLAST), Buffer.alloc(Math.max(0, bavail * bsize - left)))
    },
    makeRoom: () => rm(join(folder, BALLAST), { force: true }),
    makeReadOnly: () => execFileSync('mount', ['-o', 'remount,ro', folder]),
    close() {
      execFileSync('umount', ['--lazy', folder])
      rmdirSync(folder)
    },
  }
}
