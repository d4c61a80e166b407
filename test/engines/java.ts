import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** Where installers put JDKs, each in a folder of its own. */
const JVM_FOLDERS = [
  '/usr/lib/jvm',
  '/usr/java',
  '/opt/java',
  '/opt',
  '/Library/Java/JavaVirtualMachines',
  join(homedir(), '.sdkman', 'candidates', 'java'),
  join(homedir(), '.jdks'),
]

/** The homes that a JDK may have here: JAVA_HOME's first, then whatever stands where installers put them. */
export function listJavaHomes(javaHome: string | undefined): string[] {
  const installed = JVM_FOLDERS.filter(folder => existsSync(folder)).flatMap(folder =>
    readdirSync(folder).flatMap(name => [join(folder, name), join(folder, name, 'Contents', 'Home')]),
  )
  return [...(javaHome ? [javaHome] : []), ...installed]
}

/**
 * The `java` of the oldest JDK that is new enough, as a server is best tried with the one it was made for.
 * @param below the first version that is too new
 */
export function findJava(homes: readonly string[], atLeast: number, below = Infinity): string | undefined {
  const found = homes
    .map(home => ({ java: join(home, 'bin', 'java'), version: readVersion(join(home, 'release')) }))
    .filter(({ java, version }) => version !== undefined && version >= atLeast && version < below && existsSync(java))
    .sort((a, b) => (a.version ?? 0) - (b.version ?? 0))
  return found[0]?.java
}

/** Each JDK has a file that tells its version: `JAVA_VERSION="25.0.3"`. */
function readVersion(release: string): number | undefined {
  const text = existsSync(release) ? readFileSync(release, 'utf8') : ''
  const major = /^JAVA_VERSION="(\d+)/m.exec(text)?.[1]
  return major === undefined ? undefined : Number(major)
}
