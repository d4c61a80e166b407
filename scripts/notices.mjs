// Whose code is in dist/, and by which licence: what is bundled is passed on with the package, and so must its licences be.
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * The packages of which code is in files that Vite made, by name.
 * @param output what `build` of Vite gave
 */
export async function packagesOf(output) {
  const folders = new Set()
  for (const { modules = {} } of output)
    for (const [id, { renderedLength }] of Object.entries(modules)) {
      const folder = /^.*\/node_modules\/(@[^/]+\/)?[^/]+/.exec(id.replace(/^\0/, ''))?.[0]
      if (folder && renderedLength > 0) folders.add(folder)
    }
  const packages = await Promise.all([...folders].map(readPackage))
  const unique = new Map(packages.map(found => [`${found.name} ${found.version}`, found]))
  return [...unique.keys()].sort().map(name => unique.get(name))
}

async function readPackage(folder) {
  const { name, version, license } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))
  const texts = (await readdir(folder)).filter(file => /^(licen[cs]e|copying|notice)/i.test(file)).sort()
  const text = await Promise.all(texts.map(file => readFile(join(folder, file), 'utf8')))
  return { name, version, license, text: text.map(part => part.trim()).join('\n\n') }
}

/** One text with the licences of all. @throws where a package comes without one, as its terms can't be passed on */
export async function formatNotices(packages) {
  const silent = packages.filter(({ text }) => text === '').map(({ name, version }) => `${name} ${version}`)
  if (silent.length > 0) throw new Error(`no text of a licence in: ${silent.join(', ')}`)
  const head =
    'Stocktake has code of these packages in its files; what it installs beside them has its licences with it.\n'
  const parts = packages.map(({ name, version, license, text }) => `${name} ${version} (${license})\n\n${text}\n`)
  return [head, ...parts].join(`\n${'-'.repeat(80)}\n\n`)
}
