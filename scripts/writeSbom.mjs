// Prints what Stocktake is made of, in CycloneDX: the packages that are installed with it, and those that are in its files. The
// latter are development's for npm, as they are needed to build alone; which ones they are, the last build has written.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const notices = readFileSync(new URL('../dist/THIRD_PARTY_NOTICES', import.meta.url), 'utf8')
const bundled = new Set([...notices.matchAll(/^(\S+) (\d\S*) \(/gm)].map(([, name, version]) => `${name}@${version}`))

const command = ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only']
const sbom = JSON.parse(execFileSync('npm', command, { cwd: root, encoding: 'utf8', maxBuffer: 100_000_000 }))
sbom.metadata.component.name = 'stocktake' // npm takes the folder's

const isInstalled = ({ properties }) => !properties.some(({ name }) => name === 'cdx:npm:package:development')
const idOf = ({ name, version }) => `${name}@${version}`
sbom.components = sbom.components
  .filter(component => isInstalled(component) || bundled.has(idOf(component)))
  .map(component => (isInstalled(component) ? component : toBundled(component)))
const refs = new Set([sbom.metadata.component, ...sbom.components].map(component => component['bom-ref']))
sbom.dependencies = sbom.dependencies
  .filter(({ ref }) => refs.has(ref))
  .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter(each => refs.has(each)) }))
process.stdout.write(`${JSON.stringify(sbom, null, 2)}\n`)

function toBundled(component) {
  return { ...component, scope: 'required', properties: [{ name: 'stocktake:bundled', value: 'true' }] }
}
